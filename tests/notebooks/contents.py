"""What a stored notebook contains: headings, links, code as a syntax tree, exercises."""

import ast
import html
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from utils import settings

LESSONS = settings.lessons()
SOLUTIONS = sorted((settings.NOTEBOOKS / "solutions").glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def is_solution(path: Path) -> bool:
    return path.parent.name == "solutions"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def tagged(notebook: NotebookNode, tag: str) -> list[NotebookNode]:
    return [cell for cell in code_cells(notebook) if tag in tags(cell)]


def tree(cell: NotebookNode) -> ast.Module:
    """Return the cell's syntax tree; magics have become calls."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def visible(markdown: str) -> str:
    """Return the Markdown without code: what looks like a link there is none."""
    return re.sub(r"(`+).+?\1", "", _without_fences(markdown))


def prose(markdown: str) -> str:
    """Return the Markdown without code blocks, formulas, tables, headings, tags and hints."""
    text = _without_fences(markdown)
    for pattern in (
        r"(?s)\$\$.*?\$\$",
        r"(?s)<details>.*?</details>",
        r"(?m)^\s*\|.*$",
        r"(?m)^#+ .*$",
        r"<[^>]+>",
        r"(?<=\])\([^)]*\)",
    ):
        text = re.sub(pattern, "", text)
    return text


def headings(notebook: NotebookNode) -> list[tuple[int, str, NotebookNode]]:
    """Return (level, text, cell) of each heading, in order."""
    return [
        (len(marks), text.strip(), cell)
        for cell in markdown_cells(notebook)
        for marks, text in re.findall(r"(?m)^(#{1,6})\s+(.+?)\s*$", _without_fences(cell.source))
    ]


def _without_fences(markdown: str) -> str:
    return re.sub(r"(?ms)^(```|~~~).*?^\1", "", markdown)


def targets(cell: NotebookNode) -> list[str]:
    """Return the targets of all links and pictures of a Markdown cell."""
    text = visible(cell.source)
    found = re.findall(r"\]\(\s*<?([^)\s>]*)>?[^)]*\)", text)
    found += re.findall(r"""(?:href|src)\s*=\s*["']([^"']*)["']""", text)
    return [html.unescape(target) for target in found]


def links(cell: NotebookNode, notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Yield what is wrong with the cell's links to files, notebooks and headings."""
    for target in targets(cell):
        if re.match(r"https://|mailto:", target):
            continue
        if ":" in target or not target:
            yield f"the link {target!r} isn't https or a relative path"
            continue
        file, _, anchor = target.partition("#")
        goal = (path.parent / urllib.parse.unquote(file)).resolve() if file else path
        if not goal.exists():
            yield f"the link {target!r} leads to nothing"
        elif anchor and (file == "" or goal.suffix == ".ipynb"):
            inside = read(goal) if file else notebook
            anchors = {text.replace(" ", "-") for _, text, _ in headings(inside)}
            if urllib.parse.unquote(anchor) not in anchors:
                yield f"the link {target!r} leads to no heading"


def checked(cell: NotebookNode) -> list[str]:
    """Return the ids that the cell's calls of check(…) name."""
    calls = (node for node in ast.walk(tree(cell)) if isinstance(node, ast.Call))
    return [
        call.args[0].value
        for call in calls
        if ast.unparse(call.func).split(".")[-1] == "check"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def claimed(cell: NotebookNode) -> list[str]:
    """Return the keys of a cell that shows claims and does nothing else; none of any other."""
    if cell.cell_type != "code":
        return []
    keys = []
    for line in tree(cell).body:
        call = line.value if isinstance(line, ast.Expr) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "claim":
            return []
        keys += [ast.literal_eval(key) for key in call.args]
    return keys


def exercise_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the exercise cells by id."""
    return {name: cell for cell in tagged(notebook, "exercise") for name in checked(cell)}
