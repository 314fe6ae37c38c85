"""The exercises of notebook 20: a leak found, a split by source. What flatters most is a choice."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise

# Groups, numbers to learn from, numbers for validation: shuffled, so that order matters.
SPLITS = (
    ([0, 0, 1, 1, 2, 2, 3, 3], [0, 2, 3, 6], [7, 4, 1, 5]),
    ([5, 9, 5, 9, 7, 7, 8, 8, 5], [8, 3, 6], [1, 4, 0, 7, 2, 5]),
    ([0, 0, 0, 1, 1, 1], [0, 1, 2], [5, 3, 4]),
)


@exercise(
    "20.1",
    hint="Two things are compared: groups of validation pictures, and groups of the others.",
    more="`groups[validation]` has the group of each validation picture, in their order. Which of "
    "these groups stand among those of `train` as well? With yes and no for each, you can pick "
    "from `validation`.",
)
def leaked(answer: Any) -> None:
    for groups, train, validation in map(_arrays, SPLITS):
        among = np.isin(groups[validation], groups[train])
        array(
            call(answer, groups, train, validation),
            validation[among],
            name=f"`leaked` for groups {groups.tolist()}, train {train.tolist()} and validation "
            f"{validation.tolist()}",
            mistakes=[
                (among, "That is yes or no for each. Which pictures are these?"),
                (np.flatnonzero(among), "These are places in `validation`. What is there?"),
                (validation[~among], "These are the ones that are safe."),
                (np.intersect1d(groups[validation], groups[train]),
                 "These are groups. Which validation pictures are of them?"),
                (np.sort(validation[among]), "The right ones, not in the order of `validation`."),
                (train[np.isin(groups[train], groups[validation])],
                 "These are their siblings, among those to learn from."),
            ],
        )  # fmt: skip


# The person of each picture, and who is kept aside.
SOURCES = (
    (["Ana", "Bo", "Ana", "Cem", "Bo", "Dua"], ["Bo"]),
    (["Ana", "Bo", "Ana", "Cem", "Bo", "Dua"], ["Dua", "Ana"]),
    (["明", "Eva", "Eva", "明", "Jo"], ["明"]),
)


@exercise(
    "20.2",
    hint="Ask each picture one question, then collect the numbers of either answer.",
    more="`np.isin` asks of every element whether it stands in a list, and `np.flatnonzero` gives "
    "the numbers where an array says yes. Pictures to learn from come first.",
)
def by_source(answer: Any) -> None:
    for names, aside in SOURCES:
        sources = np.array(names)
        kept = np.isin(sources, aside)
        got = call(answer, sources, list(aside))
        if not isinstance(got, tuple | list) or len(got) != 2:
            raise Wrong("Two arrays are wanted: to learn from, and for validation.", got=got)
        wanted = np.flatnonzero(~kept), np.flatnonzero(kept)
        for part, right, other, what in zip(got, wanted, wanted[::-1], PARTS, strict=True):
            array(
                part,
                right,
                name=f"`by_source({names}, {aside})`, the part {what},",
                mistakes=[
                    (other, "Turned round: those kept aside are for validation, and come second."),
                    (kept if what == PARTS[1] else ~kept,
                     "That is yes or no for each picture; its number is wanted."),
                ],
            )  # fmt: skip


PARTS = ("to learn from", "for validation")


def _arrays(split: tuple[list[int], list[int], list[int]]) -> tuple[np.ndarray, ...]:
    return tuple(np.array(part) for part in split)
