"""Guesses before training: what is kept and counts, how far off it was, what is said of it."""

import math
import sys

import pytest

from utils.errors import CourseError
from utils.exercises.progress import read, record
from utils.plots.looks import looks
from utils.settings import progress_path
from utils.widgets import predict
from utils.widgets.predict import AGAIN, KEEP
from utils.widgets.predict_drawing import GuessDrawing, marks
from utils.widgets.predict_misses import kept_guesses, misses, verdict

SETS = ("one-set", "three-sets", "baseline")
GUESSES = {"one-set": 50.0, "three-sets": 70.0, "baseline": 66.0}
REACHED = {"one-set": 56.5, "three-sets": 62.0, "baseline": 64.0}


def asked(**options):
    return predict("11", SETS, 10, "accuracy, %", study="layers", **options)


def kept(**moved):
    """Return a widget whose markers were moved and kept."""
    widget = asked()
    widget.move(**{name.replace("_", "-"): value for name, value in moved.items()})
    widget.reason.value = "more weights, more luck"
    widget.press()
    return widget


def noted():
    return [(event.kind, event.name, dict(event.details)) for event in read(progress_path()).events]


@pytest.fixture
def shown(monkeypatch):
    """Return what is displayed from here on."""
    things = []
    monkeypatch.setattr(sys.modules["utils.widgets.predict"], "display", things.append)
    return things


# Misses and sentences


def test_a_miss_is_guess_minus_result_of_what_has_both():
    reached = {"one-set": 56.5, "three-sets": math.nan, "other": 1.0}
    assert misses(GUESSES, reached) == {"one-set": -6.5}
    assert misses({}, REACHED) == {} and misses(GUESSES, {}) == {}


def test_the_mean_miss_is_said_and_the_pair_that_was_taken_for_the_other_way_round():
    said = verdict(GUESSES, REACHED)
    assert said.startswith("Your 3 guesses were off by 5.5 points on average.")
    assert said.endswith("The order was another one: baseline came out above three-sets.")


@pytest.mark.parametrize(
    ("guesses", "reached", "said"),
    [
        ((50, 60, 70), (56, 62, 64), "Their order was right."),
        ((70, 60, 50), (50, 60, 70), "The order was another one: c came out above a."),
        ((60, 60, 60), (50, 60, 70), "You guessed them equal, so there is no order to judge."),
        ((50, 70, 70), (50, 60, 65), "The order was right, but you guessed c and b equal."),
        ((50, 70, 70), (60, 60, 65), "The order was right, but you guessed c and b equal."),
        ((50, 55, 70), (60, 60, 65), "Their order was right."),
    ],
)
def test_the_order_is_judged_where_the_results_tell_two_apart(guesses, reached, said):
    text = verdict(*(dict(zip("abc", one, strict=True)) for one in (guesses, reached)))
    assert text.partition("average. ")[2] == said


def test_results_that_are_all_equal_have_no_order():
    assert verdict({"a": 10, "b": 20}, {"a": 15, "b": 15}) == (
        "Your 2 guesses were off by 5.0 points on average."
    )


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (60, "was 4.0 points too low."),
        (66.25, "was 2.2 points too high."),
        (64.04, "was right, to a tenth of a point."),
    ],
)
def test_one_guess_alone_is_too_high_too_low_or_right(guess, said):
    assert verdict({"digits": guess}, {"digits": 64.0}) == f"Your guess for digits {said}"


def test_a_diverged_run_and_one_that_has_not_ended_are_named_and_do_not_count():
    reached = {"one-set": 56.5, "baseline": math.nan}
    assert verdict(GUESSES, reached) == (
        "Your guess for one-set was 6.5 points too low. baseline diverged: there is no accuracy "
        "to compare with your guess. Not trained to the end: three-sets."
    )
    nothing = verdict(GUESSES, {})
    assert nothing == "Not trained to the end: one-set, three-sets and baseline."


