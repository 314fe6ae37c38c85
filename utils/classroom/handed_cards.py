"""Experiment cards that were handed in: their facts, read as the hearsay that they are.

Of a page only the JSON is read, as data, after its checksum; nothing of it is executed or copied.
What a card concludes by itself doesn't count: verdicts come anew from its accuracies, and whether
the prediction came first from its times. Both can be made up; a card isn't signed.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from utils.classroom.card import FORMAT, came_first, differences, started_first
from utils.classroom.handed_in import Handed, Refused, newest
from utils.experiments.card_words import parsed_time
from utils.experiments.log_root import shown
from utils.experiments.sentences import say_difference

__all__ = ["HandedCard", "read_cards"]

_MARK = b'id="experiment-card"'
_SCRIPT = re.compile(
    rb'<script type="application/json" id="experiment-card" data-sha256="([0-9a-f]{64})">'
    rb"([^<]*)</script>"
)
_MOST_RUNS, _MOST_NOTES, _LONGEST = 1_000, 500, 300
_STATUSES = ("running", "finished", "diverged", "stopped")


@dataclass(frozen=True)
class HandedCard:
    """One card. facts: checked in type and range. remarks: what a teacher should know."""

    handed_by: Handed
    facts: Mapping[str, Any]
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.handed_by.learner

    @property
    def study(self) -> str:
        """The study, with the work and the data where they aren't `quick` and real."""
        label = self.facts["label"]
        return f"{self.facts['study']}@{label}" if label else str(self.facts["study"])

    @property
    def predicted(self) -> str:
        """Whether the prediction came before the runs: `first`, `after`, `none` or `not known`."""
        times = _times(self.facts)
        if not times:
            return "none"
        before = came_first(times, started_first(self.facts["runs"]))
        return "not known" if before is None else "first" if before else "after"

    @property
    def verdicts(self) -> list[str]:
        """A sentence a variant, counted anew from the card's accuracies."""
        base = self.facts["baseline"]
        found = differences(self.facts["runs"], base)
        return [say_difference(name, base, one) for name, one in found.items()]

    @property
    def sums(self) -> frozenset[str]:
        return frozenset(run["sha256"] for run in self.facts["runs"])


def read_cards(
    pages: Iterable[Handed], refused: list[Refused]
) -> tuple[tuple[HandedCard, ...], tuple[str, ...]]:
    """Return the cards among handed-in pages, by learner, and the places of all other pages.

    refused: gets what is a card and can't be read. Of a learner's several cards of one study the
    newest counts. Cards of different learners that hold the same run are named on both.
    """
    found: dict[tuple[Any, str], list[HandedCard]] = defaultdict(list)
    others = []
    for page in pages:
        if _MARK not in page.content:
            others.append(page.place)
            continue
        try:
            card = _owned(page, _facts(page.content))
        except (ValueError, RecursionError) as error:
            why = "nested too deep" if isinstance(error, RecursionError) else error
            refused.append(Refused(page.learner, page.place, f"is a damaged card: {why}"))
            continue
        found[card.handed_by.who, card.study].append(card)
    cards = [_newest(same) for same in found.values()]
    shared = _shared(cards)
    told = [replace(one, remarks=(*one.remarks, *shared[one.handed_by.place])) for one in cards]
    return tuple(sorted(told, key=lambda one: (one.handed_by.who, one.study))), tuple(others)


def _owned(page: Handed, facts: Mapping[str, Any]) -> HandedCard:
    """Return a card; whose it is, the platform says, and where it doesn't, the card."""
    name = " ".join(facts["name"].split())
    remarks = _doubts(facts)
    if name and "/" not in page.place and not page.number:
        page = replace(page, learner=name)
    elif name and replace(page, learner=name).who[0] != page.who[0]:
        remarks.append(f"gives the name {name}")
    return HandedCard(replace(page, content=b""), facts, tuple(remarks))


