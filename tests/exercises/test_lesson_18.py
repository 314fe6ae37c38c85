"""Exercise 18.3 takes any controlled study that can have an effect, and no other."""

from typing import Any

import pytest

from utils.exercises import evaluate
from utils.experiments import own_study
from utils.experiments.studies import Study

GUESS = {"one": 60, "other": 55}
KINDS = {"one": "max", "other": "average"}


def asked(field: str, one: Any, other: Any, **base: Any) -> Study:
    return own_study("mine", "Does it help?", field, {"one": one, "other": other}, base)


@pytest.mark.parametrize(
    "study",
    [
        asked("pooling", "max", "average"),
        asked("crop", 0, 4, rotation=0.0),
        asked("weight_decay", 0.001, 0.01, regularizer="L2"),  # here it has an effect
        asked("dense_units", 512, 64),
        asked("dropout", 0.5, 0.0, batch_norm=True),  # notebook 12's, where the baseline is another
        asked("corners", "mean", "black", rotation=0.0, crop=2),
        own_study("mine", "Why?", "dropout", {"one": 0.5, "other": 0.0}, start="shortcuts"),
    ],
    ids=lambda study: f"{study.field}{study.start}",
)
def test_a_controlled_study_with_a_guess_is_right_whatever_it_asks(study: Study) -> None:
    assert evaluate("18.3", (study, GUESS)).passed


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (asked("corners", "mean", "black", rotation=0.0), "no effect: no picture is turned"),
        (asked("dense_init", "uniform_scaling", "truncated_normal", global_pooling=True),
         "no effect: means stand"),
        (own_study("mine", "Why?", "dense_units", {"one": 512, "other": 64}, start="map-means"),
         "no effect: means stand"),
        (Study("mine", "Why?", "pooling", {"one": "average", "other": "sum"}), "no control"),
        (Study("mine", "Why?", "pooling", KINDS | {"third": "max"}), "the same"),
        (Study("mine", "Why?", "seed", {"one": 0, "other": 1}), "can't be what differs"),
        (Study("mine", "Why?", "pooling", KINDS, {"pooling": "max"}), "can't be what differs"),
        (Study("mine", "Why?", "crop", {str(k): k for k in range(5)}), "as many trainings"),
    ],
)  # fmt: skip
def test_what_is_uncontrolled_or_can_have_no_effect_is_told(study: Study, message: str) -> None:
    guess = dict.fromkeys(study.variants, 50)
    verdict = evaluate("18.3", (study, guess))
    assert not verdict.passed and message in verdict.message


@pytest.mark.parametrize(
    "guess", [{"one": 60}, {"one": "good", "other": "bad"}, {"one": float("nan"), "other": 5}, 60,
              {"one": 0.6, "other": 0.5}, {"one": -1, "other": 50}],
)  # fmt: skip
def test_a_guess_is_a_number_of_per_cent_for_each_variant(guess: Any) -> None:
    verdict = evaluate("18.3", (asked("pooling", "max", "average"), guess))
    assert verdict.answered and not verdict.passed


@pytest.mark.parametrize("answer", [(..., ...), (asked("pooling", "max", "average"), ...), ...])
def test_without_a_study_or_a_guess_it_is_not_answered_yet(answer: Any) -> None:
    assert not evaluate("18.3", answer).answered
