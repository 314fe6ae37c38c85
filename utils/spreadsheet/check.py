"""Check a workbook: LibreOffice calculates it anew, and every cell is compared.

`check_workbook` knows nothing of what a workbook is about; `check_model` compares every cell of
every layer with a Keras model.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.forward import class_logits, forward, sums
from utils.networks.in_numpy.functions import softmax
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.in_numpy.plain_layers import sources
from utils.settings import resolve_path
from utils.spreadsheet.cells import sheet_names
from utils.spreadsheet.libreoffice import (
    CellValues,
    formulas,
    named_ranges,
    recalculate,
    stored_values,
)

__all__ = ["COMMON_FUNCTIONS", "check_model", "check_workbook"]

# Excel 2007 and later, LibreOffice and Google Sheets all have these, and calculate them alike.
COMMON_FUNCTIONS = frozenset(
    [
        *("ABS", "AND", "AVERAGE", "CHOOSE", "EXP", "IF", "INDEX", "INT", "LN", "MATCH"),
        *("MAX", "MIN", "OR", "ROUND", "SQRT", "SUM", "SUMPRODUCT", "TANH"),
    ]
)
# What the builders call ranges in which every cell must be a formula.
CALCULATED = re.compile(
    r"(after_)?(.+_map_\d+|.+_output|.+_sums|.+_gradient|.+_new|logits|exponentials|shares"
    r"|truth|losses|loss|class)|predicted_class|descent|steps_.+"
)
TOLERANCE = 1e-9
MOST_NAMED = 5  # complaints of one kind


def check_workbook(path: str | Path) -> list[str]:
    """Return what is wrong with a workbook, a sentence each; nothing where all is well.

    Every stored value is thrown away and calculated anew; a result that is an error, or differs
    from the stored one by more than 1e-9 (relative, above 1), is named. So is a number where a
    formula belongs, and a function that not every spreadsheet program has.
    Raises CourseError where LibreOffice is missing or the file isn't a workbook.
    """
    path = resolve_path(path)
    texts, stored = formulas(path), stored_values(path)
    return [
        *_foreign_functions(texts),
        *_hard_coded(texts, named_ranges(path), stored),
        *_differences(stored, recalculate(path)),
    ]


def check_model(path: str | Path, model: Any, until: str = "") -> list[str]:
    """Return where a workbook, calculated anew, differs from a Keras model; nothing if nowhere.

    until: the layer that the workbook ends with, as `model_to_workbook` has it.
    The image is the one in the workbook's Input sheet; every cell of every layer must equal
    the model's float64 value to 1e-9 (relative, above 1).
    """
    path, network = resolve_path(path), read_network(model, branches="added", until=until)
    ranges, cells = named_ranges(path), recalculate(path)
    needed = ("input_channel_1",) if network.until else ("input_channel_1", "shares")
    missing = [name for name in needed if name not in ranges]
    if missing:
        raise CourseError(
            f"{path} isn't the workbook of a network: it names no range {missing[0]}.",
            "Write one: course sheet model data/reference/mnist_cnn.keras -o cnn.xlsx",
        )
    wrong = []
    for name, wanted in expected(network, _input(network, ranges, cells)).items():
        if name not in ranges:
            wrong.append(f"The workbook has no range {name}.")
            continue
        places = [place for row in ranges[name] for place in row]
        for place, value in zip(places, wanted.reshape(-1).tolist(), strict=True):
            if not _same(cells.get(place), value):
                wrong.append(f"{_at(place)} ({name}) is {cells.get(place)!r}, not {value!r}.")
    return _some(wrong)


def expected(network: Network, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each named range of a network's workbook must hold for an image, in float64."""
    found: dict[str, np.ndarray] = {}
    outputs, names = forward(network, image), sheet_names(layer.name for layer in network.layers)
    layers = zip(names, network.layers, outputs, strict=True)
    for number, (name, layer, values) in enumerate(layers):
        if values.ndim == 3:
            found |= {f"{name}_map_{n + 1}": values[..., n] for n in range(values.shape[2])}
        else:
            found[f"{name}_output"] = values
        if layer.kind == "Dense":
            (before,) = sources(layer, number)
            found[f"{name}_sums"] = sums(layer, image if before < 0 else outputs[before])
    if network.until:
        return found
    given = outputs[-1]
    shares = softmax(class_logits(given))
    if network.has_sigmoid:
        given = np.array([-given[0], given[0]])
        powers = np.exp(-np.abs(given))
    else:
        powers = np.exp(given - given.max())
    return found | {"logits": given, "exponentials": powers, "shares": shares}


def _input(network: Network, ranges: Mapping[str, Any], cells: CellValues) -> np.ndarray:
    """Return the numbers of the Input sheet as an array of the network's input shape."""
    channels = network.input_shape[2] if len(network.input_shape) == 3 else 1
    maps = [
        [[cells.get(place, 0.0) for place in row] for row in ranges[f"input_channel_{n + 1}"]]
        for n in range(channels)
    ]
    image = np.moveaxis(np.array(maps, dtype=np.float64), 0, -1)
    return image.reshape(network.input_shape)


def _differences(stored: CellValues, calculated: CellValues) -> list[str]:
    wrong = []
    for place, value in calculated.items():
        if isinstance(value, str) and value.startswith("#"):
            wrong.append(f"{_at(place)} is an error: {value}.")
        elif not _same(stored.get(place), value):
            was = stored.get(place)
            wrong.append(f"{_at(place)} carries {was!r} but is {value!r} when calculated.")
    lost = [
        f"{_at(place)} is empty when calculated."
        for place in stored.keys() - calculated
        if stored[place] != ""
    ]
    return _some(wrong) + _some(sorted(lost))


def _same(a: Any, b: Any) -> bool:
    if a in (None, "") and b in (None, ""):
        return True
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(a == b)


def _hard_coded(
    texts: CellValues, ranges: Mapping[str, list[list[tuple[str, str]]]], values: CellValues
) -> list[str]:
    """Name the plain numbers in ranges whose cells must all be formulas."""
    return _some([
        f"{_at(place)} ({name}) is the number {values.get(place)!r} where a formula belongs."
        for name, rows in ranges.items() if CALCULATED.fullmatch(name)
        for row in rows for place in row if place not in texts
    ])  # fmt: skip


def _foreign_functions(texts: CellValues) -> list[str]:
    found: dict[str, str] = {}
    for place, formula in texts.items():
        for name in re.findall(r"([A-Z_][A-Z0-9_.]*)\(", re.sub(r'"[^"]*"', "", formula)):
            if name not in COMMON_FUNCTIONS:
                found.setdefault(name, _at(place))
    return [
        f"{place} uses {name}, which not every spreadsheet program has."
        for name, place in found.items()
    ]


def _at(place: tuple[str, str]) -> str:
    return "!".join(place)


def _some(complaints: list[str]) -> list[str]:
    more = len(complaints) - MOST_NAMED
    return complaints[:MOST_NAMED] + [f"… and {more} cells more."] * (more > 0)
