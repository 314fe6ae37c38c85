"""Photograph lessons as a small laptop shows them: to be looked at, not stored.

    python -m tools.lesson_pages [FOLDER]

Three lessons are run at `smoke` in JupyterLab; each is photographed at a cell that shows much, on a
light and on a dark page, and one widget in a column of 480 pixels. Needs Chromium. The folder is
build/looks unless given.
"""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.browser import Server, jupyterlab, launch
from tools.notebook_page import NotebookPage
from utils.settings import NOTEBOOKS, build_dir

# Lesson: the cell to look at.
LESSONS = {"01_perceptron": "move-line-widget", "06_mnist": "draw-pad", "11_layers": "look-back"}
NARROW = ("01_perceptron", 560)  # its window's width: the notebook's own margins take the rest
_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
_FOLD = """() => { const { shell, commands } = window.jupyterapp;
  if (!shell.leftCollapsed) return commands.execute('application:toggle-left-area'); }"""


def photograph(browser: Browser, server: Server, lesson: str, folder: Path) -> list[Path]:
    """Run a lesson and photograph it; return the files."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    opened = NotebookPage(page, server).open(f"notebooks/{lesson}.ipynb").run()
    page.evaluate(_FOLD)
    made = []
    for theme in ("Dark", "Light"):
        page.evaluate(_THEME, f"JupyterLab {theme}")
        opened.cell(LESSONS[lesson])
        page.wait_for_timeout(3000)  # widgets are drawn anew
        made.append(folder / f"{lesson}-{theme.lower()}.png")
        page.screenshot(path=made[-1])
    if lesson == NARROW[0]:
        page.set_viewport_size({"width": NARROW[1], "height": 800})
        opened.cell(LESSONS[lesson])
        page.wait_for_timeout(2000)
        made.append(folder / f"{lesson}-narrow.png")
        page.screenshot(path=made[-1])
    opened.close()
    return made


def main(arguments: Iterable[str] = sys.argv[1:]) -> None:
    """Make the pictures and say where they are."""
    folder = next((Path(one) for one in arguments), build_dir() / "looks")
    root = folder / "lab"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(NOTEBOOKS, root / "notebooks")
    os.environ["COURSE_PROFILE"] = "smoke"
    os.environ["COURSE_RUNS"] = str(root / "runs")
    os.environ["COURSE_PROGRESS"] = "off"
    with (
        sync_playwright() as playwright,
        launch(playwright) as browser,
        jupyterlab(root / "jupyter", root) as server,
    ):
        for lesson in LESSONS:
            for path in photograph(browser, server, lesson, folder):
                print(path, flush=True)


if __name__ == "__main__":
    main()
