"""The shape of a run's record: what run.json must hold, checked once, where it is read.

Nothing here knows files or folders: what JSON gave in, a record or a ValueError out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any

from utils.errors import CourseError
from utils.experiments.event_reading import TAGS
from utils.experiments.run_folder import FORMAT, STATUSES
from utils.networks.tflearn_cnn.config import Config

__all__ = ["check_config", "check_record"]

LARGEST = 3.4e38  # what a float32 holds, and with it an event file
LARGEST_WHOLE = 2**53  # beyond, a float skips whole numbers
LONGEST = 1000  # characters of a text
ACCURACIES = ("accuracy", "val_accuracy", "train_accuracy")
ABSENT = object()  # in the place of a neutral value: the field stays away
ROW = (*TAGS, "wall_time")  # the numbers of an epoch, beside its own

# A check says what a value has to be, as a sentence's end, or nothing where it is that.
Check = Callable[[Any], str]


def check_record(record: Any) -> dict[str, Any]:
    """Return a record every field of which can be relied on, in type and range.

    What earlier editions didn't write, and nothing is computed from, gets its neutral value.
    Raises ValueError, which names the field and what it has to be.
    """
    _require("the record", record, _is_table)
    _require("`format`", record.get("format"), _one_of((FORMAT,)))
    for name in ("status", "config", "dataset", "history"):
        if name not in record:
            raise ValueError(f"`{name}` is missing")
    _require("`status`", record["status"], _one_of(STATUSES))
    check_config(record["config"])
    _require("`dataset`", record["dataset"], _is_table)
    record = _completed("", record, OPTIONAL | {"seed": (_is_whole, record["config"]["seed"])})
    record["dataset"] = _completed("dataset.", record["dataset"], DATASET)
    _check_history(record["history"])
    if record["status"] == "finished" and not record["history"]:
        raise ValueError("`history` is empty, though the run is finished")
    return record


def _completed(
    where: str, found: Mapping[str, Any], known: Mapping[str, tuple[Check, Any]]
) -> dict[str, Any]:
    """Return found with the neutral values of what it lacks; raise for one that can't be."""
    for name, (check, _) in known.items():
        if name in found:
            _require(f"`{where}{name}`", found[name], check)
    lacking = {
        name: value
        for name, (_, value) in known.items()
        if name not in found and value is not ABSENT
    }
    return dict(found) | lacking


def check_config(config: Any) -> None:
    """Raise ValueError, which names the field, for what `Config.from_dict` can't read."""
    _require("`config`", config, _is_table)
    types = {field.name: field.type for field in fields(Config)}
    for name in ("layers", "seed"):
        if name not in config:
            raise ValueError(f"`config.{name}` is missing")
    for name, value in config.items():
        if name not in types:
            raise ValueError(f"`config` has a field {name[:40]!a}, which this edition doesn't know")
        _require(f"`config.{name}`", value, CONFIG.get(types[name], _is_layers))
    try:
        Config.from_dict(config)
    except CourseError as error:
        raise ValueError(f"`config`: {error.problem.rstrip('.')}") from error


def _check_history(history: Any) -> None:
    """Check all epochs column by column: a thousand runs have 50,000 of them."""
    _require("`history`", history, _is_list)
    for number, row in enumerate(history, start=1):
        if type(row) is not dict:
            raise ValueError(f"`history` has a row {number} that is no table")
        if type(row.get("epoch")) is not int or row["epoch"] != number:
            raise ValueError(f"`history` has a row {number} whose `epoch` isn't {number}")
    for name in ROW:
        try:
            values = [row[name] for row in history]
        except KeyError:
            raise ValueError(f"`history` has a row without `{name}`") from None
        least = 0 if name in (*ACCURACIES, "seconds", "wall_time") else -LARGEST
        most = 1 if name in ACCURACIES else LARGEST
        if not {type(value) for value in values} <= {int, float}:
            raise ValueError(f"`history` has a `{name}` that is no number")
        known = [one for one in values if one == one]  # what isn't a number has no range
        if known and not least <= min(known) <= max(known) <= most:
            raise ValueError(f"`history` has a `{name}` that isn't from {least:g} to {most:g}")
    for number, row in enumerate(history, start=1):
        if "confusion" in row:
            _require(f"`confusion` of epoch {number}", row["confusion"], _is_matrix)


