"""The pages that the course writes, as Chromium shows them: light, dark, on paper, on a phone."""

import io
import re
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cards import BEFORE, make_card, make_runs, note, write_words
from made_runs import made_rows, make_run
from matplotlib.figure import Figure
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from playwright.sync_api import Browser, Page

from tools.notebook_page import KERNEL
from utils.experiments.history import load_runs
from utils.jupyter.html_copies import write_copies
from utils.jupyter.recordings import RECORDING
from utils.jupyter.report import CellTime, Failure, NotebookResult, Report
from utils.plots import picture_tag
from utils.plots.comparison_page import comparison_report
from utils.plots.readable import SMALLEST
from utils.widgets.shell.explorer import whole
from utils.widgets.shell.picture import Shown
from utils.widgets.shell.recording import record

WHITE, DARK = "rgb(255, 255, 255)", "rgb(21, 24, 28)"
SAMPLE = {"name": "cifar10", "source": "made", "sha256": "1" * 64, "real": False, "train": 300,
          "validation": 100}  # fmt: skip
# What is shown in place of an image's own source; `normal`: nothing.
SHOWN = "img => getComputedStyle(img).content.slice(0, 20)"
TRACEBACK = [  # as IPython prints it
    "\x1b[31m---------------------------------\x1b[39m",
    "\x1b[31mZeroDivisionError\x1b[39m   Traceback (most recent call last)",
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[1]\x1b[39m\x1b[32m, line 1\x1b[39m",
    "\x1b[32m----> \x1b[39m\x1b[32m1\x1b[39m \x1b[32;43m1\x1b[39;49m \x1b[43m/\x1b[49m 0",
]
KINDS = ["comparison", "report", "copy", "card"]


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
    path, copies = folder / "report.html", write_lessons(folder)
    good = NotebookResult("01_a", 64.0, 20, 20, slowest, page=copies["01_a"])
    bad = NotebookResult("02_b", 1.5, 2, 12, None, (failure,))
    names = (*copies, "03_later")
    Report(names, (good, bad), "quick", "auto", folder, path, datetime.now(), 65.5).write()
    return {"comparison": comparison, "report": path, "copy": copies["01_a"],
            "card": write_card(folder)}  # fmt: skip


def write_card(folder: Path) -> Path:
    """Write an experiment card on the sample, with long words of its learner's."""
    make_runs(folder / "cards", mark="@sample", dataset=SAMPLE)
    write_words(folder / "cards", name="Ada", conclusion="It_helps_" * 30)
    note(folder / "cards", BEFORE, "Zero wins.\n" * 3)
    make_card(folder / "cards", folder / "card.html")
    return folder / "card.html"


def write_lessons(folder: Path) -> dict[str, Path]:
    """Write the pages of two executed lessons as a run of both does; return them by name."""
    stored, pages = folder / "stored", {}
    stored.mkdir()
    for name in ("01_a", "02_b", "03_later"):
        (stored / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    for name in ("01_a", "02_b"):
        _, page, failures = write_copies(
            lesson(name), stored / f"{name}.ipynb", folder / "notebooks", ("01_a", "02_b")
        )
        assert page is not None and failures == []
        pages[name] = page
    return pages


def lesson(name: str) -> NotebookNode:
    """Return an executed notebook: prose, a formula, links, a figure, a recording, an error."""
    figure = Figure(figsize=(3, 2))
    figure.add_subplot()
    html = str(picture_tag(figure, "An empty panel."))
    recording = record(grey, {"grey": whole("grey", 3, 0, 9)}, 200)
    outputs = [
        new_output("display_data", {"text/html": html, "text/plain": "An empty panel."}),
        new_output("display_data", {RECORDING: recording, "text/plain": "A grey."}),
        new_output("error", ename="ZeroDivisionError", evalue="division by zero",
                   traceback=TRACEBACK),
    ]  # fmt: skip
    prose = "[On](02_b.ipynb#2--Why?) or [later](03_later.ipynb), with $w \\cdot x > 0$."
    code = 'def show(x):\n    # nothing\n    return f"{x}" if x in (1, 2.5) else None'
    cells = [new_markdown_cell(f"# {name}\n\n{prose}\n\n## 2  Why?\n\n" + "word " * 60),
             new_code_cell(code, execution_count=1, outputs=outputs)]  # fmt: skip
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def grey(grey: int) -> Shown:
    """Return a plain picture of that brightness, 0 to 9."""
    file = io.BytesIO()
    Image.new("L", (200, 60), 25 * grey).save(file, "PNG")
    return Shown(file.getvalue(), f"A grey of {grey}.", f"The grey is {grey}.")


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("scheme", "paper"), [("light", WHITE), ("dark", DARK)])
def test_a_page_follows_the_system_and_is_legible_there(
    kind: str, scheme: str, paper: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.goto(pages[kind].as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert_accessible(page)
    page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_printed_on_white_from_a_dark_screen_too(
    kind: str, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(pages[kind].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
    page.close()


@pytest.mark.parametrize("kind", KINDS)
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


def test_the_pages_of_a_run_lead_from_one_to_the_next_and_to_what_is_there(
    pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 740})
    page.goto(pages["report"].as_uri())
    steps = page.get_by_role("navigation", name="Lessons")
    for link, title in (("01 a ›", "01_a"), ("02 b ›", "02_b"), ("‹ 01 a", "01_a")):
        steps.get_by_role("link", name=link, exact=True).click()
        assert page.title() == title
    page.get_by_role("link", name="On", exact=True).click()
    assert page.title() == "02_b" and page.locator("[id='2--Why?']").count() == 1
    assert steps.get_by_role("link").all_inner_texts() == ["‹ 01 a", "All lessons"]
    later = page.get_by_role("link", name="later", exact=True).get_attribute("href")
    assert later == "../stored/03_later.ipynb"
    steps.get_by_role("link", name="All lessons").click()
    assert steps.locator("[aria-current=page]").inner_text() == "All lessons"
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


@pytest.mark.parametrize("width", [1280, 390])
def test_a_recording_on_a_lessons_page_moves_by_keys(
    width: int, pages: dict[str, Path], chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 740})
    page.goto(pages["copy"].as_uri())
    slider, picture = page.get_by_role("slider", name="grey"), page.get_by_alt_text("A grey of")
    before = picture.get_attribute("src")
    slider.press("ArrowRight")
    assert picture.get_attribute("src") != before
    assert picture.get_attribute("alt") == "A grey of 4."
    assert page.get_by_text("The grey is 4.").count() == 1
    page.close()
