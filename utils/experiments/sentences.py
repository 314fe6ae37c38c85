"""What a learner's own run shows, as sentences: counted, never typed.

Numbers in, text out: knows nothing of data sets, networks or folders.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from utils.experiments.statistics import Difference, baseline_for, compare_pairs, interval

__all__ = [
    *("against_text", "say_against", "say_difference"),
    *("say_extremes", "say_mistakes", "say_rung", "say_rungs", "say_steps"),
]

Named = tuple[str, Mapping[int, float]]  # a name, and its fractions by seed
_MINUS = str.maketrans("-", "−")
_SAID = {"better": "better", "worse": "worse", "can't tell": "these runs can't tell"}


def say_steps(pictures: int, batch_size: int, epochs: int) -> str:
    """Say how many batches and steps a training takes; the last batch may be smaller."""
    batches = math.ceil(pictures / batch_size)
    made = "batch" if batches == 1 else "batches"
    return (
        f"Yours: {pictures:,} pictures make {batches:,} {made} of up to {batch_size:,}; "
        f"{_count(epochs, 'epoch')} {'is' if epochs == 1 else 'are'} "
        f"{_count(batches * epochs, 'step')}."
    )


def say_mistakes(wrong: int, pictures: int) -> str:
    """Say how many answers in a hundred are wrong, and how exact chance leaves that figure."""
    share = wrong / pictures
    spread = math.sqrt(share * (1 - share) / pictures)
    return (
        f"Yours: {_count(wrong, 'mistake')} in {pictures:,} pictures, {100 * share:.1f} in a "
        f"hundred; chance alone spreads that by {100 * spread:.2f} points."
    )


def say_extremes(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say which variant ended highest and which lowest, and where the gap is widest.

    rows: one a variant, as `utils.experiments.history.compare` returns them; those without a
        finished run are passed over. Empty for fewer than two.
    """
    known = [row for row in rows if row["runs"]]
    if len(known) < 2:
        return ""
    by_accuracy = sorted(known, key=lambda row: float(row["final_accuracy"]))
    by_gap = sorted(known, key=lambda row: float(row["gap"]))
    lowest, highest = (
        f"{row['variant']} ({100 * row['final_accuracy']:.1f} %)"
        for row in (by_accuracy[0], by_accuracy[-1])
    )
    narrowest, widest = (
        f"{row['variant']} ({100 * row['gap']:+.1f} points)" for row in (by_gap[0], by_gap[-1])
    )
    return (
        f"Highest at the end: {highest}, lowest: {lowest}. "
        f"Widest gap: {widest}, narrowest: {narrowest}."
    )


def say_difference(first_name: str, second_name: str, difference: Difference) -> str:
    """Say how far the first is from the second, in points, and what may be said of it.

    difference: of two fractions, from `utils.experiments.statistics.compare_pairs`.
    """
    mean, low, high = _points(difference)
    said = f"{first_name} against {second_name}: {mean} points"
    if math.isnan(difference.half):
        few = "one seed each" if difference.paired else "too few seeds"
        return f"{said}, {few}: these runs can't tell."
    how = f"{difference.n} pairs" if difference.paired else "Welch"
    return f"{said} (95 % interval {low} to {high}, {how}): {difference.verdict}."


def say_against(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each variant how far it is from its baseline, as `say_difference` does.

    rows: one a variant, as `utils.experiments.history.compare` returns them.
    """
    return [
        say_difference(row["variant"], baseline_for(row["study"], row["variant"]), row["against"])
        for row in rows
        if row["against"] is not None
    ]


def against_text(difference: Difference | None) -> str:
    """Say the same as briefly as a table needs it: `+6.1 (+4.2 to +8.0), better`."""
    if difference is None:
        return "–"
    mean, low, high = _points(difference)
    if math.isnan(difference.half):
        return f"{mean}, one seed: can't tell"
    return f"{mean} ({low} to {high}), {difference.verdict}"


def say_rung(rung: Named, below: Named) -> str:
    """Say how far a rung is from the one below, whatever there is of both by now.

    Only what is measured of both with the same seed is compared, seed by seed.
    """
    if missing := [name for name, found in (rung, below) if not found]:
        known = (f" {name}: {_seeds(found)}." for name, found in (rung, below) if found)
        return f"{' and '.join(missing)}: not measured yet.{''.join(known)}"
    shared = _shared(rung, below)
    if not shared:
        return f"{rung[0]} and {below[0]} have no seed in common yet: nothing to compare."
    first, second = ({seed: found[seed] for seed in shared} for _, found in (rung, below))
    difference = compare_pairs(first, second)
    mean, low, high = (text.translate(_MINUS) for text in _points(difference))
    said = f"{rung[0]} {_percent(first)}, {below[0]} {_percent(second)}: {mean} points"
    if len(shared) == 1:
        return (
            f"{said}, with seed {shared[0]} alone. One seed says nothing about other seeds, so "
            "whether that is more than luck isn't shown."
        )
    how = f"95 % interval {low} to {high}, {difference.n} pairs"
    return f"{said} ({how}): {_SAID[difference.verdict]}."


def say_rungs(rungs: Sequence[Named]) -> str:
    """Say of a whole ladder, lowest rung first, which steps are shown to be what by now."""
    found: dict[str, list[str]] = {}
    for below, rung in zip(rungs, rungs[1:], strict=False):
        shared = _shared(rung, below)
        if len(shared) > 1:
            first, second = ({seed: values[seed] for seed in shared} for _, values in (rung, below))
            found.setdefault(compare_pairs(first, second).verdict, []).append(rung[0])
        elif shared:
            found.setdefault("one seed", []).append(rung[0])
    steps, known = len(rungs) - 1, sum(map(len, found.values()))
    if not known:
        return f"None of {steps} steps is measured yet."
    parts = [
        f"{what}: {', '.join(found[verdict])}"
        for verdict, what in (
            ("better", "better than the rung below"),
            ("worse", "worse than the rung below"),
            ("can't tell", "can't be told from the rung below by these seeds"),
            ("one seed", "measured with one seed, which says nothing about others"),
        )
        if verdict in found
    ]
    return f"Of {steps} steps {known} {'is' if known == 1 else 'are'} measured; {'; '.join(parts)}."


def _shared(rung: Named, below: Named) -> list[int]:
    return sorted(set(rung[1]) & set(below[1]))


def _seeds(values: Mapping[int, float]) -> str:
    """Return the mean and how many seeds it is of."""
    one = f"with seed {min(values)} alone" if len(values) == 1 else f"over {len(values)} seeds"
    return f"{_percent(values)} {one}"


def _percent(values: Mapping[int, float]) -> str:
    """Return the mean in per cent, with its interval where there is one."""
    numbers = [*values.values()]
    half = 100 * interval(numbers)
    spread = "" if math.isnan(half) else f" ± {half:.1f}"
    return f"{100 * math.fsum(numbers) / len(numbers):.1f}{spread} %"


def _points(difference: Difference) -> list[str]:
    """Return mean and ends in points; with two digits where one would make an end zero."""
    values = [100 * value for value in (difference.mean, difference.low, difference.high)]
    digits = 2 if any(0 < abs(end) < 0.05 for end in values[1:]) else 1
    return [f"{round(value, digits) + 0.0:+.{digits}f}" for value in values]  # never -0.0


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
