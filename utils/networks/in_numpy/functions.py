"""The elementary functions of networks, each once: activations, losses, convolution, pooling.

NumPy alone. What deep learning calls a convolution is mathematicians' cross-correlation: the
filter isn't turned upside down. A padding is (top, bottom, left, right) in pixels. Sizes follow
TensorFlow's rules, https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = [
    "average_pool",
    "binary_cross_entropy",
    "convolve",
    "cross_entropy",
    "log_softmax",
    "max_pool",
    "relu",
    "same_padding",
    "sigmoid",
    "softmax",
    "windows",
]

Padding = tuple[int, int, int, int]
NO_PADDING: Padding = (0, 0, 0, 0)


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e^-z): near 0 for very negative z, 1/2 at 0, near 1 for large z."""
    return 1 / (1 + np.exp(-z))


def relu(z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return max(0, z), number by number, in the type of z; written into `out` where given."""
    return np.maximum(z, 0, out=out)


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits z, (..., classes): e^z by the sum of all e^z.

    Safe for logits of any size: the largest is subtracted first, which changes nothing.
    """
    powers = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def log_softmax(z: np.ndarray) -> np.ndarray:
    """Return ln p for logits z, (..., classes): z - ln Σ e^z, safe for logits of any size."""
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def cross_entropy(logits: np.ndarray, label: int) -> float:
    """Return -ln of the right class's probability, for logits (classes,)."""
    return float(0.0 - log_softmax(logits)[label])  # 0.0 - x, so that no loss is -0.0


def binary_cross_entropy(z: np.ndarray, y: np.ndarray) -> float:
    """Return the mean of -ln of the right class's probability, for sigmoids of logits z (n,).

    y: the classes (n,), 0 or 1.
    """
    return float(np.mean(np.logaddexp(0, z) - y * z, dtype=np.float64))


def same_padding(n: int, k: int, stride: int) -> tuple[int, int]:
    """Return how many zeros `same` puts before and after n pixels for a filter of k.

    So many that there are ⌈n / stride⌉ results; an odd one goes to the end.
    """
    total = max((-(-n // stride) - 1) * stride + k - n, 0)
    return total // 2, total - total // 2


def windows(
    x: np.ndarray,
    size: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: Padding = NO_PADDING,
    outside: float = 0.0,
) -> np.ndarray:
    """Return all windows of x, as (rows, columns, channels, window height, window width).

    x: (height, width, channels). outside: the number that the padding holds.
    """
    top, bottom, left, right = padding
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=outside)
    down, across = stride
    return sliding_window_view(padded, size, axis=(0, 1))[::down, ::across]


def convolve(
    x: np.ndarray,
    w: np.ndarray,
    stride: tuple[int, int] = (1, 1),
    padding: Padding = NO_PADDING,
) -> np.ndarray:
    """Return maps (rows, columns, filters): at each place, weights times pixels, added up.

    x: (height, width, channels) float64. w: (height, width, channels, filters). Without bias.
    """
    return np.einsum("yxcij,ijcf->yxf", windows(x, w.shape[:2], stride, padding), w)


def max_pool(
    x: np.ndarray,
    size: tuple[int, int] = (2, 2),
    stride: tuple[int, int] = (2, 2),
    padding: Padding = NO_PADDING,
) -> np.ndarray:
    """Return the largest of each window of maps x (height, width, channels), float64.

    A last row or column that fills no window is dropped; the padding never is the largest.
    """
    return windows(x, size, stride, padding, -np.inf).max(axis=(3, 4))


def average_pool(
    x: np.ndarray,
    size: tuple[int, int] = (2, 2),
    stride: tuple[int, int] = (2, 2),
    padding: Padding = NO_PADDING,
) -> np.ndarray:
    """Return the mean of each window of maps x (height, width, channels), float64.

    The padding doesn't count.
    """
    return np.nanmean(windows(x, size, stride, padding, np.nan), axis=(3, 4))
