"""Sentences about a learner's own run: their numbers are those of the run."""

import math

import pytest

from utils.experiments.sentences import say_extremes, say_mistakes, say_steps


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
