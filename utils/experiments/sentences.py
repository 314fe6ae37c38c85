"""What a learner's own run shows, as sentences: counted, never typed.

Numbers in, text out: knows nothing of data sets, networks or folders.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["say_extremes", "say_mistakes", "say_steps"]


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


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