def test_without_a_guess_that_is_said_and_nothing_judged():
    assert verdict({}, REACHED) == (
        "You kept no guess, so there is nothing to compare with these numbers."
    )


def test_the_spread_over_the_references_seeds_is_said_where_it_is_comparable():
    spread = {"one-set": (55.9, 57.4), "baseline": (63.0, 63.5), "other": (0.0, 90.0)}
    said = verdict(GUESSES, REACHED, spread)
    assert said.endswith(
        "The reference's seeds lie up to 1.5 points apart (at one-set): so much is luck."
    )


# The widget


def test_the_markers_start_at_guessing_and_nothing_is_kept():
    widget = asked()
    assert widget.values == dict.fromkeys(SETS, 10) and widget.guesses == {}
    assert "Nothing is kept yet" in widget.picture.text and noted() == []
    assert widget.picture.alt.startswith(
        "An axis from 0 to 100 %: accuracy, %. Marked are one-set: 10 %"
    )


def test_the_markers_have_the_looks_of_the_studys_figures():
    assert marks(SETS, "layers") == {name: looks("layers", name) for name in SETS}
    own = marks(("first epoch", "moved"))
    assert len(set(own.values())) == 2


def test_the_drawing_puts_guess_result_and_miss_where_they_belong():
    drawing = GuessDrawing(6, 3, names=SETS, study="layers", chance=10, label="accuracy")
    drawing.draw(GUESSES, {"one-set": 56.5})
    assert drawing.guesses["baseline"].get_xydata().tolist() == [[66, 2]]
    assert drawing.lines["one-set"].get_xdata() == [50, 56.5]
    texts = [drawing.texts[name].get_text() for name in SETS]
    assert texts == ["−6.5", "70", "66"]
    assert math.isnan(drawing.results["baseline"].get_xdata()[0])


def test_a_moved_marker_is_another_picture_and_the_mouse_is_told_where_the_rows_lie():
    widget = asked()
    before = widget.picture.png
    widget.controls["baseline"].value = 80
    assert widget.picture.png != before and "baseline: 80 %" in widget.picture.text
    left, top, right, bottom = widget.keeping.area
    assert 0 < left < right <= 1 and 0 < top < bottom < 1
    assert [slider.description for slider in widget.keeping.sliders] == list(SETS)


def test_what_is_kept_is_noted_locks_the_markers_and_counts():
    widget = kept(one_set=50, three_sets=70, baseline=66)
    assert noted() == [
        ("prediction", "11", {"guesses": GUESSES, "reason": "more weights, more luck",
                              "profile": "quick", "real": True})
    ]  # fmt: skip
    assert widget.guesses == GUESSES and widget.keeping.label == AGAIN
    assert all(slider.disabled for slider in widget.controls.values()) and widget.reason.disabled
    assert "because more weights, more luck." in widget.picture.text


def test_markers_that_all_stand_at_guessing_are_not_kept():
    widget = asked()
    widget.press()
    assert "still stand at guessing" in widget.picture.problem
    assert noted() == [] and widget.keeping.label == KEEP


def test_the_buttons_message_brings_the_values_that_the_page_shows():
    widget = asked()
    widget.controls["one-set"].value = 30  # an older message of the slider's
    pressed = {"number": 1, "reason": " all\nof it ", "sliders": [50, 70, 66]}
    widget.keeping.pressed = pressed
    assert widget.guesses == GUESSES == widget.values
    assert noted()[0][2]["reason"] == "all of it"
    widget.keeping.pressed = pressed | {"number": 2}
    assert widget.keeping.label == KEEP, "the second press opens it again"


def test_a_second_guess_is_noted_too_and_the_first_one_counts():
    widget = kept(one_set=50, three_sets=70, baseline=66)
    widget.press()
    assert not any(slider.disabled for slider in widget.controls.values())
    widget.press()
    assert len(noted()) == 1, "the same guess isn't another one"
    widget.press()
    widget.controls["one-set"].value = 40
    assert "Now at one-set: 40 %" in widget.picture.text
    widget.press()
    assert [one[2]["guesses"]["one-set"] for one in noted()] == [50, 40]
    assert widget.guesses == GUESSES
    assert (
        "It counts." in widget.picture.text and "you guessed one-set: 40 %" in widget.picture.text
    )


