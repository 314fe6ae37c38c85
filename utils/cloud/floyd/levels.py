"""The settings of one level of floyd.yml: what all jobs share, one task's own, or the launch's."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from utils.cloud.floyd.names import Unknown, env_today, source_today, split_entry
from utils.cloud.floyd.schema import OLD_JOB_MODE, complaints
from utils.cloud.floyd.yaml_lines import Place, shown

__all__ = ["Checker", "Mistake", "Setting", "Settings", "Where"]


class Where(NamedTuple):
    """Where something is said: its line, 0 for an argument; the place in words; the place."""

    line: int
    words: str
    place: Place


class Mistake(NamedTuple):
    """What is wrong: its line, a sentence that names the place, and the place."""

    line: int
    text: str
    place: Place

    def __str__(self) -> str:
        return self.text if self.text.endswith((".", "?")) else f"{self.text}."


class Setting(NamedTuple):
    """A key's checked value that knows where it was said, so that a later mistake can say so.

    value: text or a number; of `input` a tuple of (source, destination, where).
    notes: sentences that say what an old name was mapped to.
    """

    value: Any
    where: Where
    notes: tuple[str, ...] = ()


Settings = dict[str, Setting]

_PLAIN = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z"  # a destination


class Checker:
    """Makes settings of a file's levels, or of a launch's arguments, and collects the mistakes.

    data: all levels, as they were read.
    where: tells where a place is said.
    """

    def __init__(self, data: Any, where: Callable[[Place], Where]) -> None:
        self.mistakes: list[Mistake] = []
        self._where = where
        found = list(complaints(data))
        self._bad = {place for place, _ in found}
        for place, text in found:
            self.add(where(place), text)

    def add(self, where: Where, text: str) -> None:
        """Note a mistake; text is the end of a sentence."""
        self.mistakes.append(Mistake(where.line, f"{where.words}: {text}", where.place))

    def level(self, values: Any, place: Place, earlier: Settings) -> Settings:
        """Return the settings of one level, and note what is wrong with their values.

        place: where the level is; () at the top.
        earlier: those that this level overrides.
        """
        level: Settings = {}
        for key, value in values.items() if isinstance(values, dict) else ():
            here = self._where((*place, key))
            if key in ("data", "input") and isinstance(value, list):
                level["input"] = self._inputs(value, (*place, key))
            elif key != "task" and (*place, key) not in self._bad:
                try:
                    today, note = _today(key, value)
                    level[key] = Setting(today, here, (f"{here.words}: {note}",) if note else ())
                except Unknown as unknown:
                    self.add(here, str(unknown))
        # FloydHub refused a command beside mode jupyter. Where the mode is said on a later level
        # the earlier level's command just isn't run.
        mode = level.get("mode") or earlier.get("mode")
        if "command" in level and mode and mode.value == "jupyter":
            said = "its mode" if "mode" in level else mode.where.words
            text = f"mode jupyter ({said}) runs no command; leave it out, or choose mode job"
            self.add(level["command"].where, text)
        return level

    def _inputs(self, items: list[Any], place: Place) -> Setting:
        inputs: list[tuple[str, str, Where]] = []
        notes: list[str] = []
        for number, item in enumerate(items):
            if any(bad[: len(place) + 1] == (*place, number) for bad in self._bad):
                continue
            here = self._where((*place, number))
            name, destination = _parts(item)
            if destination and re.match(_PLAIN, destination[1:]):
                destination = destination.removeprefix("/")  # FloydHub's docs name it so
            if destination is not None and (fault := _fault(destination, [i[1] for i in inputs])):
                at = ("destination",) if isinstance(item, dict) else ()
                self.add(self._where((*place, number, *at)), fault)
            try:
                source, note = source_today(name)
            except Unknown as unknown:
                self.add(here, str(unknown))
                continue
            if destination is None and len(items) > 1:
                self.add(here, f"{shown(name)} has no destination; write {shown(name + ':NAME')}")
            inputs.append((source, destination or "input", here))
            notes += [f"{here.words}: {note}"] if note else []
        return Setting(tuple(inputs), self._where(place), tuple(notes))


def _today(key: str, value: Any) -> tuple[Any, str]:
    """Return a value as it is today, and a note where it was another; raise Unknown for none."""
    if key == "env":
        return env_today(value)
    if key == "mode" and value == OLD_JOB_MODE:
        return "job", f"{OLD_JOB_MODE!r} is an older name of mode job."
    return (value.strip() if isinstance(value, str) else value), ""


def _parts(item: Any) -> tuple[str, str | None]:
    if isinstance(item, str):
        return split_entry(item.strip())
    return item["source"].strip(), item.get("destination")


def _fault(destination: str, taken: list[str]) -> str:
    """Return why data can't be mounted there, beside what is; empty where it can."""
    if not re.match(_PLAIN, destination):
        last = destination.replace("\\", "/").rstrip("/").rpartition("/")[2]
        plain = re.sub("[^A-Za-z0-9]", "_", last)
        hint = f"; {plain!r} would be mounted at /floyd/input/{plain}" if plain.strip("_") else ""
        return f"{shown(destination)} is not one plain name{hint}"
    # Two names that differ in case alone are one folder on macOS and Windows.
    if destination.casefold() in map(str.casefold, taken):
        return f"/floyd/input/{destination} is taken by an earlier input; choose another name"
    return ""
