"""What TFLearn 0.5 misses on today's libraries, put back: five names and two initializers.

`names` goes before TFLearn is imported, `functions` after; docs/tflearn.md lists both. Nothing
here knows the course's networks.
"""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import PIL.Image

from utils.errors import CourseError

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly
from tensorflow.python import pywrap_tensorflow  # isort: skip
from tensorflow.python.ops import random_ops  # isort: skip
from tensorflow.python.util import nest  # isort: skip

__all__ = ["functions", "names", "variance_scaling", "xavier"]

MODES = ("FAN_IN", "FAN_OUT", "FAN_AVG")


def names() -> None:
    """Put back the names that left their libraries; without the first two no import succeeds."""
    for library, name, value in (
        (nest, "is_sequence", nest.is_nested),
        (PIL.Image, "ANTIALIAS", PIL.Image.Resampling.LANCZOS),
        (np.lib, "pad", np.pad),  # random crops with padding: without it `fit` waits for ever
        (tf, "random_ops", random_ops),  # uniform_scaling(shape=…)
        (pywrap_tensorflow, "NewCheckpointReader", tf.train.NewCheckpointReader),
    ):
        if not hasattr(library, name):
            setattr(library, name, value)


def functions(tflearn: ModuleType) -> None:
    """Replace what TFLearn took from `tf.contrib`, which left TensorFlow with its version 2.

    Layers find initializers by name in TFLearn's module, so that `weights_init="xavier"`, and the
    blocks whose default is "variance_scaling", get these.

    TFLearn makes its variable of the training mode where a graph's first layer asks for it. In a
    dynamic recurrent layer with dropout that is inside a condition, where nothing can set it.
    """
    tflearn.initializations.variance_scaling = variance_scaling
    tflearn.initializations.xavier = xavier
    tflearn.data_utils.VocabularyProcessor = _no_vocabulary
    tflearn.config.init_training_mode = _outside(tflearn.config.init_training_mode)


def variance_scaling(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: tf.DType = tf.float32,
) -> Any:
    """Return an initializer whose weights have mean 0 and variance factor / n.

    Where the inputs of a layer have variance 1 and its outputs are to have it too, the weights'
    variance is 1 / inputs, and 2 / inputs where ReLU makes half of them zero.

    factor: more than 0; 2 is He's for ReLU, 1 Glorot's.
    mode: what n is, the connections of one unit: `FAN_IN` (height · width · channels of a filter;
        inputs of a dense layer), `FAN_OUT` (height · width · filters; units) or `FAN_AVG`, their
        mean. Of one-dimensional weights n is their number.
    uniform: draw from [-√(3 · factor / n), √(3 · factor / n)); otherwise from a normal
        distribution that is cut off at two standard deviations, widened so that the variance is
        right once it is cut. (tf.contrib widened by √1.3; that is 0.3 % too much.)
    seed: fixes the weights; None leaves that to the graph's seed.
    dtype: a floating type of TensorFlow.

    Raises CourseError where `factor`, `mode` or `dtype` is another.

    Source: He et al., Delving Deep into Rectifiers (2015), eq. 10, arxiv.org/abs/1502.01852;
    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks
    (2010), eq. 12 and 16, proceedings.mlr.press/v9/glorot10a.
    """
    for name, value, ok, rule in (
        ("factor", factor, 0 < factor < math.inf, "a number above 0"),
        ("mode", mode, mode in MODES, f"{', '.join(MODES[:-1])} or {MODES[-1]}"),
        ("dtype", dtype, tf.as_dtype(dtype).is_floating, "a floating type, such as tf.float32"),
    ):
        if not ok:
            raise CourseError(f"`{name}` is {value!r}; it must be {rule}.", arguments=(name,))
    return tf.initializers.variance_scaling(
        scale=factor, mode=mode.lower(), seed=seed, dtype=dtype,
        distribution="uniform" if uniform else "truncated_normal",
    )  # fmt: skip


def xavier(uniform: bool = True, seed: int | None = None, dtype: tf.DType = tf.float32) -> Any:
    """Return Glorot's initializer: the variance is 2 / (inputs + outputs of one unit).

    It keeps the variance of outputs going forward, and of gradients going back, as well as one
    number can; for tanh, not for ReLU.

    uniform, seed, dtype: as of `variance_scaling`, which this is with factor 1 and `FAN_AVG`.
        TFLearn's own text has √(3 / (in + out)) for the normal one's spread; the paper's
        variance, and what tf.contrib drew, is this.

    Source: Glorot and Bengio (2010), eq. 16, proceedings.mlr.press/v9/glorot10a.
    """
    return variance_scaling(1.0, "FAN_AVG", uniform, seed, dtype)


def _no_vocabulary(*args: Any, **kwargs: Any) -> NoReturn:
    """Take the place of TFLearn's VocabularyProcessor, which is a shell around tf.contrib's."""
    raise CourseError(
        "TFLearn's VocabularyProcessor needs tf.contrib, which TensorFlow 2 doesn't have.",
        "Use keras.layers.TextVectorization, in a notebook without TFLearn.",
    )


def _outside(make: Callable[[], None]) -> Callable[[], None]:
    """Return `make`, but what it makes is outside of conditions and loops of the graph."""

    def made_outside() -> None:
        with tf.control_dependencies(None):
            make()

    return made_outside
