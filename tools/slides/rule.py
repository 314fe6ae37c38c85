"""Which part of a lesson stands on which slide: a rule of its structure, not marks in its cells.

A "##" section is a stack of slides. On them stand headings, formulas, lists, tables, the sentences
that introduce a term, what cells have put out, and code that defines something. All prose is the
speaker's notes. Knows nothing of HTML.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from utils.jupyter.recordings import RECORDING

__all__ = ["on_slides", "without_links"]

ROWS = 15  # of text that a slide of 1280 × 720 pixels holds below its heading
COLUMNS = 72
PICTURE, FORMULA = 11, 3  # rows
LONGEST = 240  # characters of a sentence of prose: what is longer is for the notes
SHORT = 6  # lines up to which code stands on a slide though it defines nothing
TOLD = ("slide", "subslide", "fragment", "skip", "notes")  # as JupyterLab writes them
LEFT_OUT = {"setup", "exercise", "quiz"}  # tags
HEADING = re.compile(r"^(#{1,3}) +(.+)$", re.M)
KEPT = re.compile(r"```.*?```|<details>.*?</details>", re.S)
NAVIGATION = re.compile(r"^.*\[Start\]\(00_start\.ipynb\).*$", re.M)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?!https?:)[^()\s]*\)")
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[^a-z\s])|(?<=[.?!][)*])\s+(?=[^a-z\s])")
DEFINES = re.compile(r"^(?:def|class) ", re.M)
ITEM = re.compile(r"^(?=(?:[-*]|\d+\.) )", re.M)
FIGURE_END = "</figure>"
TERM = re.compile(r"\*\*[^*]+[^*.:]\*\*")


@dataclass
class Slide:
    """stack: whether it begins one. rows: how full it is, without its heading. notes: prose."""

    stack: bool
    rows: float = 0
    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def on_slides(notebook: NotebookNode) -> NotebookNode:
    """Return a lesson's slides as a notebook with JupyterLab's metadata `slideshow`.

    A cell that has such metadata itself goes where that says, as it is.
    """
    talk = _Talk()
    for cell in notebook.cells:
        talk.take(cell)
    cells = [cell for slide in talk.slides for cell in _cells(slide)]
    for number, cell in enumerate(cells):
        cell.id = f"on-slides-{number}"  # parts of one cell would share its own
    return new_notebook(cells=cells, metadata=notebook.metadata)


def _cells(slide: Slide) -> Iterator[NotebookNode]:
    """Yield a slide's cells, each with its place; the last are the speaker's notes."""
    kind = "slide" if slide.stack else "subslide"
    for cell in slide.cells:
        own = cell.metadata.get("slideshow", {}).get("slide_type")
        cell.metadata.slideshow = {"slide_type": own if own == "fragment" else kind}
        kind = "-"
        yield cell
    if slide.notes:
        notes = new_markdown_cell("\n\n".join(slide.notes))
        notes.metadata.slideshow = {"slide_type": "notes"}
        yield notes


class _Talk:
    """The slides so far, and where the lesson is: its section, the heading below that."""

    def __init__(self) -> None:
        self.slides: list[Slide] = []
        self.section = self.part = ""
        self.ahead: list[str] = []  # prose before what it speaks of
        self.text: NotebookNode | None = None  # what the slide ends with, where that is our text

    def take(self, cell: NotebookNode) -> None:
        """Put a cell where it says itself, else where the rule says."""
        told = cell.metadata.get("slideshow", {}).get("slide_type")
        if told in TOLD:
            self._as_told(copy.deepcopy(cell), told)
        elif cell.cell_type == "markdown":
            self._text(without_links(NAVIGATION.sub("", cell.source)))
        elif self.section and not LEFT_OUT & set(cell.metadata.get("tags", [])):
            self._code(cell)

    def _as_told(self, cell: NotebookNode, told: str) -> None:
        if told == "notes":
            self.ahead.append(cell.source)
        elif told in ("slide", "subslide"):
            self._open(stack=told == "slide")
        if told in ("slide", "subslide", "fragment"):
            self._put(cell, 0)

    def _text(self, source: str) -> None:
        """Take a Markdown cell, heading by heading."""
        first, *parts = _at_headings(source)
        self._prose(first[2], after=bool(parts))
        for level, words, body in parts:
            if level == 3 and (self.section in ("Exercises", "Quiz") or not self.section):
                if words.startswith("Exercise "):
                    self._say(f"- {words}", 1)
                continue
            self._heading(level, words)
            self._prose(body, opens=True)

    def _heading(self, level: int, words: str) -> None:
        if level == 2:
            self.section, self.part = words, ""
        elif level == 3:
            self.part = words
        if self.section != "Quiz":
            self._open(stack=level < 3)
            self._say(f"{'#' * level} {words}", 0)

    def _prose(self, body: str, opens: bool = False, after: bool = False) -> None:
        """Show what of a text is short, and note all of it.

        opens: it stands below its heading. after: a heading follows, so it speaks of what was.
        """
        if not body or self.section in ("Quiz", "Exercises"):
            return
        title = opens and not self.section
        shown = list(_shown(body, everything=self.section == "Summary", lists=title))
        if opens and not shown and not title:
            first = _sentences(_plain(body))[0]
            shown = [(first, _rows(first))] if 0 < len(first) <= LONGEST else []
        for text, rows in shown if self.section or title else ():
            self._say(text, rows)
        if shown or after or not self.section:
            self.slides[-1].notes.append(body)
        else:
            self.ahead.append(body)

    def _code(self, cell: NotebookNode) -> None:
        """Put code that the lesson teaches, then what it has put out; on one slide if that fits."""
        parts = [(_part(cell, [one], hidden=True), rows) for one, rows in _outputs(cell)]
        if _taught(cell):
            parts.insert(0, (_part(cell, []), 0.75 * cell.source.count("\n") + 1.75))
        together = sum(rows for _, rows in parts)
        if parts and together <= ROWS:
            self._make_room(together)
        for part, rows in parts:
            self._put(part, rows)

    def _open(self, stack: bool = False) -> None:
        self.slides.append(Slide(stack or not self.slides))
        self.text = None

    def _say(self, text: str, rows: float) -> None:
        """Put a text: items in a row are one list, and what follows an output begins a slide."""
        self._make_room(ROWS if self.text is None else rows)
        if self.text is None:
            written = new_markdown_cell(text)
            self._put(written, rows)
            self.text = written
            return
        last = self.text.source.splitlines()[-1]
        self.text.source += ("\n" if ITEM.match(last) and ITEM.match(text) else "\n\n") + text
        self._put(None, rows)

    def _put(self, cell: NotebookNode | None, rows: float) -> None:
        """Put a cell on the slide, or on a new one where that is full; None is one that's there."""
        self._make_room(rows)
        if cell is not None:
            self.slides[-1].cells.append(cell)
            self.text = None
        self.slides[-1].rows += rows
        self.slides[-1].notes += self.ahead
        self.ahead = []

    def _make_room(self, rows: float) -> None:
        """Open another slide below the same heading where the present one is full."""
        if self.slides and (not self.slides[-1].rows or self.slides[-1].rows + rows <= ROWS):
            return
        self._open()
        if self.section:
            words = " · ".join(part for part in (self.section, self.part) if part)
            again = new_markdown_cell(f"## {words}", metadata={"tags": ["again"]})
            self.slides[-1].cells.append(again)


