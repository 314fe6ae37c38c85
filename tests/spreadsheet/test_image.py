"""An image as a workbook: what stands in which cell, and what bad input is told."""

import errno
import io
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
from utils.spreadsheet.written_whole import remedy_for


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


def test_files_that_are_no_images_are_named(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    for name, said in (("text.png", "can't be read as a picture"), ("absent.png", "no file")):
        with pytest.raises(CourseError, match=said):
            image_to_workbook(tmp_path / name, tmp_path / "p.xlsx")


def test_a_photograph_lies_as_it_was_held_and_a_screenshots_pixels_are_its_own(image, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(image).save(tmp_path / "held.png", exif=exif)
    Image.fromarray(image).convert("RGBA").save(tmp_path / "screenshot.png")
    assert np.array_equal(read_image(tmp_path / "held.png"), np.rot90(image, -1))
    assert np.array_equal(read_image(tmp_path / "screenshot.png"), image)


@pytest.mark.parametrize("size", [(30_000, 30_000), (700, 700)])
def test_a_size_of_too_many_cells_is_refused_before_the_file_is_read(size, tmp_path):
    with pytest.raises(CourseError, match="numbers; a workbook stays usable"):
        image_to_workbook(tmp_path / "not even there.png", tmp_path / "p.xlsx", size)
    with pytest.raises(CourseError, match="can't be 30000x30000"):
        read_image(np.zeros((4, 4, 3), np.uint8), (30_000, 30_000))


def test_a_large_picture_is_refused_by_its_header(tmp_path):
    content = io.BytesIO()
    Image.new("L", (6000, 5000)).save(content, "JPEG")
    (tmp_path / "p.jpg").write_bytes(content.getvalue()[:2000])  # no decoder can read that
    with pytest.raises(CourseError, match="has 6000x5000 pixels, 90,000,000 numbers"):
        image_to_workbook(tmp_path / "p.jpg", tmp_path / "p.xlsx")


def test_a_home_folders_sign_is_understood(image, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert image_to_workbook(image, "~/p.xlsx") == tmp_path / "p.xlsx"
    assert image_to_workbook(image, Path("~") / "p.xlsx").is_file()


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
    assert "p.xlsx can't be written (File too large). Make room on that disk" in done.stderr
    assert (tmp_path / "p.xlsx").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["p.xlsx"]


def test_a_workbook_open_in_another_program_stays(image, tmp_path, monkeypatch):
    old = image_to_workbook(image, tmp_path / "p.xlsx").read_bytes()

    def locked(*_):  # what Windows answers while Excel has the file open
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(CourseError, match="can't be written .The process cannot access"):
        image_to_workbook(image // 2, tmp_path / "p.xlsx")
    assert (tmp_path / "p.xlsx").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["p.xlsx"]


@pytest.mark.parametrize(
    ("number", "windows", "said"),
    [
        (errno.EACCES, True, "Close the file where it is open"),
        (errno.EACCES, False, "Choose a folder that you may write to"),
        (errno.EROFS, False, "Choose a folder that you may write to"),
        (errno.ENOSPC, True, "Make room on that disk"),
        (errno.EISDIR, False, "Choose another name"),
    ],
)
def test_the_remedy_for_a_file_that_cant_be_written_goes_by_the_reason(number, windows, said):
    assert remedy_for(OSError(number, "reason"), windows).startswith(said)


CLOSED = """
import os, sys
import numpy as np
from utils.spreadsheet import image_to_workbook
if os.geteuid() == 0:  # root may write anywhere
    os.seteuid(65534)
image_to_workbook(np.zeros((2, 2, 3), int), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
@pytest.mark.parametrize("above", [0o755, 0o700], ids=["there", "out of sight"])
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, above):
    for folder in (tmp_path, *tmp_path.parents):  # pytest's own are closed to other users
        if folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    folder = tmp_path / "above" / "closed"
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    folder.parent.chmod(above)
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(folder / "p.xlsx")],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert "p.xlsx can't be written (Permission denied). Choose a folder" in done.stderr
    assert list(folder.iterdir()) == []
