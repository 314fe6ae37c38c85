"""The OR gate as a sheet: LibreOffice's numbers against NumPy's, row by row."""

import zipfile

import numpy as np
import pytest
from libreoffice import needs_libreoffice
from openpyxl import load_workbook

from utils.errors import CourseError
from utils.networks.in_numpy.one_neuron import COLUMNS, or_gate_descent
from utils.spreadsheet import or_gate_workbook
from utils.spreadsheet.check import check_workbook
from utils.spreadsheet.lessons.or_gate import FIRST_ROW, LETTERS, SHEET
from utils.spreadsheet.libreoffice import formulas, recalculate

NOTEBOOK_04 = (0.1, -0.2, 0.0)


def table(cells, epochs):
    """Return the sheet's table as an array, a row an epoch."""
    rows = range(FIRST_ROW, FIRST_ROW + epochs + 1)
    return np.array([[cells[SHEET, f"{LETTERS[name]}{row}"] for name in COLUMNS] for row in rows])


@needs_libreoffice
def test_all_rows_equal_notebook_04s_run(tmp_path):
    path = or_gate_workbook(tmp_path / "or.xlsx")
    wanted = or_gate_descent(*NOTEBOOK_04, learning_rate=2, epochs=2000).to_numpy()
    assert np.allclose(table(recalculate(path), 2000), wanted, rtol=1e-9, atol=1e-12)
    assert check_workbook(path) == []


@needs_libreoffice
def test_changed_cells_change_the_descent_as_numpy_does(tmp_path):
    path = or_gate_workbook(tmp_path / "or.xlsx", epochs=50)
    changes = {"B5": 0.7, "B6": -1.0, "B7": 0.4, "B8": 0.25}
    cells = recalculate(path, {(SHEET, place): value for place, value in changes.items()})
    wanted = or_gate_descent(-1.0, 0.4, 0.25, learning_rate=0.7, epochs=50).to_numpy()
    assert np.allclose(table(cells, 50), wanted, rtol=1e-9, atol=1e-12)


@needs_libreoffice
def test_a_cell_that_carries_a_wrong_value_is_found(tmp_path):
    path = or_gate_workbook(tmp_path / "or.xlsx", epochs=5)
    (entry,) = [place for place, text in formulas(path).items() if text == "=start_w1"]
    harm(path, f'<c r="{entry[1]}"', b"<v>0.1</v>", b"<v>0.2</v>")
    (complaint,) = check_workbook(path)
    assert complaint == f"{SHEET}!{entry[1]} carries 0.2 but is 0.1 when calculated."


@needs_libreoffice
def test_an_error_a_number_for_a_formula_and_a_function_of_one_program_only_are_found(tmp_path):
    path = or_gate_workbook(tmp_path / "or.xlsx", epochs=12)
    book = load_workbook(path)
    book[SHEET]["N1"] = "=1/0"
    book[SHEET]["N2"] = '=TEXTJOIN("MAX(",TRUE,A1)'
    book[SHEET]["E20"] = 0.5
    book.save(path)
    complaints = " ".join(check_workbook(path))
    assert f"{SHEET}!N1 is an error: #DIV/0!" in complaints
    assert f"{SHEET}!N2 uses TEXTJOIN" in complaints
    assert f"{SHEET}!E20 (descent) is the number 0.5 where a formula belongs" in complaints


def harm(path, near, old, new):
    """Change bytes of the first sheet's XML, after a place in it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    start = sheet.index(near.encode())
    assert old in sheet[start:]
    parts["xl/worksheets/sheet1.xml"] = sheet[:start] + sheet[start:].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_every_number_of_the_table_but_the_first_epoch_is_a_formula(tmp_path):
    path = or_gate_workbook(tmp_path / "or.xlsx", epochs=20)
    assert len(formulas(path)) == 21 * len(COLUMNS) - 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"epochs": 0}, "0 epochs"), ({"epochs": 20_000}, "20000 epochs"),
     ({"learning_rate": 101.0}, "out of range"), ({"learning_rate": -1.0}, "out of range"),
     ({"learning_rate": float("nan")}, "out of range"), ({"w1": float("nan")}, "start")],
)  # fmt: skip
def test_a_descent_that_does_not_fit_is_refused(changed, said, tmp_path):
    with pytest.raises(CourseError, match=said):
        or_gate_workbook(tmp_path / "or.xlsx", **changed)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_workbook_is_named(tmp_path):
    (tmp_path / "no.xlsx").write_text("hello")
    with pytest.raises(CourseError, match=r"no\.xlsx can't be read as a workbook"):
        check_workbook(tmp_path / "no.xlsx")
