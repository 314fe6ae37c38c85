"""The widgets in Notebook 7, which shows one notebook without JupyterLab around it."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, expect

from tools.browser import Server
from tools.notebook_page import KERNEL, NotebookPage
from utils.widgets import perceptron

CELLS = [
    'from utils.widgets import perceptron\nperceptron("AND", 1.0, 1.0, -1.5)',
    'from utils.exercises import quiz\nquiz("01")',
]


def test_widgets_move_in_notebook_7(lab: Server, chromium: Browser, root: Path) -> None:
    cells = [new_code_cell(source, id=f"c{k}") for k, source in enumerate(CELLS)]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), root / "seven.ipynb")
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    opened = NotebookPage(page, lab).open("seven.ipynb", "notebooks").run()
    widget = opened.widget().settled()
    widget.press("w₁", "ArrowLeft", times=3)
    widget.settled()
    wanted = perceptron("AND", 1.0, 1.0, -1.5)
    wanted.move(w1=widget.value("w₁"))
    assert "w₁ = 0.70" in widget.caption and widget.png == wanted.picture.png
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Check").first.click()
    expect(page.locator(".course-quiz [role=status]").first).not_to_be_empty()
    assert opened.strangers == []
    opened.close()
