"""An image as a workbook: what stands in which cell, and what bad input is told."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image

from utils.errors import CourseError
from utils.settings import ROOT
from utils.spreadsheet import image_to_workbook, read_image


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def numbers(path, sheet):
    """Return a sheet's numbers without its headers."""
    rows = load_workbook(path)[sheet].iter_rows(min_row=2, min_col=2, values_only=True)
    return np.array(list(rows))


def test_each_row_of_pixels_is_three_rows_of_numbers_and_each_channel_a_matrix(image, tmp_path):
    path = image_to_workbook(image, tmp_path / "p.xlsx")
    rows = numbers(path, "Picture")
    assert np.array_equal(rows, image.transpose(0, 2, 1).reshape(15, 7))
    for channel, name in enumerate(("Red", "Green", "Blue")):
        assert np.array_equal(numbers(path, name), image[..., channel])


def test_colours_are_conditional_formats_that_reach_every_number(image, tmp_path):
    book = load_workbook(image_to_workbook(image, tmp_path / "p.xlsx"))
    for sheet in book:
        painted = {}
        for area in sheet.conditional_formatting:
            (rule,) = area.rules
            black, full = (color.rgb for color in rule.colorScale.color)
            assert (black, [end.val for end in rule.colorScale.cfvo]) == ("FF000000", [0, 255])
            for block in area.cells.ranges:
                painted |= dict.fromkeys(block.cells, full)
        filled = [cell for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row]
        assert {(cell.row, cell.column) for cell in filled} == set(painted)
        assert {cell.fill.fill_type for cell in filled} == {None}
    first = book["Picture"]
    by_row = {place[0]: color for area in first.conditional_formatting
              for block in area.cells.ranges for place in block.cells
              for color in [area.rules[0].colorScale.color[1].rgb]}  # fmt: skip
    assert [by_row[row] for row in (2, 3, 4, 5)] == ["FFFF0000", "FF00FF00", "FF0000FF", "FFFF0000"]


def test_the_same_image_gives_the_same_file(image, tmp_path):
    one, two = (image_to_workbook(image, tmp_path / name) for name in ("a.xlsx", "b.xlsx"))
    assert one.read_bytes() == two.read_bytes()


def test_a_file_is_read_and_scaled_on_request(image, tmp_path):
    Image.fromarray(image).save(tmp_path / "p.png")
    assert np.array_equal(read_image(tmp_path / "p.png"), image)
    assert read_image(tmp_path / "p.png", (4, 3)).shape == (3, 4, 3)


def test_a_photograph_of_200_by_150_stays_below_5_megabytes(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (150, 200, 3), np.uint8)
    assert image_to_workbook(noise, tmp_path / "p.xlsx").stat().st_size < 5e6


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.zeros((4, 4)), "shape (4, 4)"),
        (np.zeros((4, 4, 4), np.uint8), "shape (4, 4, 4)"),
        (np.zeros((0, 4, 3), np.uint8), "shape (0, 4, 3)"),
        (np.full((2, 2, 3), 0.5), "whole numbers from 0 to 255"),
        (np.full((2, 2, 3), 256), "whole numbers from 0 to 255"),
        (np.zeros((1000, 1000, 3), np.uint8), "Give a smaller `size`"),
    ],
)
def test_what_is_no_image_is_refused_in_a_sentence_and_leaves_no_file(bad, said, tmp_path):
    with pytest.raises(CourseError) as refusal:
        image_to_workbook(bad, tmp_path / "p.xlsx")
    assert said in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_images_are_named(image, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    Image.fromarray(image).convert("RGBA").save(tmp_path / "clear.png")
    for name, said in (("text.png", "isn't an image"), ("clear.png", "4 channels"),
                       ("absent.png", "absent.png")):  # fmt: skip
        with pytest.raises(CourseError, match=said):
            image_to_workbook(tmp_path / name, tmp_path / "p.xlsx")


def test_a_file_that_cannot_be_written_leaves_the_old_one_as_it_was(image, tmp_path):
    with pytest.raises(CourseError, match=r"doesn't end in \.xlsx"):
        image_to_workbook(image, tmp_path / "p.csv")
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(CourseError, match="can't be written"):
        image_to_workbook(image, tmp_path / "taken" / "p.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(CourseError, match="can't be written .*directory"):
        image_to_workbook(image, tmp_path / "folder.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.xlsx", "taken"]


LIMITED = """
import resource, sys
from utils.spreadsheet import image_to_workbook
import numpy as np
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
image_to_workbook(np.random.default_rng(0).integers(0, 256, (60, 60, 3)), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't limit the size of files")
@pytest.mark.parametrize("size", [1_000, 20_000])
def test_a_disk_that_takes_no_more_leaves_the_old_workbook_whole(size, image, tmp_path):
    old = image_to_workbook(image, tmp_path / "p.xlsx").read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "p.xlsx"), str(size)],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert "CourseError" in done.stderr and "p.xlsx can't be written" in done.stderr
    assert (tmp_path / "p.xlsx").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["p.xlsx"]


def test_a_workbook_open_in_another_program_stays_and_the_remedy_is_said(
    image, tmp_path, monkeypatch
):
    old = image_to_workbook(image, tmp_path / "p.xlsx").read_bytes()

    def locked(*_):  # what Windows answers while Excel has the file open
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(CourseError, match="Close the file where it is open"):
        image_to_workbook(image // 2, tmp_path / "p.xlsx")
    assert (tmp_path / "p.xlsx").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["p.xlsx"]


CLOSED = """
import os, sys
import numpy as np
from utils.spreadsheet import image_to_workbook
if os.geteuid() == 0:  # root may write anywhere
    os.seteuid(65534)
image_to_workbook(np.zeros((2, 2, 3), int), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):  # pytest's own are closed to other users
        folder.chmod(0o755)
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(folder / "p.xlsx")],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert "p.xlsx can't be written (Permission denied" in done.stderr
    assert list(folder.iterdir()) == []
