"""A JupyterLab for all tests in the browser, and a Chromium for each file of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from keras_process import keras_side
from pages import lab_in, new_page, write_cells
from playwright.sync_api import Browser, expect, sync_playwright

from tools.browser import Server, find_chromium, launch
from tools.notebook_page import PATIENCE, NotebookPage
from utils.settings import NOTEBOOKS

__all__ = ["keras_side"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    if find_chromium() is None:
        reason = "needs the system package chromium"
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with copies of the notebooks: JupyterLab saves what it runs.

    Those in `work` are for the windows that `course lab` opens at first.
    """
    folder = tmp_path_factory.mktemp("browser")
    for name in ("notebooks", "work"):
        shutil.copytree(NOTEBOOKS, folder / name)
    return folder


@pytest.fixture(scope="session")
def lab(root: Path) -> Iterator[Server]:
    """Yield a JupyterLab whose kernels work at `smoke`."""
    data = os.environ.get("COURSE_DATA")
    variables = {"COURSE_DATA": str(Path(data).resolve())} if data else {}
    with lab_in(root, COURSE_PROFILE="smoke", **variables) as server:
        yield server


# Not for the whole session: as long as Playwright's event loop runs, nbclient can't start its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, launch(playwright, timeout=PATIENCE) as browser:
        yield browser


@pytest.fixture
def notebook(lab: Server, chromium: Browser) -> Iterator[Callable[[str], NotebookPage]]:
    """Yield a function that opens a notebook in a new page; the pages are closed at the end."""
    opened = []

    def open_notebook(path: str, **options: Any) -> NotebookPage:
        opened.append(new_page(chromium, lab, **options))
        return opened[-1].open(path)

    yield open_notebook
    for one in opened:
        one.close()


@pytest.fixture
def cells(root: Path, notebook: Callable[[str], NotebookPage], request: pytest.FixtureRequest):
    """Return a function that opens a new notebook with these code cells and runs it."""

    def run(*sources: str) -> NotebookPage:
        name = f"{request.node.name.partition('[')[0]}-{abs(hash(request.node.name))}.ipynb"
        write_cells(root / name, *sources)
        return notebook(name).run()

    return run


@pytest.fixture(scope="module")
def cells_of_all(
    root: Path, lab: Server, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[NotebookPage]:
    """Yield a notebook that has run the file's CELLS: one page and one kernel for its tests."""
    name = f"{Path(request.module.__file__).stem}.ipynb"
    write_cells(root / name, *request.module.CELLS)
    opened = new_page(chromium, lab).open(name).run()
    yield opened
    opened.close()
