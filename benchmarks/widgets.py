"""How long from a key press to the new picture: the course's widgets and plain `interact`.

    python benchmarks/widgets.py [--moves 40]

A JupyterLab with a real kernel, a real Chromium without a window. For each widget a slider or
choice is moved by a key again and again; the time runs from the key's event in the page until
the frame with the new picture was painted. Plain means ipywidgets' `interact` with a figure
that is drawn anew and shown by inline matplotlib: the same picture, in the same run.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

from tools.browser import jupyterlab, launch
from tools.notebook_page import KERNEL, NotebookPage

WATCH = """() => {
  window.moves = [];
  document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
  document.addEventListener('load', (event) => {
    if (event.target.tagName !== 'IMG' || !window.pressed) return;
    const from = window.pressed;
    window.pressed = null;
    // A frame's callbacks run before it is painted, a timer set in them right after.
    requestAnimationFrame(() => setTimeout(
      () => window.moves.push(performance.now() - from)));
  }, true);
}"""
PLAIN = """
from ipywidgets import FloatSlider, interact
from IPython.display import display
from utils.widgets.perceptron import PerceptronDrawing, answers, line
def redraw(w):
    drawing = PerceptronDrawing(7.6, 3.5)
    drawing.draw(answers("AND", w, 1, -1.5), line(w, 1, -1.5))
    display(drawing.figure)
interact(redraw, w=FloatSlider(1, min=-4, max=4, step=0.1, description="w₁"));
"""


@dataclass(frozen=True)
class Case:
    """What is measured: a name, and the code of a cell; its first slider is moved."""

    name: str
    code: str


CASES = (
    Case("plain interact, perceptron", PLAIN),
    Case("perceptron", "from utils.widgets import perceptron\nperceptron()"),
    Case("step and sigmoid", "from utils.widgets import step_and_sigmoid\nstep_and_sigmoid()"),
    Case("gradient descent", "from utils.widgets import gradient_descent\ngradient_descent()"),
    Case("bend the plane", "from utils.widgets import bend_the_plane\nbend_the_plane()"),
    Case("softmax and loss", "from utils.widgets import softmax_and_loss\nsoftmax_and_loss()"),
    Case("tensor explorer", "from utils.widgets import tensor_explorer\ntensor_explorer()"),
    Case("convolution", "from utils.widgets import convolution\nconvolution()"),
)


def measure(opened: NotebookPage, moves: int) -> list[float]:
    """Return the milliseconds of so many moves of a slider, after five to warm up."""
    page = opened.page
    sliders = page.locator(".jp-OutputArea-output .noUi-handle")
    sliders.first.wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    sliders.first.focus()
    for move in range(moves + 5):
        before = page.evaluate("window.moves.length")
        page.keyboard.press("ArrowLeft" if move % 2 else "ArrowRight")
        page.wait_for_function("before => window.moves.length > before", arg=before, timeout=20_000)
        page.wait_for_timeout(60)
    return page.evaluate("window.moves")[5:]


def main() -> None:
    """Measure all cases, interleaved in rounds, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--moves", type=int, default=40, help="moves a widget and round")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    times: dict[str, list[float]] = {case.name: [] for case in CASES}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with jupyterlab(folder, folder) as server, launch(playwright) as browser:
            for _ in range(options.rounds):
                for number, case in enumerate(CASES):
                    cells = [new_code_cell(case.code, id="c")]
                    book = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
                    nbformat.write(book, folder / f"{number}.ipynb")
                    page = browser.new_page(viewport={"width": 1300, "height": 1000})
                    opened = NotebookPage(page, server).open(f"{number}.ipynb").run()
                    times[case.name] += measure(opened, options.moves)
                    opened.close()
    print("| picture | median ms | 95th percentile ms | moves |\n| --- | ---: | ---: | ---: |")
    for case, found in times.items():
        middle, high = np.percentile(found, [50, 95])
        print(f"| {case} | {middle:.0f} | {high:.0f} | {len(found)} |")
    print(json.dumps({case: [round(one, 1) for one in found] for case, found in times.items()}))


if __name__ == "__main__":
    main()
