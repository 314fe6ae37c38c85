"""Rules for the notebooks as they are stored. Each guard returns a list of complaints.

A guard is a function of a notebook and its path. It reads; it never runs a cell.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from contents import (
    claimed,
    code_cells,
    headings,
    is_solution,
    links,
    markdown_cells,
    prose,
    tags,
    tree,
    visible,
)
from nbformat import NotebookNode

from utils.jupyter.merge import as_stored

FOLDED = {"source_hidden": True}  # a cell that only draws
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What a kernel tells of its language, but for the version, which is each machine's own.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
LONGEST_CODE, LONGEST_SETUP, LONGEST_PROSE = 15, 8, 120


def nothing_is_stored_but_source(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for cell in code_cells(notebook):
        if cell.outputs:
            yield f"cell {cell.id} has outputs"
        if cell.execution_count is not None:
            yield f"cell {cell.id} has the execution count {cell.execution_count}"
    for cell in notebook.cells:
        if extra := set(cell.metadata) - {"tags", "jupyter"}:
            yield f"cell {cell.id} has metadata {sorted(extra)}"
        if cell.metadata.get("jupyter", FOLDED) != FOLDED:
            yield f"cell {cell.id} has metadata {dict(cell.metadata.jupyter)} of JupyterLab"
        if cell.get("attachments"):
            yield f"cell {cell.id} has attachments"
    if "widgets" in notebook.metadata:
        yield "the notebook holds the state of widgets"


def cell_ids_are_well_formed_and_unique(notebook: NotebookNode, path: Path) -> Iterator[str]:
    seen = set()
    for number, cell in enumerate(notebook.cells, 1):
        name = cell.get("id")
        if name is None:
            yield f"cell {number} has no id"
        elif not re.fullmatch(r"[a-z0-9-]{1,64}", name):
            yield f"the id {name!r} isn't lowercase letters, digits and hyphens"
        elif name in seen:
            yield f"the id {name!r} occurs twice"
        seen.add(name)


def the_kernel_is_python3(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """JupyterLab puts these two there when it opens a notebook, where they aren't the same."""
    if notebook.metadata.get("kernelspec") != KERNEL:
        yield f"the kernel isn't {KERNEL}"
    told = dict(notebook.metadata.get("language_info", {}))
    if not re.fullmatch(r"3\.\d+\.\d+", told.pop("version", "")) or told != LANGUAGE:
        yield "language_info isn't what a kernel of Python 3 tells"


def the_file_is_as_jupyterlab_writes_it(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        yield "the format isn't 4.5"
    if path.read_text(encoding="utf-8") != as_stored(nbformat.read(path, nbformat.NO_CONVERT)):
        yield "indent, order of keys or the end of the file are others than JupyterLab's"


def headings_are_in_order(notebook: NotebookNode, path: Path) -> Iterator[str]:
    found = headings(notebook)
    if [level for level, _, _ in found].count(1) != 1 or found[0][0] != 1:
        yield "there must be one heading of level 1, and it comes first"
    for (before, _, _), (level, text, cell) in zip(found, found[1:], strict=False):
        if level > before + 1:
            yield f"cell {cell.id}: {text!r} skips from level {before} to {level}"


def prose_stands_before_every_code_cell(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        if cell.cell_type != "code" or claimed(cell):
            continue
        if before is not None and claimed(before):  # it shows sentences
            continue
        if before is None or before.cell_type != "markdown":
            yield f"cell {cell.id} has no prose before it"
        elif not is_solution(path) and not re.search(r"(?m)^(?!\s*#)\s*\S", before.source):
            yield f"cell {cell.id} has a heading before it, but no prose"


def cells_are_short(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for cell in code_cells(notebook):
        limit = LONGEST_SETUP if "setup" in tags(cell) else LONGEST_CODE
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > limit:
            yield f"cell {cell.id} has {len(lines)} lines of code; {limit} are allowed"
        if not lines:
            yield f"cell {cell.id} is empty"
    for cell in markdown_cells(notebook):
        words = len(prose(cell.source).split())
        if words > LONGEST_PROSE * (2 if "### Exercise" in cell.source else 1):
            yield f"cell {cell.id} has {words} words; {LONGEST_PROSE} are allowed"


def a_lesson_has_20_to_66_cells(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Those that show a claim aren't counted: each is a sentence or two of the prose beside it."""
    cells = [cell for cell in notebook.cells if not claimed(cell)]
    if not is_solution(path) and not 20 <= len(cells) <= 66:
        yield f"there are {len(cells)} cells, not 20 to 66"


class _Pictures(HTMLParser):
    """Collects the alt text of each <img>."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attrs).get("alt") or "")


def every_picture_has_an_alt_text(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for cell in markdown_cells(notebook):
        text = visible(cell.source)
        alts = re.findall(r"!\[([^\]]*)\]\(", text) + _Pictures(text).alts
        if not all(alt.strip() for alt in alts):
            yield f"cell {cell.id} has a picture without alt text"
    for cell in code_cells(notebook):
        for call in (node for node in ast.walk(tree(cell)) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            if name.split(".")[-1] == "show" and not _says_something(_alt(call)):
                yield f"cell {cell.id}: {name}(…) has no alt text"
            if name.split(".")[-1] == "Image" and not _says_something(_alt(call, None)):
                yield f"cell {cell.id}: {name}(…) has no alt text"


def _alt(call: ast.Call, position: int | None = 1) -> ast.expr | None:
    named = next((word.value for word in call.keywords if word.arg == "alt"), None)
    if named is None and position is not None and len(call.args) > position:
        return call.args[position]
    return named


def _says_something(alt: ast.expr | None) -> bool:
    """Return False for no alt text and for one that is empty as written; else True."""
    if isinstance(alt, ast.Constant):
        return isinstance(alt.value, str) and len(alt.value.split()) >= 3
    return alt is not None


def links_lead_somewhere(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for cell in markdown_cells(notebook):
        yield from (f"cell {cell.id}: {problem}" for problem in links(cell, notebook, path))


def nothing_is_left_over(notebook: NotebookNode, path: Path) -> Iterator[str]:
    forbidden = {
        r"(?<![\w.:/])/(?:home|Users|tmp|work|root|mnt|var|usr|opt)/": "an absolute path",
        r"\b[A-Z]:\\": "an absolute path",
        r"\b(?:TODO|FIXME|XXX|TBD)\b": "something left to do",
        r"\bissue \d": "the number of an issue",
        r"\bplt\.show\(": "plt.show, which shows a figure without alt text",
        r"(?m)^\s*[%!]": "a magic or shell command",
    }
    for cell in notebook.cells:
        for pattern, what in forbidden.items():
            if cell.cell_type == "markdown" and what.startswith("a magic"):
                continue
            if found := re.search(pattern, cell.source):
                yield f"cell {cell.id} has {what}: {found[0]!r}"


GENERAL = (
    nothing_is_stored_but_source,
    cell_ids_are_well_formed_and_unique,
    the_kernel_is_python3,
    the_file_is_as_jupyterlab_writes_it,
    headings_are_in_order,
    prose_stands_before_every_code_cell,
    cells_are_short,
    a_lesson_has_20_to_66_cells,
    every_picture_has_an_alt_text,
    links_lead_somewhere,
    nothing_is_left_over,
)
