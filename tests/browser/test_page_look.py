"""The pages that the course writes, as Chromium shows them: light, dark, on paper, on a phone."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cards import BEFORE, make_card, make_runs, note, write_words
from made_runs import made_rows, make_run
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page

from tools.notebook_page import KERNEL
from utils.experiments.history import load_runs
from utils.jupyter.html_copies import write_copies
from utils.jupyter.report import CellTime, Failure, NotebookResult, Report
from utils.plots import picture_tag
from utils.plots.comparison_page import comparison_report
from utils.plots.readable import SMALLEST

WHITE, DARK = "rgb(255, 255, 255)", "rgb(21, 24, 28)"
SAMPLE = {"name": "cifar10", "source": "made", "sha256": "1" * 64, "real": False, "train": 300,
          "validation": 100}  # fmt: skip
# What is shown in place of an image's own source; `normal`: nothing.
SHOWN = "img => getComputedStyle(img).content.slice(0, 20)"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write one page of each kind; return its path by its kind."""
    folder = tmp_path_factory.mktemp("pages")
    for variant, seed in (("0", 0), ("0", 1), ("0.5", 0)):
        make_run(folder / "runs", f"dropout/{variant}/seed-{seed}", made_rows(0.4 + 0.01 * seed))
    make_run(folder / "runs", "layers/one-set/seed-0", made_rows(0.3))
    comparison = comparison_report(load_runs(folder / "runs"), folder / "comparison.html")
    slowest = CellTime("train", 7, "records = run_study('dropout')", 63.0)
    failure = Failure("cell", "ZeroDivisionError: division by zero", "cell-2", 3, "1 / 0")
    good = NotebookResult("01_a", 64.0, 20, 20, slowest, page=folder / "01_a.html")
    bad = NotebookResult("02_b", 1.5, 2, 12, None, (failure,))
    names, path = ("01_a", "02_b", "03_later"), folder / "report.html"
    Report(names, (good, bad), "quick", "auto", folder, path, datetime.now(), 65.5).write()
    return {"comparison": comparison, "report": path, "copy": write_copy(folder),
            "card": write_card(folder)}  # fmt: skip


def write_card(folder: Path) -> Path:
    """Write an experiment card on the sample, with long words of its learner's."""
    make_runs(folder / "cards", mark="@sample", dataset=SAMPLE)
    write_words(folder / "cards", name="Ada", conclusion="It_helps_" * 30)
    note(folder / "cards", BEFORE, "Zero wins.\n" * 3)
    make_card(folder / "cards", folder / "card.html")
    return folder / "card.html"


def write_copy(folder: Path) -> Path:
    """Write the page of an executed notebook that shows one figure."""
    figure = Figure(figsize=(3, 2))
    figure.add_subplot()
    html = str(picture_tag(figure, "An empty panel."))
    output = new_output("display_data", {"text/html": html, "text/plain": "An empty panel."})
    cell = new_code_cell("show()", execution_count=1, outputs=[output])
    notebook = new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})
    _, page, failures = write_copies(notebook, folder / "made.ipynb", folder / "copies")
    assert page is not None and failures == []
    return page


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("kind", ["comparison", "report", "card"])
@pytest.mark.parametrize(("scheme", "paper"), [("light", WHITE), ("dark", DARK)])
def test_a_page_follows_the_system_and_is_legible_there(
    kind: str, scheme: str, paper: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.goto(pages[kind].as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert_accessible(page)
    page.close()


@pytest.mark.parametrize("kind", ["comparison", "report", "card"])
def test_a_page_is_printed_on_white_from_a_dark_screen_too(
    kind: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(pages[kind].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
    page.close()


@pytest.mark.parametrize("kind", ["comparison", "report", "card"])
def test_on_a_phone_a_wide_table_is_scrolled_not_the_page(
    kind: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.goto(pages[kind].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_accessible(page)  # by keys too
    page.close()


@pytest.mark.parametrize("kind", ["comparison", "copy", "card"])
def test_the_figures_of_a_page_follow_the_system_and_are_printed_on_white(
    kind: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(color_scheme="light")
    page.goto(pages[kind].as_uri(), wait_until="domcontentloaded")
    image = page.locator("img.course-image").first
    assert image.evaluate(SHOWN) == "normal"
    page.emulate_media(color_scheme="dark")
    assert image.evaluate(SHOWN).startswith('url("data:image/png')
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", paper))) < 60
    page.emulate_media(color_scheme="dark", media="print")
    assert image.evaluate(SHOWN) == "normal"
    page.close()


def test_a_card_asks_nobody_for_anything(pages: dict[str, Path], chromium: Browser) -> None:
    page, asked, said = chromium.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages["card"].as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [pages["card"].as_uri()]
    assert said == []  # nor does its own policy hold anything back
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_texts_of_a_cards_figures_are_large_enough(
    width: int, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(pages["card"].as_uri())
    sizes = page.locator("img[data-smallest]").evaluate_all(
        "all => all.map(one => one.dataset.smallest * one.clientWidth / one.getAttribute('width'))"
    )
    assert len(sizes) == 3 and min(sizes) >= SMALLEST - 0.1
    page.close()
