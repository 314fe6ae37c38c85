"""Safe YAML in which every value knows its line; knows nothing of what the keys mean.

PyYAML's SafeLoader parses and composes. Refused, in one sentence each: anchors and aliases (a few
lines of them can grow to billions of values), tags, merge keys, a key said twice, more than one
document, deep nesting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["Document", "Odd", "Place", "label", "read_yaml", "shown"]

Place = tuple[str | int, ...]

_LARGEST = 65_536  # bytes: a page of text is 3,000
_DEEPEST = 10  # a floyd.yml needs 6: file, task, its name, input, item, source
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = {
    "bool": "yes or no to YAML",
    "null": "no value",
    "float": "a number with a decimal point to YAML",
    "timestamp": "a date to YAML",
    "int": "a number that isn't written in plain digits",
}
_NOTHING = re.compile(r"[\s\ufeff]*(%YAML [0-9.]+|---|\.\.\.)?\s*(#.*)?")
_BAD_INDENT = "this line's indent fits no line above"
_IN_PLAIN_WORDS = (
    ("mapping values are not allowed", "a colon too many, or a line indented too far"),
    ("'\\t'", "a tab stands where only spaces may"),
    ("could not find expected ':'", "the line before this one has no colon after its key"),
    ("expected <block end>", f"{_BAD_INDENT}, or text follows a quote's end"),
    ("expected '<document start>'", _BAD_INDENT),
    ("found unexpected end of stream", "a quote is opened and never closed"),
    ("expected ',' or", "a bracket is opened and never closed, or a comma is missing"),
)


@dataclass(frozen=True)
class Odd:
    """A plain word that YAML takes for something that no key of floyd.yml can be.

    kind: what YAML takes it for, as the end of a sentence that begins "it is".
    """

    text: str
    kind: str


@dataclass
class Document:
    """What a file says, and where.

    data: dict, list, str, int or Odd, nested; None where it can't be read.
    lines: the line of each key and each list's item, by its place: ("task", "train", "machine").
    problems: what is wrong so far: each its line, counted from 1, a sentence, and the place.
    spans: from which character to which each task stands, by its place.
    """

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str, Place]] = field(default_factory=list)
    spans: dict[Place, range] = field(default_factory=dict)

    def value(self, node: yaml.Node, place: Place) -> Any:
        """Return a node's value, and note its lines."""
        self.lines.setdefault(place, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._pairs(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
        kind = node.tag.rpartition(":")[2]
        if kind == "int" and re.fullmatch(r"[-+]?(0|[1-9][0-9]{0,17})", node.value):
            return int(node.value)
        return Odd(node.value, _KINDS[kind]) if kind in _KINDS else node.value

    def task_at(self, index: int) -> Place:
        """Return the place of the task that a character stands in; () where it is in none."""
        return next((place for place, span in self.spans.items() if index in span), ())

    def _pairs(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node, (*place, "?"))
            fault = _key_fault(key, key_node.tag)
            if not fault and key in pairs:
                said = f"said twice, first on line {self.lines[*place, key]}; delete one."
                fault = f"{label((*place, key))}: {said}"
            if fault:
                there = (*place, key) if isinstance(key, str) else place
                self.problems.append((_line(key_node), fault, there))
            else:
                self.lines[*place, key] = _line(key_node)
                if place == ("task",):
                    ends = key_node.start_mark.index, value_node.end_mark.index
                    self.spans[*place, key] = range(*ends)
                pairs[key] = self.value(value_node, (*place, key))
        return pairs


class _Stop(Exception):
    """A problem, its line and sentence, after which the rest of the file can't be read."""


def read_yaml(raw: bytes) -> Document:
    """Return what the bytes of a file say; a mistake is in `problems`, never raised."""
    document = Document()
    try:
        text = _text(raw)
        if _says_nothing(text):
            document.data = {}
            return document
        events = []
        for event, words in _refused(text):
            document.problems.append((_line(event), words, ()))
            events.append(event)
        if not any(isinstance(event, yaml.AliasEvent) for event in events):
            document.data = document.value(yaml.compose(text, yaml.SafeLoader), ())
            for number, event in enumerate(events):
                line, words, _ = document.problems[number]
                document.problems[number] = (line, words, document.task_at(event.start_mark.index))
    except _Stop as stop:
        document.problems.append((*stop.args, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "unreadable"
        plain = (words for part, words in _IN_PLAIN_WORDS if part in said)
        words = f"this isn't YAML: {next(plain, said.rstrip('.'))}."
        document.problems.append((mark.line + 1 if mark else 1, words, ()))
    return document


def shown(value: Any) -> str:
    """Return a value as an error's sentence shows it, on one line and not too long."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, int):
        return str(value)
    text = value.text if isinstance(value, Odd) else value
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def label(place: Place) -> str:
    """Return a place in words: `task.train.machine`, or `input, item 2, source`."""
    words = ""
    for part in place:
        if isinstance(part, int):
            words += f", item {part + 1}"
        else:
            name = part if re.fullmatch(r"[\w.-]{1,60}", part) else shown(part)
            words += (", " if " item " in words else "." if words else "") + name
    return words


def _says_nothing(text: str) -> bool:
    """Say whether a file is blank but for comments, as `floyd init` wrote it, and marks of YAML."""
    return all(re.fullmatch(_NOTHING, line) for line in text.split("\n"))


def _text(raw: bytes) -> str:
    if len(raw) > _LARGEST:
        raise _Stop(1, f"the file has {len(raw):,} bytes; at most {_LARGEST:,} are read.")
    try:
        text = re.sub("\r\n?", "\n", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Stop(line, "this isn't UTF-8 text; save the file as UTF-8.") from error
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _Stop(line, f"the character {found.group()!r} can't be in a YAML file.")
    return text


def _refused(text: str) -> Iterator[tuple[yaml.Event, str]]:
    """Yield what of YAML isn't read, by the parser's events, before anything is made of them."""
    loader = yaml.SafeLoader(text)
    depth = documents = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise _Stop(_line(event), "this is nested too deep.")
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise _Stop(_line(event), "a second document begins here; floyd.yml is one.")
            yield from ((event, words) for words in _not_read(event))
    except (ValueError, OverflowError) as error:  # "\UFFFFFFFF" and %YAML 1.99…9
        raise _Stop(loader.line + 1, "this isn't YAML: a number in it is too large.") from error


def _line(node_or_event: Any) -> int:
    return node_or_event.start_mark.line + 1


def _not_read(event: yaml.Event) -> Iterator[str]:
    """Yield a sentence for each thing about an event that floyd.yml can't have."""
    if anchor := getattr(event, "anchor", None):
        kind, mark = ("alias", "*") if isinstance(event, yaml.AliasEvent) else ("anchor", "&")
        hint = "what tasks share stands above `task:`, and text that begins so needs quotes"
        yield f"the {kind} {shown(mark + anchor)} isn't read; {hint}."
    if tag := getattr(event, "tag", None):
        yield f"the tag {tag[:60]!r} isn't read; write a plain value."
    if found := _UNPRINTABLE.search(getattr(event, "value", "")):
        yield f"the character {found.group()!r} can't be in a value."


def _key_fault(key: Any, tag: str) -> str:
    """Return why a node's value can't be a key; empty where it can."""
    if tag.endswith(":merge"):
        return "the merge key << isn't read; what tasks share stands above task."
    if isinstance(key, str):
        return ""
    if isinstance(key, dict | list):
        return f"the key {shown(key)} is no text."
    kind = key.kind if isinstance(key, Odd) else "a number"
    return f"the key {shown(key)} is {kind}; put it in quotes."
