"""What a floyd.yml may say, as a JSON schema, and a sentence for each way to miss it.

The keys are those of FloydHub's own documentation (floyd-docs, docs/floyd_config.md) and of its
commented sample (floyd-cli, floyd/cli/default_floyd.yml), and no others.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from utils.cloud.floyd.yaml_lines import Odd, Place, shown

__all__ = [
    "DESTINATION",
    "LONGEST_MAX_RUNTIME",
    "MACHINES",
    "MODES",
    "MOST_INPUTS",
    "OLD_JOB_MODE",
    "SCHEMA",
    "complaints",
    "did_you_mean",
    "not_plain",
]

MACHINES = ("cpu", "cpu2", "gpu", "gpu2")
MODES = ("job", "jupyter")
OLD_JOB_MODE = "command"  # what FloydHub's docs call mode job in the table of `floyd run`'s flags
MOST_INPUTS = 5
# A week, in seconds. Nothing in the course runs for a day, and milliseconds written for seconds
# (7,200,000 for two hours) are beyond it.
LONGEST_MAX_RUNTIME = 604_800
DESTINATION = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z"

_ONE_LINE = r"^[^\n\t]*[^\s][^\n\t]*\Z"
_SOURCE = {"type": "string", "pattern": _ONE_LINE}
_INPUTS = {
    "type": "array",
    "maxItems": MOST_INPUTS,
    "items": {
        "type": ["string", "object"],
        "pattern": _ONE_LINE,
        "required": ["source"],
        "additionalProperties": False,
        "properties": {
            "source": _SOURCE,
            "destination": {"type": "string", "pattern": DESTINATION},
        },
    },
}
_KEYS: dict[str, Any] = {
    "env": {"type": "string", "pattern": _ONE_LINE},
    "machine": {"enum": list(MACHINES)},
    "input": _INPUTS,
    "data": _INPUTS,
    "description": {"type": "string"},
    "command": {"type": "string", "pattern": r"\S"},
    "max_runtime": {"type": "integer", "minimum": 1, "maximum": LONGEST_MAX_RUNTIME},
    "mode": {"enum": [*MODES, OLD_JOB_MODE]},
}
_LEVEL = {
    "type": "object",
    "properties": _KEYS,
    "additionalProperties": False,
    # Two names of one key.
    "not": {"type": "object", "required": ["data", "input"]},
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_LEVEL,
    "properties": {
        **_KEYS,
        "task": {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}\Z"},
            "additionalProperties": _LEVEL,
        },
    },
}

_WANTED = {
    "env": "an environment's name is wanted",
    "input": "a list is wanted, each item a line such as `- mnist:digits`",
    "description": "text is wanted",
    "command": "text is wanted",
    "max_runtime": "a whole number of seconds is wanted, such as 7200",
    "task": "names of tasks are wanted, each with its keys below it",
    "source": "text is wanted",
    "destination": "text is wanted",
}
_REASONS = {
    "serve": "it opened a web service to everyone, and the course opens no port to anyone",
    "cpu+": "FloydHub's later name for it is cpu2",
    "gpu+": "FloydHub's later name for it is gpu2",
}
_NOT_KEYS = {
    "tensorboard": "isn't a key, here or at FloydHub: TensorBoard always runs; delete the line",
    "nodes": "isn't a key; say how many machines by the flag --nodes",
    "infra": "isn't a key; say which cloud by the flag --infra",
    "task": "a task has no tasks of its own; move it out, beside this one",
}


def complaints(data: Any, part: str | None = None) -> Iterator[tuple[Place, str]]:
    """Yield the place of each mistake and its sentence, without the place's name and the stop.

    part: where data is the value of one key, that key.
    """
    from jsonschema import Draft202012Validator

    schema = SCHEMA if part is None else SCHEMA["properties"][part]
    start: Place = () if part is None else (part,)
    for error in Draft202012Validator(schema).iter_errors(data):
        yield from _sentences((*start, *error.absolute_path), error)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'gpu2'?` where a word is close to one of the words, else nothing."""
    lower = word.casefold()[:60]
    ranked = sorted(
        (_edits(lower, other.casefold()), abs(len(lower) - len(other)), number, other)
        for number, other in enumerate(words)
    )
    if ranked and ranked[0][0] <= max(1, (len(lower) + 1) // 3):
        return f"; did you mean {ranked[0][3]!r}?"
    return ""


def _edits(one: str, other: str) -> int:
    """Return how many letters must be put in, taken out or changed (Levenshtein's distance)."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (letter != wanted))
    return row[-1]


def _sentences(place: Place, error: Any) -> Iterator[tuple[Place, str]]:
    value, rule = error.instance, error.validator
    if rule == "additionalProperties" and _is_pair(value) and _key(place) == "item":
        return  # one sentence, by the rule that a source is required, is enough
    if rule == "additionalProperties":
        known = list(error.schema["properties"])
        yield from (((*place, key), _not_a_key(key, place, known)) for key in value.keys() - known)
    elif rule == "not":
        yield (*place, "data"), "is another name of input; put all inputs below one of the two"
    elif rule == "required" and _is_pair(value):
        yield place, "has a space after its colon; write source:destination without one"
    elif rule == "required":
        yield (*place, "source"), "is missing"
    elif place and place[-1] == "task" and rule == "pattern":
        why = "is no name of a task; use letters, digits, - and _, at most 50"
        yield (*place, value), why
    else:
        yield place, _value(place, value, error)


def _is_pair(value: Any) -> bool:
    """Say whether an item is `mnist: data`, which YAML takes for a key and its value."""
    keys = list(value)
    return len(keys) == 1 and keys[0] not in ("source", "destination")


def _value(place: Place, value: Any, error: Any) -> str:
    """Return what is wrong with a value, by the rule that it breaks."""
    key = _key(place)
    match error.validator:
        case "enum":
            return _not_one_of(value, key)
        case "type":
            return _type(value, key)
        case "maxItems":
            return f"has {len(value)} items; at most {MOST_INPUTS} can be mounted"
        case "minimum" | "maximum":
            return f"{value} is not from 1 to {LONGEST_MAX_RUNTIME} seconds (a week)"
        case "pattern" if key == "destination":
            return not_plain(value)
    if value.strip():
        return "must be on one line, without tabs"
    return "is empty; give it a value, or leave it out"


def not_plain(destination: str) -> str:
    """Return why a destination isn't a plain name, with one that would be where there is one."""
    last = destination.replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in last)
    hint = f"; {plain!r} would be mounted at /floyd/input/{plain}" if plain.strip("_") else ""
    return f"{shown(destination)} is not one plain name{hint}"


