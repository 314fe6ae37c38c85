"""The exercises of notebook 15: an interval by hand, the number to report, seeds enough."""

from typing import Any

from utils.exercises import exercise, number


@exercise("15.1")
def interval(answer: Any) -> None:
    number(
        answer,
        4.303 * 0.02 / 3**0.5,
        1e-4,
        name="The half width",
        hint="Student's factor, times the standard deviation, divided by the root of 3.",
        mistakes=[
            (
                4.303 * 0.02 * (2 / 3) ** 0.5 / 3**0.5,
                "That standard deviation divides by n. For a sample divide by n − 1: ddof=1.",
            ),
            (1.96 * 0.02 / 3**0.5, "1.96 is for endlessly many seeds. For three it is 4.303."),
            (4.303 * 0.02, "Divide by the root of 3: it is the *mean* of three."),
            (4.303 * 0.02 / 3, "Divide by the root of 3, not by 3."),
            (2 * 4.303 * 0.02 / 3**0.5, "That is the whole width. ± is half of it."),
        ],
    )


@exercise("15.2")
def honest_number(answer: Any) -> None:
    number(
        answer,
        0.63,
        1e-4,
        name="The number",
        hint="Choose a variant by its validation accuracy; report its test accuracy.",
        mistakes=[
            (0.65, "That is B: it would be chosen by the test set, or for no reason at all."),
            (0.66, "A was chosen *by* that number, so luck is in it. Report a fresh one."),
            (0.64, "C is the worst on validation pictures, so nobody would choose it."),
        ],
    )


@exercise("15.3")
def seeds_enough(answer: Any) -> None:
    number(
        answer,
        18,
        name="The number of seeds",
        hint="Find the smallest n with factor · 0.4 / √n ≤ 0.2.",
        mistakes=[
            (16, "Nearly: that is with the factor 2. Student's factor for 16 is 2.13."),
            (15, "That is with the factor 1.96. For so few seeds Student's is larger."),
            (17, "With 17 it is ± 0.206: a hair too wide."),
            (4, "The root is missing: half the width takes four times the seeds."),
        ],
    )
