"""A trained Keras CNN as a workbook: a sheet a layer, every number behind the pixels a formula."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from utils.errors import CourseError
from utils.networks.in_numpy.forward import forward
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.in_numpy.plain_layers import ACTIVATION_LAYERS, sources
from utils.settings import resolve_path
from utils.spreadsheet.answer import Answer, answer_sheet
from utils.spreadsheet.cells import Maps, Vector, sheet_names
from utils.spreadsheet.guide import guide_sheet
from utils.spreadsheet.layers_dense import VECTOR_WRITERS, input_vector
from utils.spreadsheet.layers_maps import MAP_WRITERS, fits_cells, input_maps
from utils.spreadsheet.map_sheets import NO_PADDING, Padding
from utils.spreadsheet.workbook import Pages
from utils.spreadsheet.written_whole import new_workbook

__all__ = ["check_size", "count_formulas", "layer_sheets", "model_to_workbook", "network_sheets"]

MOST_FORMULAS = 200_000
MOST_WEIGHTS = 500_000


def model_to_workbook(
    model: Any,
    example: ArrayLike,
    label: int,
    class_names: Sequence[str],
    path: str | Path,
    note: str = "",
    until: str = "",
) -> Path:
    """Write a Keras model as a workbook with live formulas and return its path.

    model: a built Sequential, or a functional model, whose layers may take any earlier one's
        result, and by Add several of one shape; of Input, Rescaling, Normalization, Conv2D,
        BatchNormalization, ZeroPadding2D, MaxPooling2D, AveragePooling2D, global pooling,
        Flatten, Reshape, Dense, activations (relu, leaky_relu, sigmoid, tanh, linear; softmax at
        the end), and of all that changes nothing while a network answers, such as Dropout. It
        ends in one number a class, or in a sigmoid of one.
    example: what stands in the Input sheet, of the model's input shape, without the batch axis.
    label: the example's right class, from 0. class_names: one a class; two for a sigmoid, the
        second of which it speaks for.
    note: a sentence for the first sheet, such as where the weights come from.
    until: the name of the layer to end with, of a model that is too large, say. What it doesn't
        need is left out, and unless it is the last one Answer too, with label and class_names.

    Each formula cell carries its value, computed in float64 with the model's own weights.
    Raises CourseError for a layer that can't be expressed, a model of more than 200,000 formulas,
    as many numbers of input or 500,000 weights, an example or label that doesn't fit, or where
    the file can't be written.
    """
    network = read_network(model, branches="added", until=until)
    check_size(network)
    values = check_example(network, example)
    names = [] if network.until else check_classes(network, label, class_names)
    path = resolve_path(path)
    with new_workbook(path) as book:
        pages = Pages(book)
        guide = book.add_worksheet("Guide")
        sheets = sheet_names(layer.name for layer in network.layers)
        answer: Answer | None = None
        if network.until:
            layer_sheets(pages, network, sheets, values)
        else:
            answer, _ = network_sheets(pages, network, sheets, values, label, names)
        guide_sheet(pages, guide, network, sheets, answer, names, values, note)
        guide.activate()
    return path


def network_sheets(
    pages: Pages,
    network: Network,
    sheets: Sequence[str],
    example: np.ndarray,
    label: int,
    class_names: Sequence[str],
    before: Mapping[str, Callable[[], None]] | None = None,
) -> tuple[Answer, list[Maps | Vector]]:
    """Write Input, a sheet a layer, and Answer; return where the answer and the layers lie.

    before: jobs to do just before the sheet of that name is added, such as adding other sheets.
    The first of the layers' places is the input's.
    """
    places = layer_sheets(pages, network, sheets, example, before)
    last = places[-1]
    assert isinstance(last, Vector)
    return answer_sheet(pages, last, forward(network, example)[-1], class_names, label), places


def layer_sheets(
    pages: Pages,
    network: Network,
    sheets: Sequence[str],
    example: np.ndarray,
    before: Mapping[str, Callable[[], None]] | None = None,
) -> list[Maps | Vector]:
    """Write Input and a sheet a layer, as `network_sheets` does; return where they lie."""
    places = [_input(pages, network, example)]
    outputs = [example, *forward(network, example)]
    for n, (name, layer) in enumerate(zip(sheets, network.layers, strict=True)):
        if before and name in before:
            before[name]()
        taken = sources(layer, n)
        if layer.inputs and layer.kind != "Add":
            pages.takes[name] = ["Input", *sheets][taken[0] + 1]
        given = [places[one + 1] for one in taken]
        place = given if layer.kind == "Add" else given[0]
        arguments = (pages, name, layer, place, outputs[n + 1])
        if len(layer.shape) == 3:
            places.append(MAP_WRITERS[layer.kind](*arguments, _padding(network, n)))
        else:
            places.append(VECTOR_WRITERS[layer.kind](*arguments, outputs[taken[0] + 1]))
    return places


def _input(pages: Pages, network: Network, example: np.ndarray) -> Maps | Vector:
    if example.ndim == 1:
        return input_vector(pages, example)
    return input_maps(pages, example, _padding(network, -1))


def _padding(network: Network, number: int) -> Padding:
    """Return the zeros around a layer's maps that filters reach into; number: -1 for the input."""
    reach = [
        layer.padding
        for n, layer in enumerate(network.layers)
        if layer.kind == "Conv2D" and number in sources(layer, n)
    ]
    above, below, left, right = (max(sides) for sides in zip(*reach, NO_PADDING, strict=True))
    return above, below, left, right


