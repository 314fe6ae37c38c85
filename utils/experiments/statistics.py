"""Statistics of runs: one row a variant, seeds as spread.

Columns of numbers in, rows out: nothing here knows folders, event files, TFLearn or Jupyter, and
nothing imports pandas or SciPy, which cost a command a second.
"""

import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from utils.experiments.studies import STUDIES, find_study

__all__ = [
    "Comparison",
    "Difference",
    "Scores",
    "Verdict",
    "baseline_for",
    "by_seed",
    "compare_pairs",
    "interval",
    "per_run",
    "run_order",
    "summarise",
    "welch_interval",
]

Verdict = Literal["better", "worse", "can't tell"]

# One row an epoch of any number of runs: a DataFrame, or a dict of arrays of one length.
Epochs = Any


class Scores(NamedTuple):
    """What a finished run came to; accuracies are fractions, seconds an epoch's."""

    study: str
    variant: str
    seed: int
    final: float
    best: float
    gap: float
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """Runs compared.

    rows: one a variant, as `summarise` returns them.
    notes: what is doubtful, a sentence each.
    epochs: the columns of all epochs that went into it.
    """

    rows: list[dict[str, Any]]
    notes: list[str]
    epochs: Epochs = field(repr=False)


@dataclass(frozen=True)
class Difference:
    """How far two groups of runs are apart, and what may be said of it.

    mean: the first group's mean minus the second's, in the values' own unit.
    half: the half width of the difference's 95 % interval; NaN where runs are too few for one.
    n: pairs, or, where unpaired, the runs of the smaller group.
    paired: whether it was taken seed by seed.
    """

    mean: float
    half: float
    n: int
    paired: bool

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.mean + self.half

    @property
    def verdict(self) -> Verdict:
        """Whether the first group is higher, lower, or the interval holds zero (or there is none).

        For a loss or a gap, where less is better, exchange the groups.
        """
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "can't tell"


def compare_pairs(first: Mapping[int, float], second: Mapping[int, float]) -> Difference:
    """Compare two groups of runs, each a value by seed: the one way in which the course compares.

    With the same seeds, runs share first weights and the pictures' order. So the difference is
    taken seed by seed, and has the t interval of its mean. With other seeds on the two sides it
    is Welch's. Whether two groups' own intervals overlap decides nothing: for runs that rise and
    fall together they overlap though every pair says the same.
    Source: Student, Biometrika 6 (1908), for pairs; B. L. Welch, Biometrika 34 (1947).
    Raises ValueError where a side is empty.
    """
    if not first or not second:
        raise ValueError("There is nothing to compare with: one side has no run.")
    if set(first) == set(second):
        gains = [first[seed] - second[seed] for seed in sorted(first)]
        return Difference(math.fsum(gains) / len(gains), interval(gains), len(gains), True)
    one, other = list(first.values()), list(second.values())
    mean = math.fsum(one) / len(one) - math.fsum(other) / len(other)
    return Difference(mean, welch_interval(one, other), min(len(one), len(other)), False)


def baseline_for(study: str, variant: str) -> str:
    """Return the variant that this one is held against: the baseline under the same qualifier.

    `0.5@full` for `0@full`, and for itself. In a study that isn't the course's, such as a
    search's finals, it is the variant called `baseline`.
    """
    _, mark, qualifier = variant.partition("@")
    name = "baseline"
    if known := find_study(study):
        name = known.baseline
    return f"{name}{mark}{qualifier}"


def by_seed(scores: Iterable[Scores]) -> dict[int, float]:
    """Return the final accuracies of one variant's runs by seed, those that are numbers."""
    return {one.seed: one.final for one in scores if one.final == one.final}