def _doubts(facts: Mapping[str, Any]) -> list[str]:
    """Say what a card's own facts make doubtful."""
    said = []
    if facts["dataset"]["real"] is False:
        said.append("on the sample, not on real pictures")
    if not facts["controlled"]:
        said.append("not controlled, as it says itself")
    started, times = started_first(facts["runs"]), _times(facts)
    if started and times and min(times) <= started < max(times):
        said.append("the prediction was changed after the first run had started")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    began = (parsed_time(run["started"]) for run in facts["runs"])
    if any(time > tomorrow for time in (*times, *filter(None, began))):
        said.append("has times that can't be")
    if len(facts["runs"]) > len({run["sha256"] for run in facts["runs"]}):
        said.append("holds one run twice")
    return said


def _times(facts: Mapping[str, Any]) -> list[datetime]:
    found = (parsed_time(one["time"]) for one in facts["predictions"])
    return [time for time in found if time]


def _newest(same: Sequence[HandedCard]) -> HandedCard:
    first, others = newest([one.handed_by for one in same])
    card = next(one for one in same if one.handed_by is first)
    if not others:
        return card
    remark = f"{len(same)} cards of this study; the newest counts, {first.place}"
    return replace(card, remarks=(*card.remarks, remark))


def _shared(cards: Sequence[HandedCard]) -> dict[str, list[str]]:
    """Return by a card's place what it has in common with the cards of other learners."""
    holders: dict[str, list[HandedCard]] = defaultdict(list)
    for card in cards:
        for digest in card.sums:
            holders[digest].append(card)
    said: dict[str, list[str]] = defaultdict(list)
    for card in cards:
        common: dict[str, int] = defaultdict(int)
        for digest in card.sums:
            for other in holders[digest]:
                if other.handed_by.who != card.handed_by.who:
                    common[f"{other.name} ({other.study})"] += 1
        for other_name, count in sorted(common.items()):
            text = f"{count} of its {len(card.sums)} runs are those of {other_name}, to the byte"
            said[card.handed_by.place].append(text)
    return said


# The shape of facts


def _facts(content: bytes) -> Mapping[str, Any]:
    """Return a card's facts, checked; raise ValueError, the end of a sentence, if not."""
    found = _SCRIPT.findall(content)
    if len(found) != 1 or content.count(_MARK) != 1:
        raise ValueError("it doesn't hold one card's facts")
    digest, text = found[0]
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise ValueError("its facts were changed, they don't fit their checksum")
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise ValueError("its facts are no JSON") from error
    _require(facts, _FACTS, "the facts")
    for run in facts["runs"]:
        _require(run, _RUN, "a run")
    for one in facts["predictions"]:
        _require(one, {"time": _is_line, "text": _is_text}, "a prediction")
    _require(facts["dataset"], {"real": lambda one: one is None or type(one) is bool}, "the data")
    return dict(facts)


Check = Callable[[Any], bool]


def _require(table: Any, checks: Mapping[str, Check], what: str) -> None:
    if type(table) is not dict:
        raise ValueError(f"{what} are no table")
    for name, check in checks.items():
        if name not in table or not check(table[name]):
            raise ValueError(f"{name} of {what} can't be")


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_line(value: Any) -> bool:
    return type(value) is str and len(value) <= _LONGEST and shown(value) == value


def _is_list(most: int) -> Check:
    return lambda value: type(value) is list and len(value) <= most


def _is_final(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and 0 <= value <= 1)


_FACTS: Mapping[str, Check] = {
    "format": lambda value: type(value) is int and value == FORMAT,
    "name": _is_line,
    "study": _is_line,
    "label": _is_line,
    "baseline": _is_line,
    "controlled": lambda value: type(value) is bool,
    "dataset": lambda value: type(value) is dict,
    "predictions": _is_list(_MOST_NOTES),
    "runs": _is_list(_MOST_RUNS),
}
_RUN: Mapping[str, Check] = {
    "variant": _is_line,
    "seed": lambda value: type(value) is int and 0 <= value < 2**53,
    "status": lambda value: value in _STATUSES,
    "started": _is_line,
    "copied_from": lambda value: value is None or _is_line(value),
    "final": _is_final,
    "sha256": lambda value: type(value) is str and re.fullmatch("[0-9a-f]{64}", value) is not None,
}