def _key(place: Place) -> str:
    """Return the key that a value belongs to; `item` for an item of a list, `level` for a task."""
    if not place or (len(place) == 2 and place[0] == "task"):
        return "level"
    if isinstance(place[-1], int):
        return "item"
    return "input" if place[-1] == "data" else place[-1]


def _not_a_key(key: str, place: Place, known: list[str]) -> str:
    if key in _NOT_KEYS and _key(place) == "level":
        return _NOT_KEYS[key]
    return f"is not one of the keys {', '.join(known)}{did_you_mean(key, known)}"


def _not_one_of(value: Any, key: str) -> str:
    words = MACHINES if key == "machine" else MODES
    text = value if isinstance(value, str) else value.text if isinstance(value, Odd) else ""
    if isinstance(value, Odd) and not text:
        return f"has no value; give one of {', '.join(words)}"
    reason = f"; {_REASONS[text]}" if text in _REASONS else did_you_mean(text, words)
    return f"{shown(value)} is not one of {', '.join(words)}{reason}"


def _type(value: Any, key: str) -> str:
    if key == "level":
        wanted = "keys are wanted, such as `machine: cpu`"
    elif key == "item":
        wanted = "`source:destination`, or both as keys, is wanted"
    else:
        wanted = _WANTED[key]
    if isinstance(value, Odd | int):
        if isinstance(value, Odd) and value.text in ("", "~"):
            return f"has no value; {wanted}"
        kind = value.kind if isinstance(value, Odd) else "a number"
        quotes = "; put it in quotes" if "text" in wanted else ""
        return f"{shown(value)} is {kind}, and {wanted}{quotes}"
    if isinstance(value, str):
        return f"{shown(value)} is text, and {wanted}"
    return f"is {shown(value)}, and {wanted}"