def _require(name: str, value: Any, check: Check) -> None:
    if wrong := check(value):
        shown = ascii(value)
        shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
        raise ValueError(f"{name} is {shown}; it must be {wrong}")


def _one_of(choices: Sequence[Any]) -> Check:
    def check(value: Any) -> str:
        right = any(type(value) is type(choice) and value == choice for choice in choices)
        return "" if right else " or ".join(map(str, choices))

    return check


def _is_table(value: Any) -> str:
    return "" if type(value) is dict else "a table of fields"


def _is_list(value: Any) -> str:
    return "" if type(value) is list else "a list"


def _is_truth(value: Any) -> str:
    return "" if type(value) is bool else "true or false"


def _is_whole(value: Any) -> str:
    right = type(value) is int and 0 <= value <= LARGEST_WHOLE
    return "" if right else f"a whole number from 0 to {LARGEST_WHOLE}"


def _is_number(value: Any) -> str:
    right = type(value) in (int, float) and -LARGEST <= value <= LARGEST
    return "" if right else "a finite number"


def _is_text(value: Any) -> str:
    right = type(value) is str and len(value) <= LONGEST and value.isprintable()
    return "" if right else f"a line of at most {LONGEST} characters"


def _is_texts(value: Any) -> str:
    right = type(value) is dict and not any(map(_is_text, (*value, *value.values())))
    return "" if right else "a table of lines of text"


def _is_names(value: Any) -> str:
    right = type(value) is list and not any(map(_is_text, value))
    return "" if right else "a list of lines of text"


def _is_matrix(value: Any) -> str:
    right = type(value) is list and value != []
    right = right and all(type(row) is list and len(row) == len(value) for row in value)
    numbers: list[Any] = list(chain.from_iterable(value)) if right else []
    right = set(map(type, numbers)) == {int} and 0 <= min(numbers) <= max(numbers) <= LARGEST_WHOLE
    return "" if right else "as many lists of whole numbers as each has numbers"


def _is_file_name(value: Any) -> str:
    right = type(value) is str and re.fullmatch(r"\w[\w.-]{0,100}", value, re.ASCII)
    return "" if right else "a plain file name"


def _is_layers(value: Any) -> str:
    right = (
        type(value) is list
        and all(type(one) is list for one in value)
        and all(type(n) is int and 1 <= n <= LARGEST_WHOLE for one in value for n in one)
    )
    return "" if right else "lists of numbers of filters"


def _or_none(check: Check) -> Check:
    return lambda value: "" if value is None else (wrong := check(value)) and f"{wrong}, or null"


# What the fields of a config have to be, by their type there; `layers` is the one besides.
CONFIG: Mapping[Any, Check] = {
    int: _is_whole,
    int | None: _or_none(_is_whole),
    float: _is_number,
    str: _is_text,
    bool: _is_truth,
}
# What the other fields have to be where they are there, and their neutral values.
OPTIONAL: dict[str, tuple[Check, Any]] = {
    **dict.fromkeys(
        ("study", "variant", "profile", "engine", "machine", "started"), (_is_text, "")
    ),
    **dict.fromkeys(("ended", "copied_from"), (_or_none(_is_text), None)),
    **dict.fromkeys(("precision", "kernels"), (_or_none(_is_text), ABSENT)),
    "versions": (_is_texts, {}),
    "classes": (_is_names, ABSENT),
    "checkpoint": (_or_none(_is_file_name), None),
}
DATASET: Mapping[str, tuple[Check, Any]] = {
    **dict.fromkeys(("name", "source", "sha256"), (_or_none(_is_text), None)),
    "real": (_or_none(_is_truth), None),
    **dict.fromkeys(("train", "validation"), (_or_none(_is_whole), None)),
}
