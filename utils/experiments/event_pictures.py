"""What TensorBoard shows of an epoch beside its curves: weights, mistakes, the recipe in words.

Arrays in, values of an event out: nothing here knows runs, files or TensorFlow.
"""

import io
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.util.tensor_util import make_tensor_proto

__all__ = ["class_values", "confusion_of", "confusion_png", "recipe_value", "weight_values"]

BUCKETS = 30  # TensorBoard's own number
CELL, FONT, EDGE = 36, 14, 6  # pixels
BLUE = np.array([0, 114, 178])  # of Okabe and Ito's colours


def confusion_of(meant: np.ndarray, said: np.ndarray, classes: int) -> list[list[int]]:
    """Return how often each class (a row) was taken for each (a column).

    meant, said: (n,) whole numbers below `classes`: the labels, and what the network said.
    """
    counts = np.bincount(meant * classes + said, minlength=classes**2)
    matrix: list[list[int]] = counts.reshape(classes, classes).tolist()
    return matrix


def weight_values(weights: Mapping[str, np.ndarray]) -> list[Summary.Value]:
    """Return a histogram a layer, tagged `weights/<layer>`."""
    described = histogram_metadata.create_summary_metadata(None, None)
    return [
        Summary.Value(
            tag=f"weights/{layer}",
            metadata=described,
            tensor=make_tensor_proto(_buckets(values), dtype=np.float64),
        )
        for layer, values in weights.items()
    ]


def _buckets(values: np.ndarray) -> np.ndarray:
    """Return (BUCKETS, 3) float64: left edge, right edge, count.

    The numbers of TensorBoard's `histogram_pb`, which takes thirty times the memory and time.
    What isn't finite is in no bucket.
    """
    flat = np.asarray(values, np.float32).ravel()
    flat = flat if np.isfinite(flat).all() else flat[np.isfinite(flat)]
    low, high = (float(flat.min()), float(flat.max())) if flat.size else (0.0, 0.0)
    if low == high:
        return np.array([[low, high, 0.0]] * (BUCKETS - 1) + [[low, high, flat.size]])
    edges = np.linspace(low, high, BUCKETS + 1)
    places = ((flat - np.float32(low)) * np.float32(BUCKETS / (high - low))).astype(np.intp)
    counts = np.bincount(np.minimum(places, BUCKETS - 1), minlength=BUCKETS)
    return np.column_stack([edges[:-1], edges[1:], counts])


def class_values(confusion: Sequence[Sequence[int]], names: Sequence[str]) -> list[Summary.Value]:
    """Return the confusion matrix as a picture, and each class's accuracy as a scalar.

    confusion: of the validation pictures, as `confusion_of` returns it.
    names: of the classes; where there are none, their numbers are.
    A class of which there is no picture has no accuracy.
    """
    counts = np.array(confusion)
    names = list(names) or [str(number) for number in range(len(counts))]
    png, (width, height) = confusion_png(counts, names)
    described = image_metadata.create_summary_metadata(None, None)
    shown = [str(width).encode(), str(height).encode(), png]
    values = [Summary.Value(tag="confusion", metadata=described, tensor=make_tensor_proto(shown))]
    for number, name in enumerate(names):
        if of := counts[number].sum():
            values += scalar_pb(f"classes/{name}", float(counts[number, number] / of)).value
    return values


def recipe_value(name: str, hparams: Mapping[str, float | str | bool]) -> Summary.Value:
    """Return a run's recipe as a table in Markdown, tagged `config`."""
    shown = {field: str(value).replace("|", r"\|") for field, value in hparams.items()}
    rows = [f"| {field} | {value} |" for field, value in shown.items()]
    table = "\n".join(["| field | value |", "| --- | --- |", *rows])
    value: Summary.Value = text_pb("config", f"**{name}**\n\n{table}").value[0]
    return value


def confusion_png(counts: np.ndarray, names: Sequence[str]) -> tuple[bytes, tuple[int, int]]:
    """Draw the shares of each row in per cent; return the PNG, and its width and height.

    counts: (n, n) whole numbers, a row for each class that was meant, a column for each said.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [_label(name) for name in names]
    margin = max(label.width for label in labels) + 2 * EDGE
    side = len(names) * CELL
    picture = Image.new("RGB", (margin + side + EDGE, margin + side + FONT + 3 * EDGE), "white")
    draw = ImageDraw.Draw(picture)
    for row, label in enumerate(labels):
        middle = margin + row * CELL + CELL // 2
        upright = label.rotate(90, expand=True)
        picture.paste(label, (margin - EDGE - label.width, middle - label.height // 2))
        picture.paste(upright, (middle - upright.width // 2, margin - EDGE - upright.height))
        for column in range(len(names)):
            _cell(draw, margin + column * CELL, margin + row * CELL, shares[row, column])
    caption = "row: what it is; column: what was said; % of the row"
    draw.text((EDGE, margin + side + EDGE), caption, "black", _font(FONT - 1))
    file = io.BytesIO()
    few = picture.quantize(64, Image.Quantize.FASTOCTREE)  # a third of the bytes, in a millisecond
    few.save(file, "PNG")
    return file.getvalue(), picture.size


def _cell(draw: ImageDraw.ImageDraw, left: int, top: int, share: float) -> None:
    colour = tuple(int(one) for one in 255 + (BLUE - 255) * share)
    draw.rectangle((left, top, left + CELL - 2, top + CELL - 2), colour)
    if share >= 0.005:
        at, ink = (left + CELL // 2 - 1, top + CELL // 2 - 1), "white" if share > 0.9 else "black"
        draw.text(at, f"{100 * share:.0f}", ink, _font(FONT), anchor="mm")


@cache  # the same ten names every epoch
def _label(name: str) -> Image.Image:
    name = name if len(name) <= 14 else f"{name[:13]}…"
    _, _, right, bottom = _font(FONT).getbbox(name)
    picture = Image.new("RGB", (int(right) + 1, int(bottom) + 2), "white")
    ImageDraw.Draw(picture).text((0, 0), name, "black", _font(FONT))
    return picture


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
