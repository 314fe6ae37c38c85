"""The exercises of notebook 14: steps, noise and learning rate of another batch size."""

import math
from random import Random
from typing import Any

from utils.exercises import Numbers, value
from utils.exercises.compare import Mistakes

_BATCHES = (32, 40, 48, 56, 64, 72, 80, 88, 96, 112, 128)


def _steps(random: Random) -> dict[str, int] | None:
    epochs, large = random.randint(4, 12), 500 * random.randint(2, 6)
    batch, images = random.choice(_BATCHES), large * random.randint(3, 8)
    steps = math.ceil(images / batch) * epochs
    needed, rest = divmod(steps, images // large)
    if rest or images % batch == 0 or needed == batch:  # that number is printed: it gives nothing
        return None
    return {"batch": batch, "epochs": epochs, "images": images, "large": large}


@value(
    "14.1",
    says="The number of epochs",
    hint="How many steps does the baseline take in all, and how many has one epoch of the other?",
    more=(
        "First one epoch of the baseline: divide the pictures by the batch, and mind the last, "
        "smaller batch, which is a step too. Then all its epochs. Then ask how often an epoch of "
        "the large batch, with its few steps, fits into that."
    ),
    draw=_steps,
    batch=96,
    epochs=8,
    images=10_000,
    large=2_000,
)
def epochs_needed(my: Numbers) -> tuple[float, Mistakes]:
    full, few = my.images / my.batch, my.images // my.large
    steps = math.ceil(full)
    return my.epochs * steps / few, [
        (my.epochs * full / few, "There are no parts of steps: the last batch is a step too."),
        (round(my.epochs * full / few), "Round the *steps of one epoch*, before anything else."),
        (my.epochs * (steps - 1) / few, "The last, smaller batch of each epoch is a step too."),
        (my.epochs * (steps - 1) // few, "The last, smaller batch of each epoch is a step too."),
        (my.epochs * steps, "That is the number of *steps*. How many has one epoch of `large`?"),
        (steps / few, "That is for one epoch of the baseline. It had more."),
    ]


def _noise(random: Random) -> dict[str, int]:
    return {"batch": random.choice(_BATCHES), "times": random.randint(2, 6)}


@value(
    "14.2",
    says="The batch size",
    hint="The spread shrinks with the root of the number of pictures.",
    more="Which number has a root that is `times` times as large as the root of `batch`? Try it "
    "with 1: whose root is twice, three times as large as the root of 1?",
    draw=_noise,
    batch=96,
    times=2,
)
def batch_wanted(my: Numbers) -> tuple[int, Mistakes]:
    return my.batch * my.times**2, [
        (my.batch * my.times, "So many shrink the spread only by the root of that factor."),
        (my.batch / my.times, "Fewer pictures give *more* noise."),
        (my.batch**2, "Far too many: it isn't the batch that has to be squared."),
        (round(my.batch * my.times**0.5), "The root goes the other way: it takes more pictures."),
        (my.batch * 2**my.times, "Not a power of two: what does the *root* of the factor give?"),
    ][: 4 if my.times == 2 else 5]


def _linear(random: Random) -> dict[str, Any]:
    return {
        "rate": random.choice((0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005)),
        "batch": random.choice(_BATCHES),
        "large": 250 * random.randint(2, 16),
    }


@value(
    "14.3",
    says="The learning rate",
    hint="The rate grows by the same factor as the batch does.",
    more="Print that factor first: it is a number above 1, without a root. By the linear rule the "
    "rate grows just as the batch does, so is your result larger than the baseline's rate?",
    draw=_linear,
    relative=0.0025,
    rate=0.001,
    batch=96,
    large=2_000,
)
def linear_rate(my: Numbers) -> tuple[float, Mistakes]:
    factor = my.large / my.batch
    return my.rate * factor, [
        (my.rate / factor, "The other way round: a better direction allows a larger step."),
        (my.rate * factor**0.5, "That is the root rule. The linear one takes no root."),
        (factor, "That is the factor. What does it multiply?"),
        (my.rate, "That is the baseline's own. The batch is larger now."),
    ]
