"""A learner's progress file or exported table: what it says of each item, and what can't be true.

Knows nothing of folders. A file can be made up so that nothing in it contradicts itself: what isn't
named here isn't proven.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from utils.exercises.progress import COLUMNS, Event, Item, read_events, readings, standings

__all__ = ["Said", "read_export", "read_log"]

Key = tuple[str, str]  # kind and name
Table = tuple[str, dict[Key, "Said"], list[str]]  # whose, what it says, its faults
OLDEST = datetime(2020, 1, 1, tzinfo=UTC)
MOST_TRIES = 10_000
# So many exercises by one hand in so short a time: the course has no five that are read in it.
HASTE, IN_SECONDS = 5, 15.0


class Said(NamedTuple):
    """What a file says of an item. latest: of its times the last; touched: any sign of work."""

    done: bool
    attempts: int
    first_done: datetime | None
    latest: datetime | None
    touched: bool


def read_export(content: bytes, known: AbstractSet[Key]) -> list[Table]:
    """Return what an exported table of `course progress` says, for each learner that it names.

    known: kind and name of all that the course has. Raises ValueError, the end of a sentence,
    where it is no such table.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("isn't in UTF-8: was it saved anew by a spreadsheet?") from error
    try:
        lines = csv.DictReader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
        rows = list(lines)
        columns = set(lines.fieldnames or ())
    except csv.Error as error:
        raise ValueError(f"is a damaged table ({error})") from error
    if missing := [name for name in COLUMNS[:7] if name not in columns]:
        raise ValueError(f"is no table of `course progress`: it has no column {missing[0]}")
    said: dict[str, dict[Key, Said]] = defaultdict(dict)
    faults: dict[str, list[str]] = defaultdict(list)
    for number, row in enumerate(rows, 2):
        name = (row["learner"] or "").strip().removeprefix("'")
        key = (row["kind"] or "", row["name"] or "")
        fault = "says the same item twice" if key in said[name] else _fault(row, key, known)
        if fault:
            faults[name].append(f"line {number} {fault}")
        else:
            said[name][key] = _said(row)
    if not rows:
        raise ValueError("has no rows")
    return [_checked(name, said[name], faults[name], known) for name in said]


def _delimiter(text: str) -> str:
    """Return what parts the columns: a spreadsheet in some languages saves semicolons."""
    return ";" if text.partition("\n")[0].count(";") >= 6 else ","


def _fault(row: Mapping[str, Any], key: Key, known: AbstractSet[Key]) -> str:
    """Return what is wrong with a row, as the end of a sentence; empty where nothing is."""
    if any(not isinstance(row.get(name), str) for name in COLUMNS[:7]) or None in row:
        return "has too few or too many columns"
    if key not in known:
        return f"has an item that the course hasn't: {' '.join(key)[:60]}"
    if row["done"] not in ("yes", "no") or not _count(row["attempts"]):
        return "can't be read"
    done, attempts, time = row["done"] == "yes", int(row["attempts"]), _time(row["first_done"])
    if done != bool(row["first_done"]) or (done and not attempts):
        return "contradicts itself: done without a time or a try, or the other way round"
    times = [_time(row.get(name) or "") for name in ("first_opened", "last_opened")]
    named = [row.get(name) for name in ("first_done", "first_opened", "last_opened")]
    found = [time, *times]
    if any(text and one is None for text, one in zip(named, found, strict=True)):
        return "has a time that can't be read"
    if any(one is not None and not _possible(one) for one in found):
        return "has a time that can't be"
    cells, by_hand = row.get("cells") or "0", row.get("by_hand") or "0"
    if not (_count(cells) and _count(by_hand)) or int(by_hand) > int(cells):
        return "contradicts itself: more cells by hand than there are"
    return ""


def _count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST_TRIES


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _possible(time: datetime) -> bool:
    return OLDEST < time < datetime.now(UTC) + timedelta(days=1)


def _said(row: Mapping[str, str]) -> Said:
    time, opened = _time(row["first_done"]), _time(row.get("last_opened") or "")
    attempts = int(row["attempts"])
    latest = max((one for one in (time, opened) if one), default=None)
    return Said(row["done"] == "yes", attempts, time, latest, bool(latest or attempts))


def read_log(content: bytes, known: AbstractSet[Key]) -> list[Table]:
    """Return what a progress file (`progress.jsonl`) says: one learner's, whom it doesn't name.

    Raises ValueError where it holds no event at all.
    """
    record = read_events(content)
    if not record.events:
        raise ValueError("is no progress file: it has no line that can be read")
    faults = [f"{len(record.skipped)} lines can't be read"] if record.skipped else []
    events = [one for one in record.events if _possible(one.time)]
    if len(events) < len(record.events):
        faults.append("has times that can't be")
    if any(later.time < one.time for one, later in zip(events, events[1:], strict=False)):
        faults.append("has lines out of order: it was edited, or the clock was set")
    return [_checked("", dict(_of_events(events, known)), faults, known, whole=False)]


def _of_events(events: Sequence[Event], known: AbstractSet[Key]) -> Iterator[tuple[Key, Said]]:
    course = [Item("", kind, name) for kind, name in sorted(known)]  # type: ignore[arg-type]
    last = {(one.kind, one.name): one.time for one in events}
    opened = readings(events)
    for one in standings(course, events):
        key = (one.item.kind, one.item.name)
        reading = opened.get(key[1]) if key[0] == "notebook" else None
        times = [last.get(key), reading.last_opened if reading else None]
        latest = max((time for time in times if time), default=None)
        yield key, Said(one.first_done is not None, one.attempts, one.first_done, latest,
                        latest is not None)  # fmt: skip


def _checked(
    name: str, said: dict[Key, Said], faults: list[str], known: AbstractSet[Key], whole: bool = True
) -> Table:
    """Return a table with what makes all of it doubtful among its faults, in few words."""
    more = len(faults) - 3
    told = [*faults[:3], f"{more} more lines are wrong"] if more > 0 else list(faults)
    if whole and (missing := known - set(said)) and not faults:
        told.append(f"lacks {len(missing)} of the course's {len(known)} items")
    times = sorted(one.first_done for (kind, _), one in said.items()
                   if kind == "exercise" and one.first_done)  # fmt: skip
    for first, later in zip(times, times[HASTE - 1 :], strict=False):
        if (later - first).total_seconds() < IN_SECONDS:
            told.append(f"has {HASTE} exercises solved within {IN_SECONDS:.0f} seconds")
            break
    return name, said, told
