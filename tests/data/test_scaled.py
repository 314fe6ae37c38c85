"""A picture scaled for a network: means over areas, exactly."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from utils.data.scaled import scaled_picture
from utils.errors import CourseError


def picture(rows, columns, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)


def exact(part, height, width):
    """Return each pixel's mean over its area in fractions, rounded half up."""
    rows, columns, _ = part.shape
    found = np.zeros((height, width, 3), np.uint8)
    for y, x, c in np.ndindex(height, width, 3):
        total = Fraction(0)
        for i, j in np.ndindex(rows, columns):
            down = min(Fraction(i + 1), Fraction((y + 1) * rows, height)) - max(
                Fraction(i), Fraction(y * rows, height))  # fmt: skip
            across = min(Fraction(j + 1), Fraction((x + 1) * columns, width)) - max(
                Fraction(j), Fraction(x * columns, width))  # fmt: skip
            if down > 0 and across > 0:
                total += down * across * int(part[i, j, c])
        found[y, x, c] = int(total * height * width / (rows * columns) + Fraction(1, 2))
    return found


@pytest.mark.parametrize(("rows", "height", "width"), [(7, 3, 3), (4, 5, 5), (5, 5, 5), (6, 1, 1)])
def test_a_square_is_scaled_as_fractions_say_down_and_up(rows, height, width):
    square = picture(rows, rows)
    assert np.array_equal(scaled_picture(square, height, width), exact(square, height, width))


@pytest.mark.parametrize(
    ("rows", "columns", "height", "width", "part"),
    [
        (6, 9, 3, 3, np.s_[:, 1:7]),
        (9, 6, 3, 3, np.s_[1:7, :]),
        (8, 8, 2, 4, np.s_[2:6, :]),
        (8, 9, 4, 2, np.s_[:, 2:6]),
        (1, 50, 4, 4, np.s_[:, 24:25]),
    ],
)
def test_the_middle_part_in_the_networks_shape_is_cut_out(rows, columns, height, width, part):
    whole = picture(rows, columns)
    found = scaled_picture(whole, height, width)
    assert np.array_equal(found, exact(whole[part], height, width))


def test_grey_is_pillows_of_the_scaled_colours():
    whole = picture(12, 12)
    colours = Image.fromarray(scaled_picture(whole, 4, 4))
    found = scaled_picture(whole, 4, 4, 1)
    assert np.array_equal(found[..., 0], np.asarray(colours.convert("L")))


def test_a_half_is_rounded_up_and_a_large_picture_keeps_its_extremes():
    assert scaled_picture(np.array([[[0] * 3, [1] * 3]] * 2, np.uint8), 1, 1).tolist() == [
        [[1] * 3]
    ]
    white = np.full((1000, 1500, 3), 255, np.uint8)
    assert (scaled_picture(white, 7, 7) == 255).all() and not scaled_picture(white * 0, 7, 7).any()


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), [[1]]]
)
def test_what_is_no_picture_is_named(bad):
    with pytest.raises(CourseError, match="A picture is an array"):
        scaled_picture(bad, 2, 2)


@pytest.mark.parametrize("size", [(0, 4, 3), (4, -1, 3), (4, 4, 2)])
def test_a_size_that_no_picture_has_is_named(size):
    with pytest.raises(CourseError, match="No picture has"):
        scaled_picture(picture(4, 4), *size)
