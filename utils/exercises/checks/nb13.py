"""The exercises of notebook 13: equal steps, noise, and a learning rate for a batch size."""

from typing import Any

from utils.exercises import exercise, number


@exercise("13.1")
def same_steps(answer: Any) -> None:
    number(
        answer,
        168,
        name="The number of epochs",
        hint="Steps of 8 epochs with batches of 96, divided by the steps of one with 2,000.",
        mistakes=[
            (8 * 2000 / 96, "There are no parts of steps: 10,000 / 96 is rounded up to 105."),
            (167, "10,000 / 96 is rounded up to 105 steps *before* anything else is done."),
            (166.4, "The last, smaller batch of each epoch is a step too: 105, not 104."),
            (166, "The last, smaller batch of each epoch is a step too: 105, not 104."),
            (840, "That is the number of *steps*. An epoch with 2,000 has 5 of them."),
            (21, "That is for one epoch of the baseline. It had 8."),
        ],
    )


@exercise("13.2")
def half_the_noise(answer: Any) -> None:
    number(
        answer,
        384,
        name="The batch size",
        hint="Which number's root is twice the root of 96?",
        mistakes=[
            (192, "Twice the pictures shrink the spread only by the root of two, 1.41."),
            (48, "Fewer pictures give *more* noise."),
            (9216, "96 squared is too many: the *factor* is squared, 2² = 4."),
            (136, "The root goes the other way: four times the pictures for half the spread."),
        ],
    )


@exercise("13.3")
def linear_rule(answer: Any) -> None:
    number(
        answer,
        0.001 * 2000 / 96,
        5e-5,
        name="The learning rate",
        hint="Multiply 0.001 by 2000 / 96.",
        mistakes=[
            (0.001 * 96 / 2000, "The other way round: a better direction allows a larger step."),
            (0.001 * (2000 / 96) ** 0.5, "That is the root rule. The linear one takes no root."),
            (2000 / 96, "That is the factor. Multiply the baseline's 0.001 by it."),
        ],
    )