def _at_headings(source: str) -> list[tuple[int, str, str]]:
    """Return a text's parts: level and words of the heading, and the body; the first has none."""
    fences = [match.span() for match in KEPT.finditer(source)]
    found = [match for match in HEADING.finditer(source)
             if not any(start <= match.start() < end for start, end in fences)]  # fmt: skip
    ends = [match.start() for match in found] + [len(source)]
    parts = [(0, "", source[: ends[0]].strip())]
    for match, end in zip(found, ends[1:], strict=True):
        parts.append((len(match[1]), match[2], source[match.end() : end].strip()))
    return parts


def without_links(text: str) -> str:
    """Return Markdown whose links to the course's own files are their words."""
    return LINK.sub(r"\1", text)


def _plain(body: str) -> str:
    return KEPT.sub("", body).strip()


def _sentences(text: str) -> list[str]:
    return SENTENCE.split(" ".join(text.split()))


def _shown(body: str, everything: bool, lists: bool) -> Iterator[tuple[str, float]]:
    """Yield what of a text stands on a slide, each with its rows.

    everything: each sentence too, as an item. lists: these alone.
    """
    blocks = [one for one in re.split(r"\n{2,}", _plain(body)) if one.strip()]
    for block, following in zip(blocks, [*blocks[1:], ""], strict=True):
        if at := ITEM.search(block):
            yield from ((text, _rows(text)) for text in _items(block[at.start() :]))
        elif lists:
            continue
        elif block.startswith("$$"):
            yield block, FORMULA
        elif block.startswith("|"):
            yield block, block.count("\n")
        elif everything:
            told = [] if block.startswith("**") else _sentences(block)  # sources, say, aren't told
            yield from ((f"- {one}", _rows(one)) for one in told)
        else:
            *most, last = _sentences(block)
            leads = following.startswith("$$") and last[-1] not in ".?!"
            yield from ((one, _rows(one)) for one in most if _introduces(one))
            if leads or _introduces(last):
                yield last, _rows(last)


