"""Inside a deep network: what a state of the controls shows, and the widget around it."""

import numpy as np
import pytest

from utils.errors import CourseError
from utils.widgets.look_inside import ANSWER, Inside, look, look_inside

NAMES = ("cat", "dog", "ship")


def inside(**changes):
    """Return made-up arrays: four pictures, two layers, three classes."""
    random = np.random.default_rng(0)
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]])
    cams = random.random((4, 3, 2, 2))
    cams[1, 2] = 0
    cams[0, 0] = [[0, 0], [1, 0]]
    arrays = {
        "images": random.integers(0, 256, (4, 8, 8, 3)).astype(np.uint8),
        "labels": np.array([0, 2, 2, 1]),
        "probabilities": p,
        "maps": {"early": random.random((4, 8, 8, 2)), "late": random.random((4, 2, 2, 5))},
        "best": {
            name: random.integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)
            for name, count in (("early", 2), ("late", 5))
        },
        "cams": cams,
    }
    return Inside(**(arrays | changes))


@pytest.mark.parametrize("asked", [None, 0, 2])
def test_the_map_its_rank_and_grad_cam_are_those_of_the_chosen_filter_and_class(asked):
    every = inside()
    looked = look(every, 3, "late", 4, asked)
    np.testing.assert_array_equal(looked.map, every.maps["late"][2, :, :, 3])
    highest = sorted(every.maps["late"][2].max(axis=(0, 1)), reverse=True)
    assert looked.rank == 1 + highest.index(looked.map.max())
    wanted = 2 if asked is None else asked  # the third picture's answer is the ship
    assert looked.asked == wanted
    np.testing.assert_array_equal(looked.cam, every.cams[2, wanted])


@pytest.mark.parametrize(
    ("place", "words"),
    [((4, 4), "in the middle"), ((0, 8), "at the top right"), ((8, 4), "at the bottom"),
     ((3, 0), "at the left")],
)  # fmt: skip
def test_the_ninth_is_named_where_grad_cam_is_brightest(place, words):
    cams = np.zeros((4, 3, 9, 9))
    cams[0, 0][place] = 1
    widget = look_inside(inside(cams=cams), NAMES)
    assert widget.picture.text.endswith(f"What speaks most for cat lies {words}.")


def test_a_layer_with_fewer_filters_shows_its_last():
    assert look(inside(), 1, "early", 5, None).filter == 1


def test_the_words_say_the_answer_the_filter_and_where_grad_cam_is_brightest():
    widget = look_inside(inside(), NAMES)
    for words in (widget.picture.text, widget.picture.alt):
        assert "Picture 1, right is cat; the network says cat 70.0 %, dog 20.0 %" in words
        assert "Filter 1 of 2 in early makes a map of 8 × 8" in words
    assert widget.picture.text.endswith("What speaks most for cat lies at the left.")
    widget.move(number=2, asked="ship")
    assert "Nothing speaks for ship: Grad-CAM is empty." in widget.picture.text
    assert not widget.picture.problem


@pytest.mark.parametrize(
    "moves", [{"number": 4}, {"layer": "late"}, {"filter": 2}, {"asked": "dog"}], ids=str
)
def test_each_control_changes_the_picture_and_a_state_looks_the_same_again(moves):
    widget, fresh = look_inside(inside(), NAMES), look_inside(inside(), NAMES, **moves)
    before = widget.picture.png
    widget.move(**moves)
    assert widget.picture.png != before and widget.static() == fresh.static()
    widget.move(number=1, layer="early", filter=1, asked=ANSWER)
    assert widget.picture.png == before


@pytest.mark.parametrize(
    "change",
    [
        {"images": np.zeros((4, 8, 8, 3))},
        {"labels": np.zeros(3, int)},
        {"probabilities": np.zeros((4, 2))},
        {"maps": {"early": np.zeros((3, 8, 8, 2))}},
        {"maps": {"early": np.zeros((4, 8, 8, 3))}},
        {"maps": {}},
        {"cams": np.zeros((4, 2, 2, 2))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_arrays_that_do_not_belong_together_are_refused(change):
    with pytest.raises(CourseError, match="Give what was computed of the same pictures"):
        look_inside(inside(**change), NAMES)


def test_a_start_that_is_no_control_is_named():
    with pytest.raises(CourseError, match="number, layer, filter or asked"):
        look_inside(inside(), NAMES, colour="red")
