"""A filter slid over a picture, ReLU and pooling as NumPy; pictures to slide it over.

What deep learning calls a convolution is mathematicians' cross-correlation: the filter isn't
turned upside down. Sizes follow TensorFlow's rules for `valid` and `same`, as
https://www.tensorflow.org/api_docs/python/tf/nn has them.
"""

import io
import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from PIL import Image, ImageOps

from utils.data.photographs import cat
from utils.errors import CourseError

__all__ = [
    "PRESETS",
    "SIDE",
    "Output",
    "calculate",
    "convolve",
    "grey_square",
    "made_ready",
    "max_pool",
    "number",
    "padded",
    "relu",
    "same_padding",
    "samples",
]

# Edges: Sobel and Feldman, 1968, as notebook 06 has them. Blur: rows 1, 2, 1 times columns
# 1, 2, 1, a sixteenth of it, so that its weights add up to 1, as those of the next two do.
PRESETS = {
    "vertical edges": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "horizontal edges": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "blur": np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "sharpen": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "emboss": np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}

SIDE = 40  # pixels of the cat's and of a reader's own picture
MOST_SIDE = 100  # larger ones would have pixels too small to point at
MOST_BYTES = 20_000_000
MOST_PIXELS = 60_000_000  # of a file, before it is made small
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")


