"""Sheets as HTML tables: the colours, texts and sizes that the file prescribes."""

import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser

import numpy as np
import pytest
from xlsxwriter import Workbook

from utils.errors import CourseError
from utils.settings import ROOT
from utils.spreadsheet import image_to_workbook, sheet_table
from utils.spreadsheet.workbook import CELL, Pages, positive, signed


class Table(HTMLParser):
    """Reads a table as a browser does: texts and CSS of its cells, scopes of its heads.

    texts: (row, column) from 0 to text. css: the same to properties. rules: other selectors'.
    """

    def __init__(self, html):
        super().__init__()
        self.texts, self.caption, self.scopes, self.heads = {}, "", [], []
        self.place = self.tag = None
        self.rules = {}
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", html.split("</style>")[0]):
            for selector in selectors.replace('<style type="text/css">', "").split(","):
                css = dict(re.findall(r"([\w-]+)\s*:\s*([^;]+);", body))
                self.rules.setdefault(selector.split(maxsplit=1)[-1].strip(), {}).update(css)
        self.feed(html.split("</style>")[1])

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("td", "th", "caption"):
            found = re.search(r"data row(\d+) col(\d+)", attrs.get("class", ""))
            self.tag, self.place = tag, tuple(map(int, found.groups())) if found else None
            if found:
                self.texts[self.place] = ""
            if tag == "th":
                self.scopes.append(attrs.get("scope"))

    def handle_endtag(self, tag):
        self.tag = None if tag == self.tag else self.tag

    def handle_data(self, data):
        if self.tag == "td" and self.place:
            self.texts[self.place] += data
        elif self.tag == "caption":
            self.caption += data
        elif self.tag == "th":
            self.heads.append(data)

    def css(self, row, column):
        name = next(n for n in self.rules if n.endswith(f"_row{row}_col{column}"))
        return self.rules[name]

    def size(self, selector, side):
        return float(self.rules[selector][side].removesuffix("px"))


def table(*given, **options):
    return Table(sheet_table(*given, **options)._repr_html_())


