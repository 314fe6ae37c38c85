"""Read a run's weights from its checkpoint as plain arrays, by TensorFlow but without TFLearn.

So that a process may go on in Keras: importing TFLearn would switch it to graph mode. Knows
nothing of networks or runs.
"""

from pathlib import Path

import numpy as np

from utils.errors import CourseError
from utils.networks.quiet import quiet_stderr

__all__ = ["read_weights"]

_MEAN = "/ExponentialMovingAverage"
# The ends of the names of what `kept_variables` of running_mean.py keeps.
_KEPT = ("W", "b", "beta", "gamma", "moving_mean", "moving_variance")


def read_weights(path: Path, remedy: str) -> dict[str, np.ndarray]:
    """Return the weights in a checkpoint by TFLearn's names, such as `Conv2D_1/W`.

    path: the checkpoint's, without an ending. Where it holds a running mean of the weights, as
    that of a run does which isn't finished, the mean is returned.
    Raises CourseError, with that remedy, where the file is damaged or gone.
    """
    with quiet_stderr():
        import tensorflow as tf
    try:
        reader = tf.train.load_checkpoint(str(path))
        names = set(reader.get_variable_to_shape_map())
        kept = [name for name in names if name.count("/") == 1 and name.split("/")[1] in _KEPT]
        return {
            name: reader.get_tensor(name + _MEAN if name + _MEAN in names else name)
            for name in kept
        }
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise CourseError(f"{path} can't be read ({reason}).", remedy) from error
