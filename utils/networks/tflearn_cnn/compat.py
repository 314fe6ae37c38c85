"""TFLearn 0.5 on today's TensorFlow: `from utils.networks.tflearn_cnn.compat import tflearn`.

TFLearn's last release is from 2020. It still trains once what left its libraries is put back
(`mends.py`). Nothing else of TFLearn is changed. Importing it switches TensorFlow to graph mode
for the whole process, so one kernel holds one engine.
"""

import contextlib
import ctypes
import io
import os
import random
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from utils.networks.processor import cpu_has_bfloat16
from utils.networks.quiet import quiet_stderr

_LEGACY = "TF_USE_LEGACY_KERAS"
TF32_SINCE = (8, 0)  # the compute capability of NVIDIA's Ampere


@contextlib.contextmanager
def _keras_left_out() -> Iterator[None]:
    """Let TensorFlow be imported without Keras, which is half of it and unknown to TFLearn.

    Told to take Keras 2, from the package tf_keras, TensorFlow doesn't find that and goes on. It
    looks anew when `tf.keras` is first asked for, and by then finds Keras 3, as ever. Where
    tf_keras is installed, TensorFlow would take it for good; so there nothing is left out.
    """
    before = os.environ.get(_LEGACY)
    if find_spec("tf_keras") is None:
        os.environ[_LEGACY] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_LEGACY, None)
        else:
            os.environ[_LEGACY] = before


with quiet_stderr(), _keras_left_out():
    import tensorflow as tf
    from tensorflow.python.util import _pywrap_util_port

    # Looking for a GPU is what makes the CUDA libraries log, so look while it is quiet.
    tf.config.list_physical_devices()

from utils.networks.tflearn_cnn import mends

# TensorFlow 2.20 heeds no TF_CPP_MIN_LOG_LEVEL, as 2.21 does, and fills cells with `I0000 …`
# lines. Where its library has Abseil's own switch under this name, it is told by that.
_QUIET_220 = "_ZN4absl12lts_2025012714SetMinLogLevelENS0_18LogSeverityAtLeastE"
_LIBRARY = Path(tf.__file__).with_name("libtensorflow_framework.so.2")
if tf.__version__.startswith("2.20.") and _LIBRARY.exists():
    _set_level = getattr(ctypes.CDLL(str(_LIBRARY)), _QUIET_220, None)
    if _set_level is not None:
        _set_level(int(os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0")))

__all__ = [
    "gpus",
    "kernels_in_use",
    "new_graph",
    "precision_in_use",
    "quiet_fit",
    "session_config",
    "tflearn",
]


def _import_tflearn() -> ModuleType:
    """Put back what TFLearn needs, and import it without its deprecation notes.

    On Windows TFLearn prints that it misses the module curses, which only its logger wants.
    """
    mends.names()
    tf.get_logger().setLevel("ERROR")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import tflearn
        import tflearn.helpers.trainer  # `quiet_fit` reaches into it
    mends.functions(tflearn)
    return tflearn


tflearn = _import_tflearn()


def gpus() -> list[Any]:
    """Return TensorFlow's GPUs."""
    return tf.config.list_physical_devices("GPU")


def kernels_in_use() -> str:
    """Return by whose kernels TensorFlow computes: `oneDNN` or `Eigen` (its own); or `GPU`."""
    if gpus():
        return "GPU"
    return "oneDNN" if _pywrap_util_port.IsMklEnabled() else "Eigen"


def precision_in_use(precision: str = "auto") -> str:
    """Return what `auto` means here: `TF32` (GPU), `bfloat16` (CPU) or `float32`.

    No GPU computes in float16: there, without loss scaling, small gradients become zero, and the
    more so the larger the batch, which a study compares.

    Source: tf.config.experimental.enable_tensor_float_32_execution; NVIDIA's libraries obey
    NVIDIA_TF32_OVERRIDE over it.
    """
    if precision == "float32":
        return "float32"
    if gpus():
        off = os.environ.get("NVIDIA_TF32_OVERRIDE") == "0"
        return "TF32" if _compute_capability() >= TF32_SINCE and not off else "float32"
    return "bfloat16" if cpu_has_bfloat16() else "float32"


def _compute_capability() -> tuple[int, int]:
    """Return that of the GPU that is computed on, the first; (0, 0) where none is told: AMD's."""
    details = tf.config.experimental.get_device_details(gpus()[0])
    capability: tuple[int, int] = details.get("compute_capability", (0, 0))
    return capability


def session_config(precision: str = "auto") -> tf.compat.v1.ConfigProto:
    """Return the session's settings: Grappler lowers the precision where a CPU gains by it.

    Source: TensorFlow's rewriter_config.proto (auto_mixed_precision_onednn_bfloat16).
    """
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    rewrite = config.graph_options.rewrite_options
    if precision_in_use(precision) == "bfloat16":
        rewrite.auto_mixed_precision_onednn_bfloat16 = rewrite.ON
    return config


def new_graph(seed: int | None = None, precision: str = "auto") -> tf.Graph:
    """Start afresh: an empty default graph that TFLearn builds its next network in.

    seed: fixes the first weights, dropout and every other random op of this graph, and
        Python's and NumPy's own generators, which TFLearn shuffles by.
    """
    tf.compat.v1.reset_default_graph()
    if seed is not None:
        random.seed(seed)
        np.random.seed(seed % 2**32)
        tf.compat.v1.set_random_seed(seed)
    if gpus():  # of the whole process, not of the session: the last network's choice holds
        tf.config.experimental.enable_tensor_float_32_execution(precision == "auto")
    tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.GRAPH_CONFIG, session_config(precision))
    return tf.compat.v1.get_default_graph()


@contextlib.contextmanager
def quiet_fit() -> Iterator[None]:
    """Keep TFLearn's own lines back while models are fitted: `with quiet_fit(): model.fit(…)`.

    TFLearn writes three lines and cursor commands at each step, a wall of text after 2,000. What
    the callbacks given to `fit` print is still seen.
    """
    callbacks, trainer = tflearn.callbacks, tflearn.helpers.trainer
    logger = callbacks.TermLogger
    callbacks.TermLogger = _SilentLogger
    trainer.print = lambda *args, **kwargs: None  # hides the builtin from that module alone
    try:
        yield
    finally:
        callbacks.TermLogger = logger
        del trainer.print


_Callback: Any = tflearn.callbacks.Callback  # TFLearn has no types


class _SilentLogger(_Callback):
    """Takes the place of TFLearn's TermLogger; `fit` tells it of each data set by `add`."""

    def add(self, *args: Any, **kwargs: Any) -> None:
        pass
