"""The settings of one level of floyd.yml: what all jobs share, one task's own, or the flags'.

A setting is a checked value that knows where it was said, so that a later mistake can say so.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from utils.cloud.floyd.names import Unknown, env_today, source_today, split_entry
from utils.cloud.floyd.schema import DESTINATION, OLD_JOB_MODE, not_plain
from utils.cloud.floyd.yaml_lines import Place, shown

__all__ = [
    "FLAGS",
    "SHARED",
    "TASK",
    "Entry",
    "Level",
    "Mistake",
    "Setting",
    "Where",
    "check_level",
    "disagreement",
    "local_path",
]

SHARED, TASK, FLAGS = range(3)  # a later level overrides an earlier one


class Where(NamedTuple):
    """Where something is said: its line, 0 for a flag, and that in words with its name."""

    line: int
    words: str


class Mistake(NamedTuple):
    """What is wrong, and where; the text is the end of a sentence."""

    where: Where
    text: str

    def __str__(self) -> str:
        stop = "" if self.text.endswith((".", "?")) else "."
        return f"{self.where.words}: {self.text}{stop}"


@dataclass(frozen=True)
class Entry:
    """One input: a source of that kind, by its name, and where it is mounted."""

    kind: str
    name: str
    destination: str
    where: Where


@dataclass(frozen=True)
class Setting:
    """A key's checked value.

    value: text or a number; of `input` a tuple of Entry.
    rank: SHARED, TASK or FLAGS.
    notes: sentences that say what an old name was mapped to.
    """

    value: Any
    rank: int
    where: Where
    notes: tuple[str, ...] = ()


Level = Mapping[str, Setting]
Finder = Callable[[Place], Where]


def check_level(
    values: Mapping[str, Any], place: Place, rank: int, where: Finder, bad: set[Place]
) -> tuple[Level, list[Mistake]]:
    """Return the settings of one level, and what is wrong with their values.

    bad: the places that the schema complained of already, which are passed over.
    """
    settings, mistakes = {}, []
    for key, value in values.items():
        here = (*place, key)
        if key in ("data", "input") and isinstance(value, list):
            entries, notes, wrong = _entries(value, here, where, bad)
            settings["input"] = Setting(entries, rank, where(here), notes)
            mistakes += wrong
            continue
        if key == "task" or here in bad:
            continue
        try:
            value, note = _today(key, value)
        except Unknown as unknown:
            mistakes.append(Mistake(where(here), str(unknown)))
            continue
        notes = (f"{where(here).words}: {note}",) if note else ()
        settings[key] = Setting(value, rank, where(here), notes)
    return settings, mistakes


def disagreement(merged: Level, rank: int) -> list[Mistake]:
    """Return what is wrong where a command meets mode jupyter, said first on the level of rank.

    FloydHub refused a command beside `--mode jupyter`, and so does this, unless the mode is said
    on a later level: then the earlier level's command just isn't run.
    """
    command, mode = merged.get("command"), merged.get("mode")
    if not command or not mode or mode.value != "jupyter":
        return []
    if command.rank < mode.rank or command.rank != rank:
        return []
    said = "its mode" if mode.rank == command.rank else mode.where.words
    text = f"mode jupyter ({said}) runs no command; leave it out, or choose mode job"
    return [Mistake(command.where, text)]


def local_path(entry: Entry, folder: Path) -> tuple[str, list[Mistake]]:
    """Return an entry's source for a job, a path made absolute, and what is wrong with it.

    A relative path starts at the folder of floyd.yml, `~` at the user's home.
    """
    if entry.kind != "local":
        return entry.name, []
    # Not Path: its expanduser raises for an unknown user, its resolve for a circle of links.
    name = os.path.expanduser(entry.name)  # noqa: PTH111
    path = os.path.abspath(os.path.join(folder, name))  # noqa: PTH100, PTH118
    return path, [Mistake(entry.where, text) for text in _faults(entry.name, path, folder)]


def _faults(name: str, path: str, folder: Path) -> list[str]:
    if not os.path.exists(path):  # noqa: PTH110
        hint = "; write / between folders" if "\\" in name and os.sep == "/" else ""
        if re.fullmatch(r"[\w.-]+(/[\w.-]+){0,2}", name):
            hint = (
                "; the course's own data are mnist, cifar10 and cats_dogs, and FloydHub's storage "
                "closed in 2021"
            )
        return [f"{shown(name)} is no folder or file: there is no {path}{hint}"]
    if not os.path.isdir(path) and not os.path.isfile(path):  # noqa: PTH112, PTH113
        return [f"{shown(name)} is neither a folder nor a file"]
    if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(path)):
        return [f"{shown(name)} holds the code itself, which is sent anyhow; name a folder of data"]
    return []


def _today(key: str, value: Any) -> tuple[Any, str]:
    """Return a value as it is today, and a note where it was another."""
    if key == "env":
        return env_today(value)
    if key == "mode" and value == OLD_JOB_MODE:
        return "job", f"{OLD_JOB_MODE!r} is an older name of mode job."
    return (value.strip() if isinstance(value, str) else value), ""


def _entries(
    items: list[Any], place: Place, where: Finder, bad: set[Place]
) -> tuple[tuple[Entry, ...], tuple[str, ...], list[Mistake]]:
    """Return the inputs of a list, their notes, and what is wrong with them."""
    entries: list[Entry] = []
    notes: list[str] = []
    mistakes: list[Mistake] = []
    for number, item in enumerate(items):
        known = {one[len(place) + 1 :] for one in bad if one[: len(place) + 1] == (*place, number)}
        if known & {(), ("source",)}:
            continue
        here = where((*place, number))
        name, destination = _parts(item)
        try:
            source = source_today(name)
        except Unknown as unknown:
            mistakes.append(Mistake(here, str(unknown)))
            continue
        if source.note:
            notes.append(f"{here.words}: {source.note}")
        wrong = [] if known else _destination_faults(destination, name, len(items), entries)
        mistakes += [Mistake(here, text) for text in wrong]
        entries.append(Entry(source.kind, source.name, destination or "input", here))
    return tuple(entries), tuple(notes), mistakes


def _parts(item: Any) -> tuple[str, str | None]:
    if isinstance(item, str):
        return split_entry(item.strip())
    return item["source"].strip(), item.get("destination")


def _destination_faults(
    destination: str | None, name: str, items: int, before: list[Entry]
) -> list[str]:
    if destination is None:
        if items == 1:
            return []
        return [f"{shown(name)} has no destination; write {shown(name + ':NAME')}"]
    if not re.match(DESTINATION, destination):
        return [not_plain(destination)]
    # Two names that differ in case alone are one folder on macOS and Windows.
    if destination.casefold() in (one.destination.casefold() for one in before):
        return [f"/floyd/input/{destination} is taken by an earlier input; choose another name"]
    return []