def _introduces(sentence: str) -> bool:
    return len(sentence) <= LONGEST and bool(TERM.search(sentence))


def _items(block: str) -> Iterator[str]:
    """Yield of each item of a list its first sentence, with its number and a title in bold."""
    for item in ITEM.split(block)[1:]:
        first = _sentences(item)
        more = first[0].endswith("**") or re.fullmatch(r"\d+\.", first[0])
        yield " ".join(first[: 2 if more else 1]).rstrip(",")


def _rows(text: str) -> float:
    return 1.2 * (1 + len(text) // COLUMNS)


def _taught(cell: NotebookNode) -> bool:
    """Return whether the lesson teaches this code: not folded, and it defines or is short."""
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        return False
    if DEFINES.search(cell.source) or "network" in cell.metadata.get("tags", []):
        return True
    drawn = any("data" in one for one in cell.outputs)
    return not drawn and cell.source.count("\n") < SHORT


def _outputs(cell: NotebookNode) -> Iterator[tuple[NotebookNode, float]]:
    """Yield what of a cell's outputs is to be seen, each with its rows."""
    for output in (part for one in cell.outputs for part in _by_figure(one)):
        data = output.get("data", {})
        drawn = str(data.get("text/html", ""))
        if output.output_type == "stream":
            yield output, 0.75 * output.text.strip().count("\n") + 1.5
        elif RECORDING in data:
            yield output, PICTURE + 2
        elif "text/markdown" in data:
            yield output, _rows(data["text/markdown"])
        elif "<img" in drawn or "<figure" in drawn or "<svg" in drawn:
            yield output, PICTURE
        elif "<table" in drawn:
            yield output, drawn.count("<tr")


def _by_figure(output: NotebookNode) -> Iterator[NotebookNode]:
    """Yield an output, in parts where it has several figures: one slide can't hold them."""
    drawn = str(output.get("data", {}).get("text/html", ""))
    if RECORDING in output.get("data", {}) or drawn.count(FIGURE_END) < 2:
        yield output
        return
    *figures, rest = drawn.split(FIGURE_END)
    for number, figure in enumerate(figures):
        after = rest if number == len(figures) - 1 else ""
        part = copy.deepcopy(output)
        part.data["text/html"] = figure + FIGURE_END + after
        yield part


def _part(cell: NotebookNode, outputs: list[NotebookNode], hidden: bool = False) -> NotebookNode:
    """Return a copy of a code cell with these outputs alone, its code hidden or not."""
    part: NotebookNode = NotebookNode(cell)
    part.metadata = NotebookNode(jupyter={"source_hidden": hidden})
    part.outputs = outputs
    return part
