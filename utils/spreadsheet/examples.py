"""The image that a model's workbook begins with: a file, or one of the data set it fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from utils.data import Split, load
from utils.errors import CourseError
from utils.networks.in_numpy.plain_layers import Network, picture_shape
from utils.spreadsheet.image import read_image

__all__ = ["DIGITS", "THREE_CLASSES", "Example", "choose_example", "shrink"]

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
THREE_CLASSES = ("airplane", "automobile", "cat")  # of notebook 08, in CIFAR-10's order
DATA_SETS: dict[tuple[int, ...], str] = {(28, 28, 1): "mnist", (32, 32, 3): "cifar10"}


@dataclass(frozen=True)
class Example:
    """An image uint8 of the network's input shape, its right class, and all classes' names."""

    image: np.ndarray
    label: int
    class_names: tuple[str, ...]


def choose_example(
    network: Network,
    picture: Path | None = None,
    number: int = 0,
    class_names: Sequence[str] = (),
    label: str | None = None,
) -> Example:
    """Return what a network's workbook should show.

    picture: an image file; it is scaled to the network's input, and made grey for one channel.
        Without one, number `number` of the validation images of MNIST or CIFAR-10 is taken,
        whichever the network fits. label: the right class, by name.
    A network may take the pixels of such an image in a row, 784 or 3,072 of them.
    Raises CourseError where neither is possible, the label isn't one of the class names, or either
    is given for a network's first layers, which have no classes.
    """
    shape = picture_shape(network.input_shape)
    if network.until and (class_names or label is not None):
        raise CourseError(
            f"Up to {network.until} the network has no classes yet.",
            "Leave `classes` and `label` out.",
            ("classes", "label"),
        )
    fitting = DATA_SETS.get(shape) if network.until or network.classes == 10 else None
    if fitting == "mnist":
        class_names = class_names or DIGITS
    if picture is not None:
        image, right = _from_file(picture, network, shape), 0
    elif fitting is None:
        raise _fits_none(network, shape)
    else:
        dataset = load(fitting)
        class_names = class_names or dataset.class_names
        image, right = _from_set(dataset.validation, number)
    names = tuple(class_names) or tuple(f"class {n}" for n in range(network.classes))
    image = image.reshape(network.input_shape)
    return Example(image, right if label is None else _number_of(label, names), names)


def _fits_none(network: Network, shape: tuple[int, ...]) -> CourseError:
    if not _is_picture(shape):
        return _no_picture(network, shape)
    classes = "" if network.until else f" and has {network.classes} classes"
    return CourseError(
        f"The model takes {shape}{classes}: neither MNIST nor CIFAR-10 fits.",
        "Give an image of your own by `picture`.",
        ("picture",),
    )


def _is_picture(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[2] in (1, 3)


def _no_picture(network: Network, shape: tuple[int, ...]) -> CourseError:
    names, until = f"list(map(str, range({network.classes})))", ""
    if network.until:
        names, until = "[]", f", until={network.until!r}"
    return CourseError(
        f"The model takes inputs of shape {shape}, which no image file has.",
        "Give it numbers of your own, where zeros stand here, in Python in the course's folder: "
        "import keras, numpy; from utils.spreadsheet import model_to_workbook; "
        "model = keras.saving.load_model('FILE.keras'); model_to_workbook(model, "
        f"numpy.zeros({shape}), 0, {names}, 'FILE.xlsx'{until}).",
    )


def _from_set(split: Split, number: int) -> tuple[np.ndarray, int]:
    if not 0 <= number < len(split):
        raise CourseError(
            f"There is no validation image {number}.", f"Choose 0 to {len(split) - 1}."
        )
    return split.images[number], int(split.labels[number])


def _from_file(file: Path, network: Network, shape: tuple[int, ...]) -> np.ndarray:
    if not _is_picture(shape):
        raise _no_picture(network, shape)
    image = read_image(file, (shape[1], shape[0]))
    if shape[2] == 1:
        image = np.asarray(Image.fromarray(image).convert("L"))[..., np.newaxis]
    return image


def _number_of(label: str, names: tuple[str, ...]) -> int:
    if label not in names:
        raise CourseError(f"{label!r} isn't a class.", f"Choose one of: {', '.join(names)}.")
    return names.index(label)


def shrink(image: np.ndarray, side: int = 16) -> np.ndarray:
    """Return an image (height, width, channels) uint8 as side × side means of equal blocks.

    Raises CourseError where height or width isn't a multiple of `side`.
    """
    height, width, channels = image.shape
    if height % side or width % side:
        raise CourseError(
            f"An image of {height} × {width} can't be cut into {side} × {side} equal blocks.",
            f"Crop it to multiples of {side} first.",
        )
    blocks = image.reshape(side, height // side, side, width // side, channels)
    return blocks.mean(axis=(1, 3)).round().astype(np.uint8)
