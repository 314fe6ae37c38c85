"""Models' workbooks, recalculated by LibreOffice, against loops in float64 and against Keras."""

import tempfile
from pathlib import Path

import numpy as np
from compared import numbers, stale_cells, worst_difference
from loops_forward import loop_outputs, read_layers, sheets_of

from utils.spreadsheet.check import COMMON_FUNCTIONS, _foreign_functions
from utils.spreadsheet.libreoffice import formulas, named_ranges, recalculate_many

EXACT, SINGLE = 1e-12, 1e-5  # to the loops; of Keras's float32


def equal_loops(keras_side, specs):
    """Assert that the models' workbooks give the loops' numbers for all of each spec's images.

    All are recalculated from formulas and plain cells alone, by one start of LibreOffice.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = keras_side("exported", specs=specs, folder=folder)
        assert "error" not in answer, answer
        paths = [Path(folder) / f"{n}.xlsx" for n in range(len(specs))]
        ranges = [named_ranges(path) for path in paths]
        jobs = [(n, when) for n, spec in enumerate(specs) for when in range(len(spec["images"]))]
        cells = recalculate_many([
            (paths[n], typed(specs[n]["images"], when, ranges[n])) for n, when in jobs
        ])  # fmt: skip
        for (n, when), book in zip(jobs, cells, strict=True):
            if when == 0:
                assert stale_cells(paths[n], book) == [], specs[n]
                assert _foreign_functions(formulas(paths[n])) == [], COMMON_FUNCTIONS
            compare(book, ranges[n], Path(folder) / f"{n}.npz", when, specs[n])


def typed(images, when, ranges):
    """Return the cells to change so that the first image becomes another one."""
    first, wanted = (np.array(image, dtype=float) for image in (images[0], images[when]))
    changes = {}
    for place in np.argwhere(first != wanted):
        y, x, channel = place if len(place) == 3 else (*place, *[0] * (3 - len(place)))
        changes[ranges[f"input_channel_{channel + 1}"][y][x]] = wanted[tuple(place)].item()
    return changes


def compare(cells, ranges, path, when, spec):
    """Assert that every layer's cells, the shares, the class and the loss are the loops'."""
    layers = read_layers(path)
    outputs = loop_outputs(layers, spec["images"][when])
    gap, name = worst_difference(cells, ranges, sheets_of(layers, outputs, ranges))
    assert gap <= EXACT, (name, gap, spec)
    z = outputs["logits"]
    logits = np.array([0.0, z[0]]) if z.shape == (1,) else z
    powers = np.exp(logits - logits.max())
    wanted = powers / powers.sum()
    shares = numbers(cells, ranges["shares"])
    assert np.abs(shares - wanted).max() <= EXACT, spec
    assert cells[ranges["predicted_class"][0][0]] == f"class {wanted.argmax()}", spec
    loss = np.log(powers.sum()) - (logits[spec["label"]] - logits.max())
    assert abs(cells[ranges["loss"][0][0]] - loss) <= EXACT * max(1, loss), spec
    if spec.get("dtype", "float32") in ("float32", "float64"):
        keras_says(layers, np.load(path)["answers"][when], shares, logits, spec)


def keras_says(layers, answer, shares, logits, spec):
    """Assert that Keras's own answer is the workbook's, as far as float32 goes."""
    if layers[-1]["kind"] == "Softmax" or layers[-1]["config"].get("activation") == "softmax":
        assert np.abs(answer - shares).max() <= SINGLE, spec
    elif answer.shape == (1,):  # a sigmoid
        assert abs(answer[0] - shares[1]) <= SINGLE, spec
    else:
        gap = np.abs(answer - logits) / np.maximum(1, np.abs(logits))
        assert gap.max() <= SINGLE, spec