def test_opened_again_it_shows_what_was_kept():
    kept(one_set=50, three_sets=70, baseline=66)
    again = asked()
    assert again.values == GUESSES == again.guesses and again.keeping.label == AGAIN
    assert again.reason.value == "more weights, more luck" and again.controls["one-set"].disabled


def test_other_work_other_data_and_another_notebook_are_other_guesses(monkeypatch):
    kept(one_set=50, three_sets=70, baseline=66)
    assert asked(real=False).guesses == {} and predict("12", SETS, 10).guesses == {}
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    assert asked().guesses == {}


@pytest.mark.parametrize(
    "guesses",
    [None, [], {"one-set": 50}, GUESSES | {"baseline": 101}, GUESSES | {"baseline": "66"},
     GUESSES | {"baseline": True}, GUESSES | {"baseline": math.nan}],
)  # fmt: skip
def test_a_line_that_is_no_guess_is_passed_over(guesses):
    fields = {"reason": 7, "profile": "quick", "real": True}
    record("prediction", "11", True, guesses=guesses, **fields)
    assert kept_guesses("11", SETS, "quick", True) == []
    record("prediction", "11", True, guesses=GUESSES, **fields)
    assert [one[1:] for one in kept_guesses("11", SETS, "quick", True)] == [(GUESSES, "7")]


def test_a_progress_file_that_cannot_be_read_is_said_and_stops_nothing():
    progress_path().mkdir()
    widget = asked()
    assert "can't be read" in widget.picture.problem and widget.guesses == {}


def test_where_nothing_is_recorded_a_guess_counts_as_long_as_the_kernel_lives(monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    assert kept(one_set=50, three_sets=70, baseline=66).guesses == GUESSES
    assert asked().guesses == {}


# Looking back


def test_looking_back_shows_guess_run_and_miss_and_notes_the_misses_once(shown):
    widget = kept(one_set=50, three_sets=70, baseline=66)
    results = {name: value / 100 for name, value in REACHED.items()}
    for _ in range(2):
        widget.look_back(results, {"one-set": (0.559, 0.574)})
    picture, table = shown[:2]
    assert "off by 5.5 points" in picture.picture.text
    assert picture.picture.text.endswith("Your reason was: more weights, more luck")
    assert "Reached, filled: one-set: 56.5 %" in picture.picture.alt
    for cell in ("50", "56.5", "-6.5", "55.9 to 57.4", "+8.0"):
        assert f">{cell}</td>" in table.data
    [_, (_, _, details)] = noted()
    assert details["misses"] == {"one-set": -6.5, "three-sets": 8.0, "baseline": 2.0}
    assert details["guesses"] == GUESSES
    assert asked().kept[0].guesses == GUESSES and len(asked().kept) == 1, "no guess of its own"


def test_another_run_has_other_misses(shown):
    widget = kept(one_set=50, three_sets=70, baseline=66)
    for final in (0.5, 0.6):
        widget.look_back({"one-set": final})
    assert [one[2].get("misses") for one in noted()] == [None, {"one-set": 0}, {"one-set": -10}]


def test_without_a_guess_the_results_stand_alone_and_nothing_is_noted(shown):
    asked().look_back({"one-set": 0.5, "baseline": math.nan})
    picture, table = shown
    assert picture.picture.text.startswith("You kept no guess")
    assert ">diverged</td>" in table.data and "Reference" not in table.data
    assert noted() == []


def test_a_result_of_something_that_was_not_asked_is_refused():
    with pytest.raises(CourseError, match="Nothing was guessed for 'depth'"):
        asked().look_back({"depth": 0.5})
