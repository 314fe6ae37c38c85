"""The exercises of notebook 16: an interval by hand, an honest number, seeds for an interval."""

import math
from functools import cache
from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, value
from utils.exercises.compare import Mistakes

_STUDENT = 4.303  # for three seeds: two degrees of freedom


def _three(random: Random) -> dict[str, Any]:
    middle = random.randint(45, 85)
    values = [middle - random.randint(1, 4), middle, middle + random.randint(1, 4)]
    random.shuffle(values)
    return {"values": tuple(one / 100 for one in values)}


@value(
    "16.1",
    says="The half width",
    hint="Student's factor, a sample's standard deviation, a root: how do they go together?",
    more="Compute the standard deviation by itself first: the squared distances from the mean are "
    "divided by one less than there are. A mean of three scatters less than one seed does: by "
    "which root? The factor 4.303 then makes an interval of it.",
    draw=_three,
    relative=0.002,
    values=(0.62, 0.64, 0.66),
)
def half_width(my: Numbers) -> tuple[float, Mistakes]:
    spread, n = float(np.std(my.values, ddof=1)), len(my.values)
    wanted = _STUDENT * spread / n**0.5
    return wanted, [
        (_STUDENT * float(np.std(my.values)) / n**0.5,
         "That standard deviation divides by n. For a sample it is one less: `ddof`."),
        (1.96 * spread / n**0.5, "1.96 is for endlessly many seeds. For three it is 4.303."),
        (_STUDENT * spread, "It is the *mean* of three, which scatters less than a single one."),
        (_STUDENT * spread / n, "Not divided by the number itself: there is a root."),
        (2 * wanted, "That is the whole width. ± is half of it."),
        (spread, "That is the standard deviation. The interval needs two steps more."),
    ]  # fmt: skip


def _table(random: Random) -> dict[str, Any]:
    top = random.randint(55, 85)
    second, third = top - 1, top - random.randint(3, 5)
    test = top - random.randint(3, 6)
    rows = [(top, test), (second, test + 2), (third, test + 1)]
    random.shuffle(rows)
    return dict(zip("ABC", (tuple(one / 100 for one in row) for row in rows), strict=True))


@value(
    "16.2",
    says="The number",
    hint="Two questions: which variant do you choose, and by what? And which number is fresh?",
    more="The test set may take no part in choosing, or it is no test set any more. And a number "
    "that was the best of several has luck in it, so it can't be the one that you report.",
    draw=_table,
    A=(0.66, 0.63),
    B=(0.65, 0.65),
    C=(0.62, 0.64),
)
def reported(my: Numbers) -> tuple[float, Mistakes]:
    best, *others = sorted((my.A, my.B, my.C), reverse=True)
    lucky, other = sorted(others, key=lambda row: row[1], reverse=True)
    return best[1], [
        (best[0], "That number did the choosing, so luck is in it. Report a fresh one."),
        (lucky[1], "That variant would be chosen by the test set, or for no reason at all."),
        (other[1], "Why that variant? Choose by what was meant for choosing."),
        (lucky[0], "Neither the best one to choose, nor a number to report."),
        (other[0], "Neither the best one to choose, nor a number to report."),
    ]


def _scatter(random: Random) -> dict[str, float] | None:
    deviation, half = random.randint(6, 30) / 20, random.randint(3, 12) / 20
    narrow = 1.3 < deviation / half < 5 and abs(deviation / half - 2) > 0.1
    return {"deviation": deviation, "half": half} if narrow else None


@cache
def _reaches() -> np.ndarray:
    """Return, for n = 2, 3, … seeds, how many standard deviations the interval reaches."""
    from scipy import stats  # half a second, and only here

    n = np.arange(2, 400)
    return stats.t.ppf(0.975, n - 1) / np.sqrt(n)


@value(
    "16.3",
    says="The number of seeds",
    hint="The ± gets smaller with n in two ways: by the root, and by Student's factor.",
    more="Write a function of n that returns the ±: factor times deviation over the root of n. "
    "`stats.t.ppf(0.975, n - 1)` is the factor. Print it for n = 2, 3, 4 … and find the first that "
    "is narrow enough.",
    draw=_scatter,
    deviation=0.4,
    half=0.2,
)
def seeds(my: Numbers) -> tuple[int, Mistakes]:
    ratio = my.half / my.deviation
    wanted = 2 + int(np.argmax(_reaches() <= ratio))
    rounded = {factor: round((factor / ratio) ** 2) for factor in (2, 1.96)}
    near = [(rounded[2], "Nearly: that is with the factor 2. Student's is larger for so few."),
            (rounded[1.96], "That is with the factor 1.96. For so few seeds Student's is larger."),
            (wanted - 1, "Very near: but with so many it is still a hair too wide.")]  # fmt: skip
    return wanted, [
        *((wrong, hint) for wrong, hint in near if wrong != wanted),
        (
            math.ceil(1.96 / ratio),
            "The root is missing: half the width takes four times the seeds.",
        ),
    ]
