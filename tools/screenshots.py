"""Make the pictures of the pages.

    make run && make screenshots
    python -m tools.screenshots start start-dark lab

Three are figures of executed notebooks, taken out of what `make run` left in build/ as they are;
the report and JupyterLab are photographed in Chromium, which must be installed. JupyterLab shows
the progress of somebody who has done two lessons and begun a third.
"""

import base64
import os
import re
import shutil
import sys
from collections.abc import Iterable

import nbformat
from playwright.sync_api import Page, sync_playwright

from tools.browser import Server, jupyterlab, launch
from utils.exercises import progress
from utils.exercises.items import items
from utils.jupyter.lab import WORKSPACE, prepare_work
from utils.settings import ROOT, build_dir

PICTURES = ROOT / "docs" / "pictures"
# Picture: the notebook it is in and the id of the cell that draws it.
FIGURES = {
    "edges": ("07_convolution", "edges-code"),
    "study": ("12_dropout", "curves"),
    "studies": ("16_compare", "small-multiples"),
}
# JupyterLab: the first screen, light and dark, and a lesson.
LAB = ("start", "start-dark", "lab")
ALL = (*FIGURES, "report", *LAB)


def figure_of(notebook: str, cell_id: str) -> bytes:
    """Return the PNG that a cell of an executed notebook shows."""
    path = build_dir() / "notebooks" / f"{notebook}.ipynb"
    if not path.is_file():
        sys.exit(f"{path} is missing. Execute the notebooks first: make run")
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.id == cell_id:
            texts = [str(output.get("data", {}).get("text/html", "")) for output in cell.outputs]
            found = re.search(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)", " ".join(texts))
            if found:
                return base64.b64decode(found[1])
    sys.exit(f"{path} has no picture in the cell {cell_id!r}.")


def somebodys_progress() -> None:
    """Have the progress noted from now on in a file of the pictures', and note some."""
    file = build_dir() / "jupyter" / "pictures" / "progress.jsonl"
    file.unlink(missing_ok=True)
    os.environ["COURSE_PROGRESS"] = str(file)
    for item in items():
        if item.notebook < "03" or item.name in ("03.1", "03.q1"):
            progress.record(item.kind, item.name, True)


def photograph_lab(page: Page, server: Server, names: Iterable[str]) -> None:
    """Photograph the first screen, in both themes, and the lesson that stands behind it."""
    page.goto(server.url(f"/lab/workspaces/{WORKSPACE}"))
    page.get_by_role("link", name="Go on: 03").wait_for(timeout=120_000)
    page.wait_for_timeout(2000)  # the kernels' signs come to rest
    for name in names:
        if name == "start-dark":
            _theme(page, "Dark")
        if name == "lab":
            page.get_by_role("tab", name="03_tensors.ipynb").click()
            page.locator(".jp-RenderedMarkdown").get_by_text("You will").first.wait_for()
        page.wait_for_timeout(1000)
        page.screenshot(path=PICTURES / f"{name}.png")
        if name == "start-dark":
            _theme(page, "Light")


def _theme(page: Page, name: str) -> None:
    command = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
    page.evaluate(command, f"JupyterLab {name}")


def main(names: Iterable[str]) -> None:
    """Make these pictures; all unless there are names."""
    chosen = [name for name in ALL if name in names] or list(ALL)
    PICTURES.mkdir(exist_ok=True)
    for name in FIGURES.keys() & chosen:
        (PICTURES / f"{name}.png").write_bytes(figure_of(*FIGURES[name]))
    with sync_playwright() as playwright, launch(playwright) as browser:
        if "report" in chosen:
            page = browser.new_page(viewport={"width": 900, "height": 760})
            page.goto((build_dir() / "report.html").as_uri())
            page.screenshot(path=PICTURES / "report.png")
        if of_lab := [name for name in LAB if name in chosen]:
            somebodys_progress()
            prepare_work()
            folder = build_dir() / "jupyter" / "pictures" / "lab"
            shutil.rmtree(folder, ignore_errors=True)  # which tab stood in front the last time
            with jupyterlab(folder) as server:
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                photograph_lab(page, server, of_lab)
    print(f"{', '.join(chosen)}: in {PICTURES}")


if __name__ == "__main__":
    main(sys.argv[1:])