def same_padding(n: int, k: int, stride: int) -> tuple[int, int]:
    """Return how many zeros `same` puts before and after n pixels for a filter of k.

    So many that there are ⌈n / stride⌉ results; an odd one goes to the end.
    """
    total = max((-(-n // stride) - 1) * stride + k - n, 0)
    return total // 2, total - total // 2


def padded(picture: np.ndarray, stride: int, padding: str) -> tuple[np.ndarray, int, int]:
    """Return the picture (height, width) in its frame of zeros, and the rows above, columns left.

    padding: `valid` for no frame, or `same`; for a 3 × 3 filter.
    """
    if padding == "valid":
        return picture, 0, 0
    rows, columns = (same_padding(n, 3, stride) for n in picture.shape)
    return np.pad(picture, (rows, columns)), rows[0], columns[0]


def convolve(
    picture: np.ndarray, w: np.ndarray, stride: int = 1, padding: str = "valid"
) -> np.ndarray:
    """Return z, one number for each place of the filter: its weights times the pixels, added up.

    picture: (height, width). w: (3, 3). stride: pixels from place to place. padding: `valid`
    or `same`. Float64; without bias. The filter isn't turned, as everywhere in deep learning.
    """
    framed = padded(np.asarray(picture, np.float64), stride, padding)[0]
    windows = sliding_window_view(framed, w.shape)[::stride, ::stride]
    return np.einsum("ijmn,mn->ij", windows, w)


def relu(z: np.ndarray) -> np.ndarray:
    """Return max(0, z), number by number."""
    return np.maximum(0, z)


def max_pool(values: np.ndarray) -> np.ndarray:
    """Return the largest of each square of 2 × 2; a last row or column left over is dropped."""
    rows, columns = (n // 2 for n in values.shape)
    return values[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).max(axis=(1, 3))


class Output(NamedTuple):
    """What the filter makes of a picture, and what lies under one pixel of it.

    picture_shape, stride: of what it was made. framed: the picture with its zeros, (height,
    width). above, left: rows and columns of zeros before it. z: all weighted sums.
    values: what is shown, after ReLU and pooling if chosen.
    cell: row and column of `values` that is looked at. place: row and column of z under it (the
    largest of four, where pooled). corner: row and column of `framed` where its window begins.
    x, products: the window's nine pixels, and those times the weights, (3, 3).
    four: the 2 × 2 numbers that the largest was taken from; None without pooling.
    """

    picture_shape: tuple[int, int]
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
    picture: np.ndarray, w: np.ndarray, stride: int, padding: str, rectified: bool, pooled: bool,
    cell: tuple[int, int],
) -> Output:  # fmt: skip
    """Return all that the widget shows; a cell beyond the output becomes its nearest.

    picture: (height, width) uint8, 3 × 3 at least. w: (3, 3). rectified: with ReLU. pooled: with
    2 × 2 max pooling. Raises CourseError where there is nothing to pool.
    """
    framed, above, left = padded(picture, stride, padding)
    z = convolve(picture, w, stride, padding)
    after = values = relu(z) if rectified else z
    if pooled:
        if min(z.shape) < 2:
            raise CourseError(
                f"The feature map is {z.shape[0]} × {z.shape[1]}: there is no 2 × 2 in it to pool.",
                "Choose stride 1, padding with zeros, or no pooling.",
            )
        values = max_pool(after)
    row, column = (min(max(at, 0), n - 1) for at, n in zip(cell, values.shape, strict=True))
    four, place = None, (row, column)
    if pooled:
        four = after[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        down, right = divmod(int(four.argmax()), 2)
        place = (2 * row + down, 2 * column + right)
    i, j = place[0] * stride, place[1] * stride
    x = framed[i : i + 3, j : j + 3]
    shape = (picture.shape[0], picture.shape[1])
    return Output(
        shape, stride, framed, above, left, z, values, (row, column), place, (i, j), x, x * w, four
    )


def number(value: float) -> str:
    """Return a number with four decimals at most, from 1,000 on with one; zeros at its end go."""
    text = f"{value:.{4 if abs(value) < 1000 else 1}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")


def samples() -> dict[str, np.ndarray]:
    """Return pictures that need no download: the cat's face, and three digits of scikit-learn's.

    Grey, uint8: the cat (40, 40), each digit (28, 28) as MNIST's are.
    """
    from utils.data.sample import sample  # scikit-learn takes a second to import

    face = Image.fromarray(cat()[10:290, 90:370])
    digits = sample("mnist").train
    found = {f"digit {n}": digits.pictures[digits.labels == n][0, ..., 0] for n in (0, 4, 7)}
    return {"cat": _grey(face)} | found


def made_ready(pictures: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Return the pictures as (height, width) uint8, numbers of 0…1 multiplied by 255.

    Raises CourseError for what is no grey picture of 3 to 100 pixels a side.
    """
    if not pictures:
        raise CourseError("There is no picture to slide a filter over.", "Give at least one.")
    return {str(name): _ready(str(name), np.asarray(one)) for name, one in pictures.items()}


def _ready(name: str, picture: np.ndarray) -> np.ndarray:
    if picture.ndim != 2 or not 3 <= min(picture.shape) <= max(picture.shape) <= MOST_SIDE:
        raise CourseError(
            f"The picture “{name}” has shape {picture.shape}; it must be (height, width), "
            f"each from 3 to {MOST_SIDE}.",
            "Take one channel, such as picture[..., 0], and cut out a part.",
        )
    if picture.dtype.kind not in "uifb":
        raise CourseError(f"The picture “{name}” holds {picture.dtype}, not numbers.")
    values = picture.astype(np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 255:
        raise CourseError(
            f"The picture “{name}” has numbers outside 0 to 255.",
            "Scale them to 0…255 or to 0…1.",
        )
    if picture.dtype.kind in "fb" and values.max() <= 1:
        values = 255 * values
    return np.round(values).astype(np.uint8)


def grey_square(content: bytes, name: str) -> np.ndarray:
    """Return a picture file as a grey square of 40 × 40, (40, 40) uint8: the middle, made small.

    content: the file's bytes. Grey is the mean of red, green and blue; transparent is white.
    Raises CourseError where the file is too large or no picture.
    """
    if len(content) > MOST_BYTES:
        raise CourseError(
            f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} are taken.",
            "Save the picture smaller.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that a picture is huge: it is refused below
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise CourseError(
                    f"{name} has {image.width:,} × {image.height:,} pixels; at most "
                    f"{MOST_PIXELS / 1e6:.0f} million are taken.",
                    "Save the picture smaller.",
                )
            image.draft("RGB", (4 * SIDE, 4 * SIDE))  # a JPEG is read at a fraction of its size
            return _grey(_on_white(ImageOps.exif_transpose(image)))
    except CourseError:
        raise
    except Exception as error:  # Pillow's readers raise nearly anything on a damaged file
        raise CourseError(
            f"{name} can't be read as a picture.", "Choose a JPEG or PNG file."
        ) from error


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel or more
        values = np.asarray(image, np.float64)
        top = 65535 if image.mode.startswith("I;16") else max(values.max(), 1)
        return Image.fromarray(np.clip(255 * values / top, 0, 255).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        picture = image.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return image.convert("RGB")


def _grey(image: Image.Image) -> np.ndarray:
    """Cut an RGB picture to its middle square, scale it to 40 × 40, and make it grey."""
    square = ImageOps.fit(image, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    return np.round(np.asarray(square, np.float64).mean(axis=2)).astype(np.uint8)
