"""Pictures parted in training and validation: by group, or at random as one should not.

Arrays of labels and groups in, numbers of pictures out. Knows no files.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from utils.errors import CourseError

__all__ = ["Parts", "few", "split_at_random", "split_by_group"]


class Parts(NamedTuple):
    """Numbers of pictures, int64, ascending; each picture is in one of the two."""

    train: np.ndarray
    validation: np.ndarray


def split_by_group(
    labels: np.ndarray,
    groups: np.ndarray,
    class_names: Sequence[str],
    share: float = 0.25,
    seed: int = 0,
) -> Parts:
    """Return parts that share no group: about `share` of each class is for validation.

    labels, groups: (n,) int64. Every class is in both parts. The seed draws which groups.
    Raises CourseError where that can't be: a class whose pictures are all of one group.
    """
    _check_share(share)
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    counts = {group: np.bincount(labels[groups == group], minlength=len(class_names))
              for group in order}  # fmt: skip
    whole = sum(counts.values())
    wanted, taken, left = share * whole, 0 * whole, np.sum([c > 0 for c in counts.values()], axis=0)
    chosen = []
    for group in order:
        mine = counts[group] > 0
        nearer = np.abs(taken + counts[group] - wanted) < np.abs(taken - wanted)
        if (left[mine] > 1).all() and (nearer | (taken == 0))[mine].all():
            chosen.append(group)
            taken, left = taken + counts[group], left - mine
    if lacking := [class_names[label] for label in np.flatnonzero(taken == 0).tolist()]:
        raise CourseError(
            f"The pictures of {lacking[0]} can't be parted: no group of them can be kept apart.",
            "Take pictures at another time or place, and put each place's into a folder of its "
            f"own inside {lacking[0]}.",
        )
    aside = np.isin(groups, chosen)
    return Parts(np.flatnonzero(~aside), np.flatnonzero(aside))


def split_at_random(labels: np.ndarray, share: float = 0.25, seed: int = 0) -> Parts:
    """Return parts drawn picture by picture, `share` of each class for validation, one at least.

    It flatters where pictures belong together: near copies come to lie in both parts.
    """
    _check_share(share)
    rng, aside = np.random.default_rng(seed), np.zeros(len(labels), bool)
    for label in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == label))
        aside[mine[: max(1, round(share * len(mine)))]] = True
    return Parts(np.flatnonzero(~aside), np.flatnonzero(aside))


def few(labels: np.ndarray, among: np.ndarray, each: int, seed: int = 0) -> np.ndarray:
    """Return the numbers of `each` pictures a class, drawn from those in `among`.

    The same seed draws them in the same order: of ten, the first five are those of five.
    Raises CourseError where a class has fewer.
    """
    rng, chosen = np.random.default_rng(seed), []
    for label in np.unique(labels):
        mine = rng.permutation(among[labels[among] == label])
        if len(mine) < each:
            raise CourseError(
                f"A class has {len(mine)} pictures to learn from, fewer than {each}.",
                "Ask for fewer, or take more pictures.",
            )
        chosen.append(mine[:each])
    return np.sort(np.concatenate(chosen))


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise CourseError(f"A share of {share} can't be had.", "Give a `share` between 0 and 1.")
