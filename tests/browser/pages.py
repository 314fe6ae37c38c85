"""A JupyterLab for tests, pages of it, and notebooks made on the spot."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser
from starting import one_at_a_time

from tools.browser import Server, jupyterlab
from tools.notebook_page import KERNEL, NotebookPage


@contextlib.contextmanager
def lab_in(root: Path, **variables: str) -> Iterator[Server]:
    """Run a JupyterLab on a folder, whose kernels write into folders of their own there."""
    own = {"COURSE_RUNS": str(root / "runs"), "COURSE_PROGRESS": str(root / "progress.jsonl")}
    with contextlib.ExitStack() as stack:
        with one_at_a_time():
            server = stack.enter_context(jupyterlab(root / "jupyter", root, own | variables))
        yield server


def new_page(chromium: Browser, lab: Server, **options: Any) -> NotebookPage:
    return NotebookPage(chromium.new_page(viewport={"width": 1400, "height": 1000}, **options), lab)


def write_cells(path: Path, *sources: str) -> None:
    """Write a notebook with these code cells."""
    made = [new_markdown_cell("# A test", id="head")]
    made += [new_code_cell(source, id=f"c{k}") for k, source in enumerate(sources)]
    nbformat.write(new_notebook(cells=made, metadata={"kernelspec": KERNEL}), path)
