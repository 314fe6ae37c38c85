"""What the convolution widget calculates: a filter slid over a grey image, ReLU and pooling.

The functions are those of `networks`; here is what lies under one pixel of their result.
"""

from typing import NamedTuple

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import convolve, max_pool, relu, same_padding

__all__ = ["PRESETS", "Output", "calculate", "feature_map", "number", "padded"]

# Edges: Sobel and Feldman, 1968, as notebook 07 has them. Blur: rows 1, 2, 1 times columns
# 1, 2, 1, a sixteenth of it, so that its weights add up to 1, as those of the next two do.
PRESETS = {
    "vertical edges": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "horizontal edges": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "blur": np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "sharpen": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "emboss": np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}


def padded(image: np.ndarray, stride: int, padding: str) -> tuple[np.ndarray, int, int]:
    """Return the image (height, width) in its frame of zeros, and the rows above, columns left.

    padding: `valid` for no frame, or `same`; for a 3 × 3 filter.
    """
    if padding == "valid":
        return image, 0, 0
    rows, columns = (same_padding(n, 3, stride) for n in image.shape)
    return np.pad(image, (rows, columns)), rows[0], columns[0]


def feature_map(
    image: np.ndarray, w: np.ndarray, stride: int = 1, padding: str = "valid"
) -> np.ndarray:
    """Return z, (rows, columns) float64: at each place of the filter its weights times the pixels.

    image: (height, width). w: (3, 3). stride: pixels from place to place. padding: `valid`
    or `same`. Without bias.
    """
    framed = padded(np.asarray(image, np.float64), stride, padding)[0]
    return convolve(framed[..., None], w[..., None, None], (stride, stride))[..., 0]


class Output(NamedTuple):
    """What the filter makes of a image, and what lies under one pixel of it.

    image_shape, stride: of what it was made. framed: the image with its zeros, (height,
    width). above, left: rows and columns of zeros before it. z: all weighted sums.
    values: what is shown, after ReLU and pooling if chosen.
    cell: row and column of `values` that is looked at. place: row and column of z under it (the
    largest of four, where pooled). corner: row and column of `framed` where its window begins.
    x, products: the window's nine pixels, and those times the weights, (3, 3).
    four: the 2 × 2 numbers that the largest was taken from; None without pooling.
    """

    image_shape: tuple[int, int]
    stride: int
    framed: np.ndarray
    above: int
    left: int
    z: np.ndarray
    values: np.ndarray
    cell: tuple[int, int]
    place: tuple[int, int]
    corner: tuple[int, int]
    x: np.ndarray
    products: np.ndarray
    four: np.ndarray | None

    @property
    def sum(self) -> float:
        """The nine products' sum, z at `place`."""
        return float(self.z[self.place])


def calculate(
    image: np.ndarray, w: np.ndarray, stride: int, padding: str, rectified: bool, pooled: bool,
    cell: tuple[int, int],
) -> Output:  # fmt: skip
    """Return all that the widget shows; a cell beyond the output becomes its nearest.

    image: (height, width) uint8, 3 × 3 at least. w: (3, 3). rectified: with ReLU. pooled: with
    2 × 2 max pooling. Raises CourseError where there is nothing to pool.
    """
    framed, above, left = padded(image, stride, padding)
    z = feature_map(image, w, stride, padding)
    after = values = relu(z) if rectified else z
    if pooled:
        if min(z.shape) < 2:
            raise CourseError(
                f"The feature map is {z.shape[0]} × {z.shape[1]}: there is no 2 × 2 in it to pool.",
                "Choose stride 1, padding with zeros, or no pooling.",
            )
        values = max_pool(after[..., None])[..., 0]
    row, column = (min(max(at, 0), n - 1) for at, n in zip(cell, values.shape, strict=True))
    four, place = None, (row, column)
    if pooled:
        four = after[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        down, right = divmod(int(four.argmax()), 2)
        place = (2 * row + down, 2 * column + right)
    i, j = place[0] * stride, place[1] * stride
    x = framed[i : i + 3, j : j + 3]
    shape = (image.shape[0], image.shape[1])
    return Output(
        shape, stride, framed, above, left, z, values, (row, column), place, (i, j), x, x * w, four
    )


def number(value: float) -> str:
    """Return a number with four decimals at most, from 1,000 on with one; zeros at its end go."""
    text = f"{value:.{4 if abs(value) < 1000 else 1}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")