def count_formulas(network: Network) -> dict[str, int]:
    """Return how many formulas each layer's sheet will have, and Answer's."""
    counts = {}
    names = sheet_names(layer.name for layer in network.layers)
    for name, layer in zip(names, network.layers, strict=True):
        count = int(np.prod(layer.shape))
        if layer.kind == "Dense":
            inputs, units = layer.weights.shape
            count = inputs + units * (2 if layer.applied in ACTIVATION_LAYERS else 1)
        elif layer.kind == "BatchNormalization":
            count += 2 * layer.weights.shape[1]
        counts[name] = count
    return counts if network.until else counts | {"Answer": 5 * network.classes + 5}


def check_size(network: Network, file: str = "FILE.keras") -> None:
    """Raise CourseError where the workbook would be too large to work with.

    file: where the model lies, for the way to its first layers.
    """
    inputs = int(np.prod(network.input_shape))
    if inputs > MOST_FORMULAS:
        raise CourseError(
            f"The model takes {inputs:,} numbers; {MOST_FORMULAS:,} is the limit.",
            "Give it smaller images.",
        )
    counts = count_formulas(network)
    total = sum(counts.values())
    if total > MOST_FORMULAS:
        most = max(counts, key=counts.__getitem__)
        raise CourseError(
            f"The workbook would have {total:,} formulas; {MOST_FORMULAS:,} is the limit.",
            f"{most} alone has {counts[most]:,}: give it smaller images, a larger stride or "
            f"fewer filters{_first_layers(network, file)}",
        )
    weights = sum(layer.parameters for layer in network.layers)
    if weights > MOST_WEIGHTS:
        raise CourseError(
            f"The model has {weights:,} weights; {MOST_WEIGHTS:,} is the limit.",
            f"Give its dense layers fewer units or inputs{_first_layers(network, file)}",
        )


def _first_layers(network: Network, file: str) -> str:
    """Say how to write the first layers, as far as they fit: to the end of a block if there is one.

    It goes on where a sentence might end, and ends it where not even the first layer fits.
    """
    formulas = np.cumsum(list(count_formulas(network).values())[: len(network.layers)])
    weights = np.cumsum([layer.parameters for layer in network.layers])
    readable = np.cumprod([fits_cells(layer) for layer in network.layers])
    fitting = int((readable * (formulas <= MOST_FORMULAS) * (weights <= MOST_WEIGHTS)).sum())
    names = [layer.name for layer in network.layers[:fitting]]
    blocks = [layer.name for layer in network.layers[:fitting] if layer.kind == "Add"]
    if not names:
        return "."
    last = shlex.quote((blocks or names)[-1])
    return ("; or write its first layers, as far as they fit: "
            f"course sheet model {shlex.quote(file)} -u {last} -o FILE.xlsx")  # fmt: skip


def check_example(network: Network, example: ArrayLike) -> np.ndarray:
    """Return the example in float64; a grey image may lack its last axis."""
    values = np.asarray(example)
    if values.dtype.kind not in "uifb":
        raise CourseError("The example isn't an array of numbers.", "Give one image's pixels.")
    if values.shape + (1,) == network.input_shape:
        values = values[..., np.newaxis]
    if values.shape != network.input_shape:
        raise CourseError(
            f"The example has shape {values.shape}, but the model takes {network.input_shape}.",
            "Give one image, without the batch axis.",
        )
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise CourseError("The example has pixels that aren't finite numbers.", "Replace them.")
    return values


def check_classes(network: Network, label: int, class_names: Sequence[str]) -> list[str]:
    """Return the class names as texts, of which there must be one a class, each different."""
    names = [str(name) for name in class_names]
    if len(names) != network.classes or len({name.lower() for name in names}) != len(names):
        raise CourseError(
            f"The model has {network.classes} classes; the names are {', '.join(names)}.",
            "Give each class one name of its own.",
        )
    if not isinstance(label, int | np.integer) or not 0 <= label < network.classes:
        raise CourseError(
            f"The label {label} is none of the {network.classes} classes.",
            f"Give a number from 0 to {network.classes - 1}.",
        )
    return names
