"""Safe YAML in which every value knows its line; knows nothing of what the keys mean.

PyYAML's SafeLoader scans and parses; nodes are put together here, so that a duplicate key is seen
and no tag makes an object. Refused, in one sentence each: anchors and aliases (a few lines of
them can grow to billions of values), tags, merge keys, more than one document, deep nesting.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

__all__ = ["Document", "Odd", "Place", "Problem", "label", "read_yaml", "shown"]

Place = tuple[str | int, ...]

_LARGEST = 65_536  # bytes: a page of text is 3,000
_DEEPEST = 10  # a floyd.yml needs 6: file, task, its name, input, item, source
_PREFIX = "tag:yaml.org,2002:"
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ALIAS = "an alias"
_MARKS = ("anchor", "alias")
_KINDS = {
    "bool": "yes or no to YAML",
    "null": "no value",
    "float": "a number with a decimal point to YAML",
    "timestamp": "a date to YAML",
    "int": "a number that isn't written in plain digits",
}
_IN_PLAIN_WORDS = (
    ("mapping values are not allowed", "a colon too many, or a line indented too far"),
    ("'\\t'", "a tab stands where only spaces may"),
    ("could not find expected ':'", "the line before this one has no colon after its key"),
    (
        "expected <block end>",
        "this line's indent fits no line above, or text follows a quote's end",
    ),
    ("expected '<document start>'", "this line's indent fits no line above"),
    ("found unexpected end of stream", "a quote is opened and never closed"),
    ("expected ',' or", "a bracket is opened and never closed, or a comma is missing"),
)


class Problem(NamedTuple):
    """One mistake: the line it is on, counted from 1, and a sentence without the file's name."""

    line: int
    text: str


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

    data: dict, list, str, int or Odd, nested.
    lines: the line of each key and each list's item, by its place: ("task", "train", "machine").
    problems: what is wrong so far.
    """

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Stop(Exception):
    """A problem after which the rest of the file can't be read."""


def read_yaml(raw: bytes) -> Document:
    """Return what the bytes of a file say; a mistake is in `problems`, never raised."""
    document = Document()
    try:
        text = _text(raw, document)
        _Builder(text, document).build()
    except _Stop:
        document.data = None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.problems.append(Problem(mark.line + 1 if mark else 1, _plainly(error)))
        document.data = None
    return document


def shown(value: Any) -> str:
    """Return a value as an error's sentence shows it, on one line and not too long."""
    if isinstance(value, Odd):
        value = value.text
    elif isinstance(value, dict):
        return "a mapping"
    elif isinstance(value, list):
        return "a list"
    elif isinstance(value, int):
        return str(value)
    return repr(value if len(value) <= 60 else f"{value[:57]}...")


def label(place: Place) -> str:
    """Return a place in words: `task.train.machine`, or `input, item 2, source`."""
    words = ""
    for part in place:
        if isinstance(part, int):
            words += f", item {part + 1}"
        else:
            after_item = " item " in words
            name = part if re.fullmatch(r"[\w.-]{1,60}", part) else shown(part)
            words += (", " if after_item else ".") * bool(words) + name
    return words


def _text(raw: bytes, document: Document) -> str:
    if len(raw) > _LARGEST:
        _stop(document, 1, f"the file has {len(raw):,} bytes; at most {_LARGEST:,} are read.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _stop(document, line, "this isn't UTF-8 text; save the file as UTF-8.")
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        _stop(document, line, f"the character {found.group()!r} can't be in a YAML file.")
    return text


def _stop(document: Document, line: int, text: str) -> None:
    document.problems.append(Problem(line, text))
    raise _Stop


def _plainly(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "unreadable"
    for part, words in _IN_PLAIN_WORDS:
        if part in problem:
            return f"this isn't YAML: {words}."
    return f"this isn't YAML: {problem.rstrip('.')}."


class _Builder:
    """Puts nodes together from the parser's events, depth first."""

    def __init__(self, text: str, document: Document) -> None:
        self.loader = yaml.SafeLoader(text)
        self.document = document

    def build(self) -> None:
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            _stop(self.document, 1, "the file says nothing; `machine: cpu` would be a start.")
        self.document.data = self._node((), 0)
        self._next()  # the document's end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._problem(event, "a second document begins here; floyd.yml is one.")

    def _next(self) -> Any:
        try:
            return self.loader.get_event()
        except (ValueError, OverflowError):  # PyYAML lets "\UFFFFFFFF" and %YAML 1.99…9 through
            line = self.loader.line + 1
            _stop(self.document, line, "this isn't YAML: a number in it is too large.")

    def _problem(self, event: Any, text: str) -> None:
        self.document.problems.append(Problem(event.start_mark.line + 1, text))

    def _node(self, place: Place, depth: int) -> Any:
        event = self._next()
        self.document.lines.setdefault(place, event.start_mark.line + 1)
        if depth > _DEEPEST:
            _stop(self.document, event.start_mark.line + 1, "this is nested too deep.")
        if event.anchor is not None:
            is_alias = isinstance(event, yaml.AliasEvent)
            name = ("*" if is_alias else "&") + event.anchor
            hint = "what tasks share stands above `task:`, and text that begins so needs quotes"
            self._problem(event, f"the {_MARKS[is_alias]} {shown(name)} isn't read; {hint}.")
            if is_alias:
                return Odd(name, _ALIAS)
        if event.tag is not None:
            self._problem(event, f"the tag {event.tag[:60]!r} isn't read; write a plain value.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(place, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._pairs(place, depth)
        return self._scalar(event)

    def _items(self, place: Place, depth: int) -> list[Any]:
        items: list[Any] = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self._node((*place, len(items)), depth + 1))
        self._next()
        return items

    def _pairs(self, place: Place, depth: int) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            event = self.loader.peek_event()
            line = event.start_mark.line + 1
            key = self._key(event, place, depth)
            if key is None:
                self._node((*place, "?"), depth + 1)
                continue
            inner = (*place, key)
            if key in pairs:
                first = self.document.lines[inner]
                said = f"{label(inner)}: said twice, first on line {first}; delete one."
                self._problem(event, said)
                self._node((*place, "?"), depth + 1)
                continue
            self.document.lines[inner] = line
            pairs[key] = self._node(inner, depth + 1)
        self._next()
        return pairs

    def _key(self, event: Any, place: Place, depth: int) -> str | None:
        """Read a key; None where it can't be one, which is then in the problems."""
        plain = isinstance(event, yaml.ScalarEvent) and event.implicit[0]
        if plain and self._tag(event) == "merge":
            self._problem(event, "the merge key << isn't read; what tasks share stands above task.")
            self._next()
            return None
        key = self._node((*place, "?"), depth + 1)
        if isinstance(key, str):
            return key
        if isinstance(key, Odd) and key.kind == _ALIAS:
            return None  # said already
        what = "is a number" if isinstance(key, int) else "is no text"
        if isinstance(key, Odd):
            what = f"is {key.kind}"
        hint = "; put it in quotes" if isinstance(key, int | Odd) else ""
        self._problem(event, f"the key {shown(key)} {what}{hint}.")
        return None

    def _tag(self, event: Any) -> str:
        return self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)[len(_PREFIX) :]

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if found := _UNPRINTABLE.search(text):
            self._problem(event, f"the character {found.group()!r} can't be in a value.")
            return Odd(text, "text with an unprintable character")
        tag = self._tag(event)
        if tag == "int" and re.fullmatch(r"[-+]?(0|[1-9][0-9]{0,17})", text):
            return int(text)
        return Odd(text, _KINDS[tag]) if tag in _KINDS else text