def write(path, fill):
    """Write a workbook of one sheet, S, by a function of sheet and book."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("S")
        fill(sheet, book)
    return path


def colour(shown, row, column):
    return shown.css(row, column)["background"]


def test_cells_have_the_colours_that_two_scales_say(tmp_path):
    def fill(sheet, book):
        sheet.write_row(0, 0, [0, 1, 2, 4])
        sheet.write_row(1, 0, [-2, -1, 0, 2])
        sheet.write_row(4, 0, [8])  # in the same scale as the first row
        both = {"multi_range": "A1:D1 A5:A5"}
        sheet.conditional_format("A1:D1", positive("#0080FF") | both)
        sheet.conditional_format("A2:D2", signed(2))

    shown = table(write(tmp_path / "s.xlsx", fill), "S")
    assert [colour(shown, 0, n) for n in range(4)] == ["#FFFFFF", "#DFEFFF", "#BFDFFF", "#80C0FF"]
    assert colour(shown, 4, 0) == "#0080FF"
    assert [colour(shown, 1, n) for n in range(4)] == ["#B0A4D8", "#D8D2EC", "#FFFFFF", "#F5B765"]


def test_of_two_scales_on_a_cell_the_more_important_one_colours_it(tmp_path):
    def fill(sheet, book):
        sheet.write_number(0, 0, 1)
        sheet.conditional_format("A1", positive("#FF0000", 1))
        sheet.conditional_format("A1:A2", positive("#0000FF", 1))

    assert colour(table(write(tmp_path / "s.xlsx", fill), "S"), 0, 0) == "#FF0000"


def test_an_image_workbook_is_shown_in_the_images_own_colours(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    shown = table(image_to_workbook(image, tmp_path / "p.xlsx"), "Green")
    for y, x in np.ndindex(3, 4):
        assert colour(shown, y + 1, x + 1) == f"#00{image[y, x, 1]:02X}00"
        assert shown.texts[y + 1, x + 1] == str(image[y, x, 1])


def luminance(color):
    """Return the relative luminance of "#RRGGBB" as WCAG 2 defines it."""
    parts = np.array([int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("color", ["#D00000", "#56B4E9", "#FF0000", "#00FF00", "#0000FF"])
def test_texts_are_legible_on_every_colour_and_elsewhere_the_theme_decides(color, tmp_path):
    def fill(sheet, book):
        sheet.write_row(0, 0, range(101))
        sheet.write_row(1, 0, range(101))
        sheet.conditional_format(0, 0, 0, 100, positive(color))
        sheet.conditional_format(1, 0, 1, 100, positive(color) | {"min_color": "#000000"})
        sheet.write_string(2, 0, "plain")

    shown = table(write(tmp_path / "s.xlsx", fill), "S")
    for place in np.ndindex(2, 101):
        css = shown.css(*place)
        dark, light = sorted((luminance(css["background"]), luminance(css["color"])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, css
    assert not {"background", "color"} & set(shown.css(2, 0))


def test_texts_are_what_the_number_formats_say(tmp_path):
    forms = ("0", "0.00;-0.00;0", "0.000000", "0.0%", "General")

    def fill(sheet, book):
        for row, form in enumerate(forms):
            look = book.add_format({"num_format": form})
            sheet.write_row(row, 0, [1234.5678, -0.125, 0, 0.5, 2.5, -0.004], look)
        sheet.write_row(5, 0, ["three", "<b>&", True])

    shown = table(write(tmp_path / "s.xlsx", fill), "S")
    assert [[shown.texts[row, n] for n in range(6)] for row in range(5)] == [
        ["1235", "0", "0", "1", "3", "0"],
        ["1234.57", "-0.13", "0", "0.50", "2.50", "0.00"],
        ["1234.567800", "-0.125000", "0.000000", "0.500000", "2.500000", "-0.004000"],
        ["123456.8%", "-12.5%", "0.0%", "50.0%", "250.0%", "-0.4%"],
        ["1234.5678", "-0.125", "0", "0.5", "2.5", "-0.004"],
    ]
    assert [shown.texts[5, n] for n in range(4)] == ["three", "<b>&", "TRUE", ""]


def test_a_part_of_a_sheet_has_its_own_letters_and_numbers_and_each_head_its_scope(tmp_path):
    def fill(sheet, book):
        for row in range(12):
            sheet.write_row(row, 0, [100 * row + column for column in range(30)])

    path = write(tmp_path / "s.xlsx", fill)
    shown = table(path, "S", "A <part>", rows=(8, 9), columns=("Z", "AB"))
    assert shown.heads == ["Z", "AA", "AB", "8", "9"]
    assert shown.scopes == ["col"] * 3 + ["row"] * 2
    assert list(shown.texts.values()) == ["725", "726", "727", "825", "826", "827"]
    assert shown.caption == "A <part>"
    text = repr(sheet_table(path, "S", rows=(8, 9)))
    assert text == "The sheet S of s.xlsx (2 rows, 30 columns)"


def test_square_cells_are_square_and_merged_cells_are_filled_and_wrap_their_text(tmp_path):
    def fill(sheet, book):
        pages = Pages(book)
        sheet.set_default_row(CELL * 0.75)
        sheet.set_column_pixels(0, 5, CELL)
        sheet.write_number(1, 1, 3, pages.square("0", paper="#FFEE00", frame=True))
        sheet.merge_range("D1:F2", "wide", book.add_format({"bg_color": "#00AA00"}))

    path = write(tmp_path / "s.xlsx", fill)
    shown = table(path, "S")
    for n in range(6):
        assert shown.size(f"th.col{n}", "width") == shown.size("th.row1", "height") == CELL
    assert colour(shown, 1, 1) == "#FFEE00"
    merged = {place for place in np.ndindex(2, 6) if place[1] >= 3}
    assert {colour(shown, *place) for place in merged} == {"#00AA00"}
    assert f'<div style="width: {3 * CELL}px; white-space: normal">wide</div>' in (
        sheet_table(path, "S")._repr_html_()
    )


def test_a_column_is_as_wide_as_its_longest_number_and_a_text_reaches_out(tmp_path):
    def fill(sheet, book):
        sheet.set_column_pixels(0, 2, 20)
        sheet.write_number(0, 0, 123456789.25, book.add_format({"num_format": "0.0000"}))
        sheet.write_string(1, 1, "a text that is longer than two columns of a sheet")

    shown = table(write(tmp_path / "s.xlsx", fill), "S", columns=("A", "C"))
    assert shown.size("th.col0", "width") > 14 * 0.5 * 11
    assert shown.size("th.col1", "width") == 20
    assert shown.rules["td"]["white-space"] == "nowrap"
    assert shown.rules["td"]["overflow"] == "visible"


def test_a_digit_of_28_x_28_pixels_fits_on_a_screen_of_1280_x_800(tmp_path):
    def fill(sheet, book):
        look = Pages(book).square("0")
        sheet.set_default_row(CELL * 0.75)
        sheet.set_column_pixels(0, 28, CELL)
        for row in range(28):
            sheet.write_row(row, 0, [255] * 28, look)

    shown = table(write(tmp_path / "s.xlsx", fill), "S")
    assert sum(shown.size(f"th.col{n}", "width") for n in range(28)) < 840
    assert sum(shown.size(f"th.row{n}", "height") for n in range(28)) < 660
    assert shown.css(5, 5)["font-size"] == "9px"


def test_data_bars_are_as_long_as_their_numbers(tmp_path):
    def fill(sheet, book):
        sheet.write_column(0, 0, [0, 0.5, 1])
        sheet.conditional_format(0, 0, 2, 0, {
            "type": "data_bar", "bar_color": "#9AD0F0", "bar_solid": True,
            "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip

    shown = table(write(tmp_path / "s.xlsx", fill), "S")
    for row, length in enumerate(("0.0%", "50.0%", "100.0%")):
        bar = f"linear-gradient(90deg, #9AD0F0 {length}, transparent 0), #FFFFFF"
        assert colour(shown, row, 0) == bar
        assert shown.css(row, 0)["color"] == "#000000"


def test_showing_a_sheet_needs_no_tensorflow():
    code = "import sys, utils.spreadsheet.preview; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [({"sheet": "T"}, "no sheet 'T'"), ({"rows": (3, 2)}, "nothing from row 3 to 2"),
     ({"rows": (0, 2)}, "nothing from row 0"), ({"columns": ("B", "A")}, "column B to A"),
     ({"columns": ("1", "A")}, "'1' isn't a column"), ({"rows": (1, 50_000)}, "50,000 cells")],
)  # fmt: skip
def test_what_can_not_be_shown_is_named(given, said, tmp_path):
    path = write(tmp_path / "s.xlsx", lambda sheet, book: sheet.write_number(0, 0, 1))
    with pytest.raises(CourseError, match=said):
        sheet_table(path, **{"sheet": "S"} | given)


def test_a_file_that_is_missing_or_no_workbook_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"There is no file .*none\.xlsx"):
        sheet_table(tmp_path / "none.xlsx", "S")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("hello", "world")
    with pytest.raises(CourseError, match=r"zip\.xlsx can't be read as a workbook"):
        sheet_table(tmp_path / "zip.xlsx", "S")
