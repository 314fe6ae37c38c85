"""Names of layers and classes that spreadsheets find hard: each sheet is found, each cell right."""

import numpy as np
from libreoffice import needs_libreoffice

from utils.spreadsheet.cells import cell, sheet_names
from utils.spreadsheet.check import check_workbook
from utils.spreadsheet.libreoffice import load_book, named_ranges, recalculate

# Addresses of cells, reserved words, signs, more than 31 characters, twins but for their case.
HARD = ["steps", "R1C1", "Guide", "history", "TRUE", "1x1-conv.a", "a" * 40, "A" * 40, "after"]


def test_a_layers_name_becomes_a_sheets_name_that_no_other_sheet_has():
    found = sheet_names([*HARD, "input"])
    assert len({name.lower() for name in found}) == len(found)
    assert all(len(name) <= 31 and name.replace("_", "").isalnum() for name in found)
    assert not {"guide", "input", "answer", "history"} & {name.lower() for name in found}
    assert cell("fc1", 4, 2) == "'fc1'!C5" and cell("conv1", 4, 2) == "conv1!C5"


@needs_libreoffice
def test_a_workbook_with_hard_names_is_right(keras_side, tmp_path):
    relu = [["ReLU", {"name": name}] for name in ("fc1", *HARD[2:])]
    conv = ["Conv2D", {"filters": 2, "kernel_size": 2, "name": "steps"}]
    dense = ["Dense", {"units": 3, "activation": "softmax", "name": "R1C1"}]
    spec = {"input": [4, 4, 1], "layers": [conv, *relu, ["Flatten", {"name": "x y"}], dense],
            "functional": False, "seed": 1}  # fmt: skip
    names = ["7", 'it\'s "A1"', "a b"]
    path = tmp_path / "hard.xlsx"
    example = np.arange(16).reshape(4, 4, 1).tolist()
    answer = keras_side("workbook", spec=spec, example=example, label=0, names=names, workbook=path)
    assert answer == {"path": str(path)}
    assert check_workbook(path) == []
    ranges = named_ranges(path)
    stored = load_book(path, data_only=True)
    said = stored["Answer"][ranges["predicted_class"][0][0][1]].value
    assert said in names
    for name in names:
        cells = recalculate(path, {ranges["right_class"][0][0]: name})
        loss = cells[ranges["loss"][0][0]]
        share = cells[ranges["shares"][names.index(name)][0]]
        assert abs(loss + np.log(share)) < 1e-9, name
