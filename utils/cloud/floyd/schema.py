"""What a floyd.yml may say, as a JSON schema, and a sentence for each way to miss it.

The keys are those of FloydHub's own documentation (floyd-docs, docs/floyd_config.md) and of its
commented sample (floyd-cli, floyd/cli/default_floyd.yml), and no others. A `description` in the
schema is what is wanted there, as the end of a sentence.
"""

import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from utils.cloud.floyd.yaml_lines import Odd, Place, shown

__all__ = [
    "LONGEST_MAX_RUNTIME",
    "MACHINES",
    "MODES",
    "OLD_JOB_MODE",
    "SCHEMA",
    "complaints",
    "did_you_mean",
    "quick_jsonschema",
]

MACHINES = ("cpu", "cpu2", "gpu", "gpu2")
MODES = ("job", "jupyter")
OLD_JOB_MODE = "command"  # what FloydHub's docs call mode job in the table of `floyd run`'s flags
# A week, in seconds. Nothing in the course runs for a day, and milliseconds written for seconds
# (7,200,000 for two hours) are beyond it.
LONGEST_MAX_RUNTIME = 604_800

_TEXT = {"type": "string", "description": "text is wanted"}
_ONE_LINE = {**_TEXT, "pattern": r"^[^\n\t]*[^\s][^\n\t]*\Z"}
_ITEM = {
    **_ONE_LINE,
    "type": ["string", "object"],
    "description": "`source:destination`, or both as keys, is wanted",
    "required": ["source"],
    "properties": {"source": _ONE_LINE, "destination": _TEXT},
    "additionalProperties": False,
}
_INPUTS = {
    "type": "array",
    "description": "a list is wanted, each item a line such as `- mnist:digits`",
    "maxItems": 5,
    "items": _ITEM,
}
_MACHINE = {**_TEXT, "description": f"one of {', '.join(MACHINES)} is wanted"}
_MODE = {**_TEXT, "description": f"one of {', '.join(MODES)} is wanted"}
_SECONDS = {
    "type": "integer",
    "description": "a whole number of seconds is wanted, such as 7200",
    "minimum": 1,
    "maximum": LONGEST_MAX_RUNTIME,
}
_KEYS: dict[str, Any] = {
    "env": {**_ONE_LINE, "description": "an environment's name is wanted"},
    "machine": {**_MACHINE, "enum": list(MACHINES)},
    "input": _INPUTS,
    "data": _INPUTS,
    "description": _TEXT,
    "command": {**_TEXT, "pattern": r"\S"},
    "max_runtime": _SECONDS,
    "mode": {**_MODE, "enum": [*MODES, OLD_JOB_MODE]},
}
_LEVEL = {
    "type": "object",
    "description": "keys are wanted, such as `machine: cpu`",
    "properties": _KEYS,
    "additionalProperties": False,
    "not": {"type": "object", "required": ["data", "input"]},  # two names of one key
}
_TASK_NAME = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}\Z"}
_TASKS = {
    "type": "object",
    "description": "names of tasks are wanted, each with its keys below it",
    "propertyNames": _TASK_NAME,
    "additionalProperties": _LEVEL,
}
SCHEMA: dict[str, Any] = {**_LEVEL, "properties": {**_KEYS, "task": _TASKS}}

_IRIS = "rfc3987_syntax"
_KINDS = {str: "text", int: "a number"}
_REASONS = {
    "serve": "; it opened a web service to everyone, and the course opens no port to anyone",
    "cpu+": "; FloydHub's later name for it is cpu2",
    "gpu+": "; FloydHub's later name for it is gpu2",
}
_NOT_KEYS = {
    "tensorboard": "isn't a key, here or at FloydHub: TensorBoard always runs; delete the line",
    "nodes": "isn't a key; say how many machines by `nodes`, at the launch",
    "infra": "isn't a key; say which cloud by `infra`, at the launch",
    "task": "a task has no tasks of its own; move it out, beside this one",
}


def complaints(data: Any) -> Iterator[tuple[Place, str]]:
    """Yield the place of each mistake and its sentence, without the place's name and the stop."""
    for error in quick_jsonschema().Draft202012Validator(SCHEMA).iter_errors(data):
        for place, text in _sentences(error.validator, error.instance, error.schema):
            yield (*error.absolute_path, *place), text


def quick_jsonschema() -> Any:
    """Import jsonschema without what checks IRIs, where Jupyter has brought that; return it.

    Its 38 grammars cost a second at each start. No schema here or in SkyPilot, which imports
    jsonschema too, has a `format`; jsonschema itself does without where the package isn't there.
    """
    held = sys.modules.setdefault(_IRIS, None)  # type: ignore[arg-type]  # Python's: not there
    try:
        import jsonschema
    finally:
        if held is None:
            del sys.modules[_IRIS]
    return jsonschema


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'gpu2'?` where a word is close to one of the words, else nothing."""
    known = {one.casefold(): one for one in words}
    near = get_close_matches(word.casefold()[:60], known)
    # Of those near, one as long: a wrong letter is likelier than one too many.
    best = min(near, key=lambda one: abs(len(one) - len(word)), default="")
    return f"; did you mean {known[best]!r}?" if best else ""


def _sentences(rule: str, value: Any, schema: Any) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong with a value that breaks a rule of its schema, and where below it."""
    match rule:
        case "type":
            yield (), _not_of_type(value, schema["description"])
        case "enum" if isinstance(value, str):
            words = [word for word in schema["enum"] if word != OLD_JOB_MODE]
            hint = _REASONS.get(value) or did_you_mean(value, words)
            yield (), f"{shown(value)} is not one of {', '.join(words)}{hint}"
        case "minimum" | "maximum":
            yield (), f"{value} is not from 1 to {LONGEST_MAX_RUNTIME} seconds (a week)"
        case "maxItems":
            yield (), f"has {len(value)} items; at most {schema['maxItems']} can be mounted"
        case "pattern" if schema is _TASK_NAME:
            yield (value,), "is no name of a task; use letters, digits, - and _, at most 50"
        case "pattern" if value.strip():
            yield (), "must be on one line, without tabs"
        case "pattern":
            yield (), "is empty; give it a value, or leave it out"
        case "not":
            yield ("data",), "is another name of input; put all inputs below one of the two"
        case "required" if _is_pair(value):
            yield (), "has a space after its colon; write source:destination without one"
        case "required":
            yield ("source",), "is missing"
        case "additionalProperties" if not (schema is _ITEM and _is_pair(value)):
            keys = schema["properties"]
            yield from (((key,), _not_a_key(key, keys)) for key in value.keys() - keys.keys())


def _is_pair(item: dict[str, Any]) -> bool:
    """Say whether an item is `mnist: data`, which breaks two rules, and one sentence does."""
    return len(item) == 1 and not item.keys() & {"source", "destination"}


def _not_a_key(key: str, known: Iterable[str]) -> str:
    if key in _NOT_KEYS and "machine" in known:
        return _NOT_KEYS[key]
    return f"is not one of the keys {', '.join(known)}{did_you_mean(key, known)}"


def _not_of_type(value: Any, wanted: str) -> str:
    if isinstance(value, Odd) and value.text in ("", "~"):
        return f"has no value; {wanted}"
    if isinstance(value, dict | list):
        return f"is {shown(value)}, and {wanted}"
    kind = value.kind if isinstance(value, Odd) else _KINDS[type(value)]
    quotes = "; put it in quotes" if wanted == _TEXT["description"] else ""
    return f"{shown(value)} is {kind}, and {wanted}{quotes}"
