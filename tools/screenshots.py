"""Make the pictures of the pages from what `make run` left in build/.

    make run && make screenshots

Three are figures of executed notebooks, taken out as they are; the report and JupyterLab with
TensorBoard beside it are photographed in Chromium, which must be installed.
"""

import base64
import re
import sys

import nbformat
from playwright.sync_api import Page, sync_playwright

from tools.browser import jupyterlab, launch, wait_for
from utils.settings import ROOT, build_dir

PICTURES = ROOT / "docs" / "pictures"
# Picture: the notebook it is in and the id of the cell that draws it.
FIGURES = {
    "edges": ("06_convolution", "edges-code"),
    "study": ("11_dropout", "curves"),
    "studies": ("15_compare", "small-multiples"),
}


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


def photograph_lab(page: Page, address: str) -> None:
    """Photograph JupyterLab once both halves are drawn."""
    page.goto(address)
    page.locator(".jp-RenderedMarkdown").get_by_text("You will").first.wait_for(timeout=60_000)
    board = page.frame_locator("iframe").first
    board.get_by_text("Accuracy").first.wait_for(timeout=120_000)
    # TensorBoard's settings take a third of its width; scrolling to their button moved the rest.
    board.get_by_label("Toggle settings side pane").click()
    board.locator("*").evaluate_all("all => all.forEach(element => { element.scrollLeft = 0 })")
    page.wait_for_timeout(4000)  # cards fade in
    page.screenshot(path=PICTURES / "lab.png")


def main() -> None:
    """Make all five."""
    PICTURES.mkdir(exist_ok=True)
    for name, place in FIGURES.items():
        (PICTURES / f"{name}.png").write_bytes(figure_of(*place))
    with sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(viewport={"width": 900, "height": 760})
        page.goto((build_dir() / "report.html").as_uri())
        page.screenshot(path=PICTURES / "report.png")
        with jupyterlab(build_dir() / "jupyter" / "pictures") as server:
            wait_for(server.url("/tensorboard/data/runs"), server.process)
            page = browser.new_page(viewport={"width": 1900, "height": 1000})
            photograph_lab(page, server.url("/lab/workspaces/course"))
    print(f"Five pictures are in {PICTURES}")


if __name__ == "__main__":
    main()