def summarise(table: Epochs, statuses: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Return one row a variant, in the studies' order; see `utils.experiments.history.compare`.

    table: one row an epoch, as `utils.experiments.history.epoch_table` returns it.
    statuses: study, variant and status of each run.
    """
    scores: dict[tuple[str, str], list[Scores]] = {}
    for one in per_run(table):
        scores.setdefault((one.study, one.variant), []).append(one)
    groups: dict[tuple[str, str], list[str]] = {}
    for study, variant, status in statuses:
        groups.setdefault((study, variant), []).append(status)
    rows = []
    for study, variant in sorted(groups, key=lambda key: run_order(*key)):
        mine = scores.get((study, variant), [])
        base = baseline_for(study, variant)
        first, second = by_seed(mine), by_seed(scores.get((study, base), []))
        row = _row(study, variant, groups[study, variant], mine)
        row["against"] = (
            compare_pairs(first, second) if first and second and variant != base else None
        )
        rows.append(row)
    return rows


def per_run(table: Epochs) -> list[Scores]:
    """Return the scores of each finished run, in the order in which the runs first appear."""
    names = ("epoch", "val_accuracy", "train_accuracy", "seconds")
    epoch, accuracy, train, seconds = (np.asarray(table[name], float) for name in names)
    rows: dict[tuple[str, str, int], list[int]] = {}
    keys = zip(table["study"], table["variant"], table["seed"], table["status"], strict=True)
    for number, (study, variant, seed, status) in enumerate(keys):
        if status == "finished":
            rows.setdefault((study, variant, seed), []).append(number)
    scores = []
    for key, mine in rows.items():
        last = max(mine, key=lambda number: epoch[number])
        scores.append(
            Scores(
                *key,
                float(accuracy[last]),
                max(_known(accuracy[mine]), default=math.nan),
                float(train[last] - accuracy[last]),
                _median(_known(seconds[mine])),
            )
        )
    return scores


def _known(values: np.ndarray) -> list[float]:
    """Return the values that are numbers."""
    return [value for value in values.tolist() if value == value]


def _mean(values: Sequence[float]) -> float:
    """Return the mean of those that are numbers; NaN where none is."""
    known = _known(np.asarray(values, float))
    return math.fsum(known) / len(known) if known else math.nan


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan  # NumPy's takes ten times as long


def interval(values: Sequence[float] | np.ndarray) -> float:
    """Return the half width of the 95 % t interval of the mean; NaN for fewer than two."""
    n = len(values)
    if n < 2:
        return math.nan
    return _t_quantile(n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)


def welch_interval(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the half width of the 95 % interval of the difference of two means, spreads apart.

    NaN where either has fewer than two values. Source: B. L. Welch, Biometrika 34 (1947).
    """
    if min(len(first), len(second)) < 2:
        return math.nan
    a, b = (float(np.var(values, ddof=1)) / len(values) for values in (first, second))
    if a + b == 0:
        return 0.0
    freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    return _t_quantile(freedom) * math.sqrt(a + b)


@cache
def _t_quantile(freedom: float) -> float:
    """Return the 97.5 % quantile of Student's t, to ten digits; SciPy has it, at 0.3 s of import.

    With t = √n·tan(a), the share of all values between -t and t is c·∫cos(x)^(n-1) dx from 0 to
    a; a is where that is 0.95. The integral by Gauss and Legendre, the angle by Newton.
    """
    nodes, weights = np.polynomial.legendre.leggauss(60)
    constant = (
        2 / math.sqrt(math.pi) * math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    )
    angle = 0.0
    for _ in range(20):
        points = np.cos(angle * (nodes + 1) / 2) ** (freedom - 1)
        inside = constant * angle / 2 * float(weights @ points)
        angle += (0.95 - inside) / (constant * math.cos(angle) ** (freedom - 1))
    return math.sqrt(freedom) * math.tan(angle)


def run_order(study: str, variant: str) -> tuple[Any, ...]:
    """Return a key that sorts runs as utils.experiments.studies lists them, and others naturally.

    A variant's qualifier comes first, so that `0`, `0.5` precede `0@full`, `0.5@full`.
    """
    name, _, qualifier = variant.partition("@")
    known = list(STUDIES)
    found = find_study(study)
    variants = list(found.variants) if found else []
    return (
        known.index(study) if study in known else len(known),
        _natural(study),
        _natural(qualifier),
        variants.index(name) if name in variants else len(variants),
        _natural(name),
    )


def _natural(text: str) -> list[tuple[int, float, str]]:
    """Return a key that sorts `9` before `10`, and numbers before words."""
    parts = re.findall(r"\d+(?:\.\d+)?|[^\d]+", text)
    return [(0, float(part), "") if part[0].isdigit() else (1, 0.0, part) for part in parts]


def _row(study: str, variant: str, statuses: list[str], mine: list[Scores]) -> dict[str, Any]:
    finals, bests, gaps = (
        [getattr(one, name) for one in mine] for name in ("final", "best", "gap")
    )
    return {
        "study": study,
        "variant": variant,
        "runs": len(mine),
        "final_accuracy": _mean(finals),
        "final_ci": interval(finals),
        "best_accuracy": _mean(bests),
        "best_ci": interval(bests),
        "gap": _mean(gaps),
        "gap_ci": interval(gaps),
        "seconds": _mean([one.seconds for one in mine]),
        "status": _status_text(statuses),
    }


def _status_text(statuses: list[str]) -> str:
    """Say `finished`, or which of the runs are something else: `2 of 3 diverged`."""
    others = [status for status in dict.fromkeys(statuses) if status != "finished"]
    counted = [f"{statuses.count(status)} of {len(statuses)} {status}" for status in others]
    return ", ".join(counted) or "finished"
