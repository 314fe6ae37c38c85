"""A picture that is moved: pixels against NumPy's own moving, the widget against its functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import CourseError
from utils.widgets.moved import PAD, MovedDrawing, describe, edge_map, move, move_a_picture, say_map

IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
moves = st.integers(-PAD, PAD)


@given(moves, moves, st.booleans())
def test_a_moved_picture_is_the_rolled_one_with_grey_where_it_has_ended(right, down, mirrored):
    now = move(IMAGE, right, down, mirrored, grey=7)
    start = IMAGE[:, ::-1] if mirrored else IMAGE
    rows, columns = np.mgrid[:32, :32]
    inside = (rows - down >= 0) & (rows - down < 32) & (columns - right >= 0)
    inside &= columns - right < 32
    rolled = np.roll(start, (down, right), axis=(0, 1))
    np.testing.assert_array_equal(now.seen, np.where(inside[..., None], rolled, 7))
    assert now.kept == inside.sum()


def test_without_a_grey_the_border_goes_on_as_the_picture_ends():
    now = move(IMAGE, 3, 0, False, grey=None)
    np.testing.assert_array_equal(now.seen[:, :3], np.repeat(IMAGE[:, :1], 3, axis=1))
    np.testing.assert_array_equal(now.seen[:, 3:], IMAGE[:, :-3])


def test_the_map_is_high_at_upright_edges_alone():
    step = np.zeros((32, 32, 3), np.uint8)
    step[:, 16:] = 255
    found = edge_map(step)
    assert found.shape == (30, 30) and set(np.unique(found.round(6))) == {0.0, 1.0}
    assert np.flatnonzero(found[0]).tolist() == [14, 15]  # windows with the step in them
    np.testing.assert_allclose(edge_map(step.transpose(1, 0, 2)), 0, atol=1e-12)


def test_a_thing_amid_plain_ground_moves_on_its_map_and_leaves_the_mean():
    thing = np.full((32, 32, 3), 40, np.uint8)
    thing[12:20, 12:20] = 220
    still, now = (move(thing, right, 3, False, None) for right in (0, 4))
    assert now.mean == pytest.approx(still.mean)
    assert np.sum(np.abs(now.map - still.map) > 0.05) > 20


def test_the_widget_shows_what_its_functions_say():
    widget, drawing = move_a_picture(IMAGE, 7, maps=True), MovedDrawing(7.6, 3.0, maps=True)
    before = widget.static()
    widget.move(right=3, down=-5, mirrored=True)
    now, still = (move(IMAGE, *where, True, 7) for where in ((3, -5), (0, 0)))
    drawing.draw(now)
    said = say_map(now, still)
    alt, text = describe(now, 3, -5, True)
    assert widget.static() == (drawing.png(), alt + said, text + said)
    assert "3 right and 5 up, mirrored" in text and "beyond the 4 pixels" in text
    assert "241 of 1,024 pixels are lost" in text  # 32 · 32 - 29 · 27
    widget.move(right=0, down=0, mirrored=False)
    assert widget.static() == before and "within the 4 pixels" in before.text


@pytest.mark.parametrize("picture", [IMAGE[:28], IMAGE[..., 0], IMAGE.astype(float)])
def test_another_kind_of_picture_is_answered_in_a_sentence(picture):
    with pytest.raises(CourseError, match="32, 32, 3"):
        move_a_picture(picture)
