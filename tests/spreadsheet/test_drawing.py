"""Pictures of sheets: the colours, texts and places that the file prescribes, pixel by pixel."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image
from xlsxwriter import Workbook

from utils.errors import CourseError
from utils.plots import png
from utils.spreadsheet import picture_to_workbook
from utils.spreadsheet.drawing import HEAD, draw_sheet
from utils.spreadsheet.formats import shown
from utils.spreadsheet.workbook import CELL, Pages, positive, signed

ROOT = Path(__file__).resolve().parents[2]
LEFT = 20  # pixels of the row numbers where they have one digit


def pixels(figure):
    """Return the figure as an array (height, width, 3) uint8; a pixel is one of the sheet's."""
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def texts(figure):
    """Return the figure's texts, each as often as it is shown."""
    words = [c for c in figure.axes[0].collections if not c.get_label().startswith("_")]
    return sorted(word.get_label() for word in words for _ in word.get_offsets())


def write(path, fill):
    """Write a workbook of one sheet, S, by a function of sheet and book."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("S")
        sheet.hide_gridlines(2)
        fill(sheet, book)
    return path


def corner(picture, row, column, width=64, height=20):
    """Return the colour near the top left of a cell (row, column from 0), beside its text."""
    return tuple(picture[HEAD + row * height + 2, LEFT + column * width + 2].tolist())


def test_cells_have_the_colours_that_two_scales_say(tmp_path):
    def fill(sheet, book):
        sheet.write_row(0, 0, [0, 1, 2, 4])
        sheet.write_row(1, 0, [-2, -1, 0, 2])
        sheet.write_row(4, 0, [8])  # in the same scale as the first row
        both = {"multi_range": "A1:D1 A5:A5"}
        sheet.conditional_format("A1:D1", positive("#0080FF") | both)
        sheet.conditional_format("A2:D2", signed(2))

    picture = pixels(draw_sheet(write(tmp_path / "s.xlsx", fill), "S"))
    assert [corner(picture, 0, n) for n in range(4)] == [
        (255, 255, 255), (223, 239, 255), (191, 223, 255), (128, 192, 255)]  # fmt: skip
    assert corner(picture, 4, 0) == (0, 128, 255)
    assert [corner(picture, 1, n) for n in range(4)] == [
        (176, 164, 216), (216, 210, 236), (255, 255, 255), (245, 183, 101)]  # fmt: skip


def test_a_picture_workbook_is_drawn_in_the_pictures_own_colours(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    path = picture_to_workbook(picture, tmp_path / "p.xlsx")
    drawn = pixels(draw_sheet(path, "Green"))
    for y, x in np.ndindex(3, 4):
        place = (HEAD + 22 + y * 30 + 2, LEFT + 64 + x * 30 + 2)
        assert drawn[place].tolist() == [0, picture[y, x, 1], 0]


def test_texts_are_what_the_number_formats_say(tmp_path):
    def fill(sheet, book):
        for row, form in enumerate(("0", "0.00;-0.00;0", "0.000000", "0.0%", "#,##0")):
            look = book.add_format({"num_format": form, "shrink": True})
            sheet.write_row(row, 0, [1234.5678, -0.125, 0], look)
        sheet.write_string(5, 0, "three")

    figure = draw_sheet(write(tmp_path / "s.xlsx", fill), "S")
    wanted = ["1235", "0", "0", "1234.57", "-0.13", "0", "1234.567800", "-0.125000", "0.000000"]
    wanted += ["123456.8%", "-12.5%", "0.0%", "1,235", "0", "0", "three"]
    heads = [*"ABC", *"123456"]
    assert texts(figure) == sorted(wanted + heads)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(0.5, "0", "1"), (2.5, "0", "3"), (1e-12, "0.00", "0.00"), (1e20, "0", "1" + 20 * "0"),
     (0.1, "General", "0.1"), (7, "General", "7"), (True, "0", "TRUE"), ("cat", "0.00", "cat"),
     (3, "@", "3"), (5, '0 "px"', "5 px"), (-3.0, "0.0;-0.0;0", "-3.0")],
)  # fmt: skip
def test_a_value_is_shown_as_spreadsheets_show_it(value, form, text):
    assert shown(value, form) == text


def test_a_part_of_a_sheet_has_its_own_letters_numbers_and_size(tmp_path):
    def fill(sheet, book):
        for row in range(12):
            sheet.write_row(row, 0, [100 * row + column for column in range(30)])

    path = write(tmp_path / "s.xlsx", fill)
    figure = draw_sheet(path, "S", rows=(8, 9), columns=("Z", "AB"))
    assert texts(figure) == sorted(
        ["Z", "AA", "AB", "8", "9", "725", "726", "727", "825", "826", "827"]
    )
    assert pixels(figure).shape == (HEAD + 2 * 20, LEFT + 3 * 64, 3)


def test_square_cells_are_square_and_fills_borders_and_merged_cells_are_drawn(tmp_path):
    def fill(sheet, book):
        pages = Pages(book)
        sheet.set_default_row(CELL * 0.75)
        sheet.set_column_pixels(0, 5, CELL)
        sheet.write_number(1, 1, 3, pages.square("0", paper="#FFEE00", frame=True))
        sheet.merge_range("D1:F2", "wide", book.add_format({"bg_color": "#00AA00"}))

    picture = pixels(draw_sheet(write(tmp_path / "s.xlsx", fill), "S"))
    assert picture.shape[:2] == (HEAD + 2 * CELL, LEFT + 6 * CELL)
    yellow = (picture == (255, 238, 0)).all(axis=2)
    rows, columns = np.nonzero(yellow)
    assert (rows.min(), rows.max()) == (HEAD + CELL + 1, HEAD + 2 * CELL - 1)
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 1
    line = picture[HEAD + CELL : HEAD + 2 * CELL - 2, LEFT + CELL]
    assert (line < 0xE0).all()  # the frame, left of the yellow
    assert corner(picture, 1, 5, CELL, CELL) == (0, 170, 0)


def test_long_texts_reach_over_empty_cells_only_and_small_cells_shrink_theirs(tmp_path):
    def fill(sheet, book):
        sheet.write_string(0, 0, "a text that is longer than two columns of a sheet")
        sheet.write_number(0, 1, 5)
        sheet.write_number(1, 0, 123456789.25, book.add_format({"num_format": "0.0000"}))
        sheet.write_number(2, 0, 123456789.25, book.add_format(
            {"num_format": "0.0000", "shrink": True}))  # fmt: skip
        sheet.write_number(3, 0, 0.123456789123)

    figure = draw_sheet(write(tmp_path / "s.xlsx", fill), "S")
    words = {c.get_label(): c for c in figure.axes[0].collections}
    clip = words["a text that is longer than two columns of a sheet"].get_clip_box()
    right = figure.axes[0].transData.inverted().transform(clip.corners()).max(axis=0)[0]
    assert right == 64
    assert any(set(label) == {"#"} for label in words)
    assert "123456789.2500" in words
    assert any(label.startswith("0.1234") and len(label) < 11 for label in words)


def test_data_bars_are_as_long_as_their_numbers(tmp_path):
    def fill(sheet, book):
        sheet.write_column(0, 0, [0, 0.5, 1])
        sheet.conditional_format(0, 0, 2, 0, {
            "type": "data_bar", "bar_color": "#9AD0F0", "bar_solid": True,
            "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip

    picture = pixels(draw_sheet(write(tmp_path / "s.xlsx", fill), "S"))
    blue = (picture == (0x9A, 0xD0, 0xF0)).all(axis=2)
    lengths = [blue[HEAD + 20 * n + 3].sum() for n in range(3)]
    assert lengths[0] == 0
    assert lengths[1] == pytest.approx(31, abs=1)
    assert lengths[2] == pytest.approx(62, abs=1)


def test_drawing_needs_no_tensorflow_and_leaves_no_figure_open(tmp_path):
    path = write(tmp_path / "s.xlsx", lambda sheet, book: sheet.write_number(0, 0, 1))
    draw_sheet(path, "S")
    assert pyplot.get_fignums() == []
    code = "import sys, utils.spreadsheet.drawing; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [({"sheet": "T"}, "no sheet 'T'"), ({"rows": (3, 2)}, "nothing from row 3 to 2"),
     ({"rows": (0, 2)}, "nothing from row 0"), ({"columns": ("B", "A")}, "column B to A"),
     ({"columns": ("1", "A")}, "'1' isn't a column"), ({"rows": (1, 50_000)}, "50,000 cells"),
     ({"rows": (1, 2000)}, "pixels")],
)  # fmt: skip
def test_what_can_not_be_drawn_is_named(given, said, tmp_path):
    path = write(tmp_path / "s.xlsx", lambda sheet, book: sheet.write_number(0, 0, 1))
    with pytest.raises(CourseError, match=said):
        draw_sheet(path, **{"sheet": "S"} | given)


def test_a_file_that_is_missing_or_no_workbook_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"There is no file .*none\.xlsx"):
        draw_sheet(tmp_path / "none.xlsx", "S")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("hello", "world")
    with pytest.raises(CourseError, match=r"zip\.xlsx can't be read as a workbook"):
        draw_sheet(tmp_path / "zip.xlsx", "S")
