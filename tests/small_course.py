"""A course of two small lessons, for the tests of copies, merging and editions."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils import settings
from utils.jupyter.merge import as_stored, parse

__all__ = ["CELLS", "cells_of", "make", "ran", "use", "write_course"]

# A lesson by its cells' ids. `code` and `exercise` are code, the others prose.
CELLS = {
    "head": "# 05 · Digits",
    "why": "Look at digits.",
    "code": "rate = 0.1",
    "task": "### Exercise 1",
    "exercise": 'answer = ...\n\ncheck("05.1", answer)',
    "end": "That was all.",
}


def make(cells: Mapping[str, str]) -> NotebookNode:
    """Return a notebook with these cells."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    made = [
        (new_code_cell if name.startswith(("code", "exercise")) else new_markdown_cell)(
            source, id=name
        )
        for name, source in cells.items()
    ]
    return new_notebook(cells=made, metadata={"kernelspec": kernel}, nbformat_minor=5)


def ran(notebook: NotebookNode) -> NotebookNode:
    """Put into a notebook what JupyterLab puts there when it is run."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [new_output("stream", text=f"{cell.source}\n")]
            cell.metadata["execution"] = {"iopub.status.idle": "2026-11-26T03:12:00.000000Z"}
    return notebook


def cells_of(path: Path) -> dict[str, str]:
    """Return a stored notebook's sources by their cells' ids; it must be valid."""
    notebook = parse(path.read_bytes())
    ids = [cell["id"] for cell in json.loads(path.read_bytes())["cells"]]
    assert notebook is not None and len(set(ids)) == len(ids)
    assert path.read_text(encoding="utf-8") == as_stored(notebook)
    return {cell.id: cell.source for cell in notebook.cells}


def write_course(root: Path, cells: Mapping[str, str] = CELLS) -> None:
    """Write the lessons 05 and 10, the solutions of 05 and the start page."""
    for name in ("05_mnist", "10_layers", "solutions/05_mnist", "00_start"):
        path = root / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_stored(make(cells)), encoding="utf-8", newline="\n")


def use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this folder be the course's."""
    monkeypatch.setattr(settings, "ROOT", root)
    monkeypatch.setattr(settings, "NOTEBOOKS", root / "notebooks")
