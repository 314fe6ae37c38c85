"""Sentences about a learner's own run: their numbers are those of the run."""

import math

import pytest

from utils.experiments.sentences import (
    against_text,
    say_against,
    say_difference,
    say_extremes,
    say_mistakes,
    say_steps,
)
from utils.experiments.statistics import Difference, compare_pairs


@pytest.mark.parametrize(
    ("pictures", "epochs", "said"),
    [
        (55_000, 5, "55,000 pictures make 430 batches of up to 128; 5 epochs are 2,150 steps."),
        (1_297, 20, "1,297 pictures make 11 batches of up to 128; 20 epochs are 220 steps."),
        (128, 1, "128 pictures make 1 batch of up to 128; 1 epoch is 1 step."),
    ],
)
def test_the_steps_of_a_training_are_counted(pictures: int, epochs: int, said: str) -> None:
    assert say_steps(pictures, 128, epochs) == f"Yours: {said}"


@pytest.mark.parametrize(
    ("wrong", "pictures", "said"),
    [
        (200, 10_000, "200 mistakes in 10,000 pictures, 2.0 in a hundred"),
        (45, 250, "45 mistakes in 250 pictures, 18.0 in a hundred"),
        (1, 250, "1 mistake in 250 pictures, 0.4 in a hundred"),
        (0, 250, "0 mistakes in 250 pictures, 0.0 in a hundred"),
    ],
)
def test_mistakes_are_told_with_what_chance_does_to_them(
    wrong: int, pictures: int, said: str
) -> None:
    spread = 100 * math.sqrt(wrong * (pictures - wrong)) / pictures**1.5
    chance = f"chance alone spreads that by {spread:.2f} points"
    assert say_mistakes(wrong, pictures) == f"Yours: {said}; {chance}."


def row(variant: str, accuracy: float, gap: float, runs: int = 1) -> dict[str, object]:
    return {"variant": variant, "final_accuracy": accuracy, "gap": gap, "runs": runs}


def test_the_ends_of_a_study_are_named_by_their_numbers() -> None:
    rows = [row("one-set", 0.44, 0.011), row("three-sets", 0.939, -0.02), row("base", 0.5, 0.15)]
    assert say_extremes(rows) == (
        "Highest at the end: three-sets (93.9 %), lowest: one-set (44.0 %). "
        "Widest gap: base (+15.0 points), narrowest: three-sets (-2.0 points)."
    )


def test_a_diverged_variant_is_no_end_and_one_alone_has_none() -> None:
    rows = [row("calm", 0.4, 0.1), row("huge", math.nan, math.nan, runs=0)]
    assert say_extremes(rows) == ""
    assert "huge" not in say_extremes([*rows, row("other", 0.3, 0.2)])


@pytest.mark.parametrize(
    ("difference", "brief", "said"),
    [
        (
            Difference(0.061, 0.019, 3, True),
            "+6.1 (+4.2 to +8.0), better",
            "+6.1 points (95 % interval +4.2 to +8.0, 3 pairs): better.",
        ),
        (
            Difference(-0.061, 0.019, 2, False),
            "-6.1 (-8.0 to -4.2), worse",
            "-6.1 points (95 % interval -8.0 to -4.2, Welch): worse.",
        ),
        (
            Difference(0.0387, 0.0639, 3, True),
            "+3.9 (-2.5 to +10.3), can't tell",
            "+3.9 points (95 % interval -2.5 to +10.3, 3 pairs): can't tell.",
        ),
        (  # with one digit this end would be zero, and the verdict be a riddle
            Difference(0.0163, 0.0161, 3, True),
            "+1.63 (+0.02 to +3.24), better",
            "+1.63 points (95 % interval +0.02 to +3.24, 3 pairs): better.",
        ),
        (
            Difference(0, 0, 3, True),
            "+0.0 (+0.0 to +0.0), can't tell",
            "+0.0 points (95 % interval +0.0 to +0.0, 3 pairs): can't tell.",
        ),
        (
            Difference(-0.0004, math.nan, 1, True),
            "+0.0, one seed: can't tell",
            "+0.0 points, one seed each: these runs can't tell.",
        ),
        (
            Difference(0.061, math.nan, 1, False),
            "+6.1, one seed: can't tell",
            "+6.1 points, too few seeds: these runs can't tell.",
        ),
    ],
)
def test_a_difference_is_told_with_its_interval_and_what_follows_from_it(
    difference: Difference, brief: str, said: str
) -> None:
    assert against_text(difference) == brief
    assert (
        say_difference("three-sets", "one-set", difference) == f"three-sets against one-set: {said}"
    )


def test_each_variant_is_told_against_its_baseline_and_no_other() -> None:
    far = compare_pairs({0: 0.4, 1: 0.42}, {0: 0.6, 1: 0.61})
    rows = [
        {"study": "dropout", "variant": "0@full", "against": far},
        {"study": "dropout", "variant": "0.25", "against": None},
        {"study": "dropout", "variant": "0.5", "against": None},
    ]
    assert say_against(rows) == [say_difference("0@full", "0.5@full", far)]
    assert against_text(None) == "–"
