"""The book's page of each widget: its idea, its recording, and the lessons that it moves in.

The idea is the widget's row in docs/widgets.md, the recording the first that a lesson has; where
it is used is read from the lessons' cells. Knows nothing of what is shown.
"""

import ast
import inspect
import re
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from utils import settings, widgets
from utils.jupyter.formulas import with_mathml

__all__ = ["GALLERY", "Row", "WidgetPages", "modules", "rows", "uses", "with_links"]

GALLERY = settings.ROOT / "docs" / "widgets.md"
IN_STUDIES = {"predict": "predict", "run": "live"}  # StudyLesson's methods, and what they show
ROW = re.compile(r"^\| !\[([^\]]*)\]\[(\w+)\] \| ([\d, –]+): (.*) \|$", re.M)


class Row(NamedTuple):
    """A widget's row in the gallery. lessons: as it stands there, such as `02, 05–07`."""

    alt: str
    module: str
    lessons: str
    idea: str


class Use(NamedTuple):
    """A cell that shows a widget. place: the cell's in its notebook; section: its heading."""

    module: str
    place: int
    section: str


def modules() -> dict[str, str]:
    """Return the name of its module for each function that makes a widget."""
    made = {name: getattr(widgets, name) for name in widgets.__all__}
    return {name: one.__module__.rpartition(".")[2] for name, one in made.items()
            if inspect.isfunction(one)}  # fmt: skip


def rows() -> dict[str, Row]:
    """Return the widgets' rows in the gallery by their modules' names."""
    found = (Row(*one) for one in ROW.findall(GALLERY.read_text(encoding="utf-8")))
    return {row.module: row for row in found}


def with_links(text: str) -> str:
    """Return the gallery with a link to its page in each widget's row."""
    return ROW.sub(r"| ![\1][\2] | {doc}`/widgets/\2`, \3: \4 |", text)


def uses(notebook: NotebookNode) -> Iterator[Use]:
    """Yield where a lesson shows widgets, by itself or by what it has made of StudyLesson."""
    made, bare, studies, section = modules(), set[str](), set[str](), ""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            section = [section, *re.findall(r"^## +(.*)$", cell.source, re.M)][-1]
            continue
        shown: dict[str | None, None] = {}
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module == "utils.widgets":
                bare |= {one.name for one in node.names}
            elif isinstance(node, ast.Assign) and _called(node.value) == ("", "StudyLesson"):
                studies |= {one.id for one in node.targets if isinstance(one, ast.Name)}
            of, name = _called(node)
            if of == "widgets" or (not of and name in bare):
                shown[made.get(name)] = None
            elif of in studies:
                shown[IN_STUDIES.get(name)] = None
        yield from (Use(module, place, section) for module in shown if module)


def _called(node: ast.AST) -> tuple[str, str]:
    """Return what a call is of, as `of.name(…)`: ("", name) without a dot, twice "" for others."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Name):
        return "", function.id
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id, function.attr
    return "", ""


class WidgetPages:
    """The pages, gathered while the lessons are laid out."""

    def __init__(self) -> None:
        self._recordings: dict[str, str] = {}
        self._links: dict[str, list[str]] = {module: [] for module in modules().values()}

    def gather(self, path: Path, notebook: NotebookNode, page: NotebookNode) -> None:
        """Note the widgets of a lesson, and have its page lead to theirs.

        page: the notebook as the book shows it, cell for cell.
        """
        title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
        shown = list(uses(notebook))
        for use in shown:
            for output in page.cells[use.place].get("outputs", []):
                picture = "".join(output.get("data", {}).get("text/html", ""))
                if "course-recording" in picture:
                    self._recordings.setdefault(use.module, picture)
            anchor = urllib.parse.quote(re.sub(r"\s", "-", use.section))
            link = f"[{use.section}](../notebooks/{path.name}#{anchor})"
            self._links[use.module].append(with_mathml(f"{title} · {link}"))
        for use in reversed(shown):
            cell = new_markdown_cell(f"{{doc}}`/widgets/{use.module}`: a page of its own.")
            page.cells.insert(use.place + 1, cell)

    def write(self, folder: Path, relink: Callable[[str], str]) -> list[str]:
        """Write the pages into a folder beside the lessons'; return their names in order.

        relink: makes links that lead somewhere of those to files.
        """
        folder.mkdir()
        known, functions = rows(), {module: name for name, module in modules().items()}
        order = sorted(self._links, key=lambda one: known[one].lessons)
        for module in order:
            text = _page(known[module], functions[module], self._recordings.get(module, ""))
            links = "\n".join(f"- {relink(one)}" for one in self._links[module])
            (folder / f"{module}.md").write_text(f"{text}\n{links}\n", encoding="utf-8")
        return order


def _page(row: Row, function: str, recording: str) -> str:
    title = function.replace("_", " ").capitalize().replace("cnn", "CNN")
    still = f"![{row.alt}](../docs/pictures/widget-{row.module}.png)"
    shown = f"```{{raw}} html\n{recording}\n```" if recording else still
    return f"""# {title}

{row.idea[0].upper()}{row.idea[1:]}

{shown}

In a notebook, `from utils.widgets import {function}` has it. These lessons use it:
"""
