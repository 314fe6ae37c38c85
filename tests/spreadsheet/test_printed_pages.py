"""Sheets on paper: readable, whole blocks, nothing lost; by arithmetic and by LibreOffice's PDF."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libreoffice import needs_libreoffice

from utils.spreadsheet.libreoffice import load_book
from utils.spreadsheet.printed_pages import ONE_PAGE, READABLE, WIDER, paginate

A4 = (96 * (210 / 25.4 - 0.8), 96 * (297 / 25.4 - 1.0))  # pixels within the margins, upright


def room(found):
    """Return a page's width and height in pixels of the screen, before it is scaled."""
    across, down = (A4[1] + 19.2, A4[0] - 19.2) if found.landscape else A4
    return across / found.scale, down / found.scale


def parts(sizes, cuts):
    edges = [0, *cuts, len(sizes)]
    return [sum(sizes[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def test_a_small_sheet_is_one_page_and_no_larger_than_on_the_screen():
    found = paginate([26] * 20, [26] * 10)
    assert found.count == 1 and found.scale == 1 and not found.columns and not found.rows


def test_a_wide_low_sheet_lies_across_and_a_high_narrow_one_stands():
    assert paginate([26] * 50, [26] * 20).landscape
    assert not paginate([26] * 20, [26] * 50).landscape


def test_64_columns_of_30_pixels_are_not_pressed_onto_one_page():
    found = paginate([30] * 64, [30] * 30, columns=(0, 22, 44))
    assert found.count > 1 and found.scale >= READABLE
    assert set(found.columns) <= {22, 44}


SIDES = st.integers(1, 60)


@given(SIDES, SIDES, st.integers(1, 5), st.integers(1, 5), st.sampled_from([26, 30]))
def test_no_page_is_too_small_to_read_or_holds_more_than_fits(wide, high, across, down, side):
    widths, heights = [side] * (wide * across), [side] * (high * down)
    columns, rows = range(0, wide * across, wide), range(0, high * down, high)
    found = paginate(widths, heights, list(columns), list(rows))
    width, height = room(found)
    assert all(part <= width + 1e-6 for part in parts([w * WIDER for w in widths], found.columns))
    assert all(part <= height + 1e-6 for part in parts(heights, found.rows))
    assert found.scale >= (ONE_PAGE if found.count == 1 else READABLE)
    page = room(found)
    if wide * side * WIDER <= page[0] and found.columns:  # a block fits: none is cut
        assert set(found.columns) <= set(columns)
    if high * side <= page[1] and found.rows:
        assert set(found.rows) <= set(rows)


@pytest.fixture(scope="module")
def printed(keras_side, tmp_path_factory):
    """The nine steps' workbook, printed: each page's words as (text, left, top, right, bottom)."""
    folder = tmp_path_factory.mktemp("printed")
    assert keras_side("nine_steps", workbook=folder / "nine.xlsx") == {}
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder,
         folder / "nine.xlsx"], check=True, capture_output=True)  # fmt: skip
    text = subprocess.run(["pdftotext", "-bbox", folder / "nine.pdf", "-"], check=True,
                          capture_output=True, encoding="utf-8").stdout  # fmt: skip
    word = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>'
    pages = [[(found[4], *map(float, found[:4])) for found in re.findall(word, page)]
             for page in text.split("<page ")[1:]]  # fmt: skip
    return load_book(folder / "nine.xlsx"), pages


needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs pdftotext")


@needs_libreoffice
@needs_poppler
def test_the_padded_picture_is_printed_a_colour_a_page_and_can_be_read(printed):
    _, pages = printed
    own = [page for page in pages if [word for word, *_ in page[:2]] == ["5", "Padding"]]
    assert len(own) == 4
    texts = [" ".join(word for word, *_ in page) for page in own]
    for words, text in zip(("red", "green", "blue", "rows of the map"), texts, strict=True):
        assert f"{words} " in text
    numbers = [word for page in own for word in page if re.fullmatch(r"-?\d\.\d\d", word[0])]
    assert len(numbers) == 3 * 256 + 64  # all of them, shown as two decimals
    assert min(bottom - top for _, _, top, _, bottom in numbers) > 4.5  # points


@needs_libreoffice
@needs_poppler
def test_every_sheet_begins_on_a_page_of_its_own_with_its_title_whole(printed):
    book, pages = printed
    texts = [" ".join(word for word, *_ in page) for page in pages]
    after = 0
    for sheet in book:
        title = " ".join(sheet["A1"].value.replace("&", "&amp;").split())
        starts = [n for n, text in enumerate(texts) if title in text[: len(title) + 40]]
        assert starts and starts[0] >= after, title
        after = starts[0] + 1
