"""Slides: which cell stands on which, and the deck of a small lesson in a real browser."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from site_pages import opened
from slide_faults import slide_faults

from tools.book.pictures import Pictures
from tools.browser import find_chromium, launch
from tools.slides.rule import on_slides
from utils.jupyter.recordings import RECORDING

pytest.importorskip("sphinx_revealjs", reason="`make setup` installs it")
in_browser = pytest.mark.skipif(find_chromium() is None, reason="needs the system package chromium")
LONG = "Many words, and more of them, " * 30


def picture(kind: str, shade: int) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (1400, 900), (shade, 90, 160)).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def recording() -> dict:
    frames = [
        {"light": picture("webp", 40 * k), "dark": picture("webp", 40 * k + 1)}
        | {"alt": f"Blue, {k}", "text": f"Step {k}"}
        for k in range(3)
    ]
    control = {"label": "step", "kind": "range", "start": 0, "names": ["a", "b", "c"],
               "frames": [0, 1, 2]}  # fmt: skip
    return {"width": 700, "controls": [control], "frames": frames}


def drawn(source: str, mime: str, data: object, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=[new_output("display_data", {mime: data})],
                         metadata=metadata)  # fmt: skip


def printed(source: str, text: str, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=[new_output("stream", name="stdout", text=text)],
                         metadata=metadata)  # fmt: skip


def lesson() -> NotebookNode:
    image = f'<img class="course-image" alt="Blue" src="data:image/png;base64,{picture("png", 9)}">'
    rows = "".join(f"<tr><td>{k}</td><td>{k * k}</td></tr>" for k in range(40))
    return new_notebook(cells=[
        new_markdown_cell("# 01 · A lesson: small\n\n[Start](00_start.ipynb)\n\n**You will**\n"
                          "- see,\n- hear.\n\n**Time** 3 min"),
        printed("import numpy as np", "set up", tags=["setup"]),
        new_markdown_cell(f"## 1  What is it?\n\nIt is a **thing** with $x_1$. {LONG}.\n\n"
                          "$$y = w x + b$$"),
        drawn("plots.show()", "text/html", image),
        new_markdown_cell(f"What you see. {LONG}.\n\n## 2  Does it move?\n\nMove it. {LONG}."),
        drawn("widgets.show()", RECORDING, recording(), tags=["widget"]),
        printed("def f(x):\n    return 2 * x\n\n\nprint(f(2))", "4"),
        printed("rows = []\nfor k in range(9):\n    rows.append(k)\n\n\nfor row in rows:\n"
                "    print(row)", "no end of " * 40),
        drawn("pd.DataFrame(rows)", "text/html", f"<table>{rows}</table>"),
        drawn("claim('01.a')", "text/markdown", "With $w_1$ [it](04_x.ipynb) gets better."),
        new_markdown_cell("## Summary\n\nIt is a thing. It moves."),
        new_markdown_cell("## Quiz\n\nThree questions."),
        drawn("quiz('01')", "text/html", "<table><tr><td>the right one</td></tr></table>",
              tags=["quiz"]),
        new_markdown_cell("## Exercises\n\n### Exercise 1 · Twice\n\nDouble it: the answer is 2."),
        printed("answer = 2", "right", tags=["exercise"]),
        new_markdown_cell("### Further\n\n- [A page](https://example.org)"),
    ])  # fmt: skip


def stacks(notebook: NotebookNode) -> list[list[str]]:
    """Return for each stack its slides, each as the sources and texts that are to be seen."""
    found: list[list[str]] = []
    for cell in on_slides(notebook).cells:
        kind = cell.metadata.slideshow.slide_type
        seen = "" if cell.metadata.get("jupyter", {}).get("source_hidden") else cell.source
        for output in cell.get("outputs", []):
            seen += "|" + output.get("text", "") + ",".join(output.get("data", {}))
        if kind == "slide":
            found.append([])
        if kind in ("slide", "subslide"):
            found[-1].append("")
        if kind != "notes":
            found[-1][-1] += seen + "\n"
    return found


def notes(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in on_slides(notebook).cells
                     if cell.metadata.slideshow.slide_type == "notes")  # fmt: skip


def test_each_section_is_a_stack_that_begins_with_its_heading():
    assert [stack[0].splitlines()[0] for stack in stacks(lesson())] == [
        *("# 01 · A lesson: small", "## 1  What is it?", "## 2  Does it move?"),
        *("## Summary", "## Exercises"),
    ]


def test_formulas_terms_goals_pictures_and_taught_code_stand_on_slides_and_prose_in_the_notes():
    seen = "\n".join(slide for stack in stacks(lesson()) for slide in stack)
    told = ("- see", "It is a **thing** with $x_1$.", "- It is a thing.", "- Exercise 1 · Twice")
    for shown in (*told, "$$y = w x + b$$", "text/html", "text/markdown", RECORDING, "def f(x)"):
        assert shown in seen, shown
    for hidden in (LONG, "import numpy", "plots.show", "claim(", "rows.append", "00_start"):
        assert hidden not in seen, hidden
    assert LONG in notes(lesson()) and "**Time** 3 min" in notes(lesson())


def test_no_quiz_no_answer_and_no_solution_is_on_a_slide_or_in_its_notes():
    made = lesson()
    everything = "\n".join(slide for stack in stacks(made) for slide in stack) + notes(made)
    for secret in ("quiz", "the right one", "the answer is 2", "answer = 2", "Further"):
        assert secret not in everything


def test_two_figures_of_one_output_stand_on_two_slides():
    figures = [f'<figure><img alt="{k}" src="data:,"></figure>' for k in "ab"]
    cells = [new_markdown_cell("## 1  Draw"), drawn("pad()", "text/html", "".join(figures))]
    shown = [cell for cell in on_slides(new_notebook(cells=cells)).cells if cell.get("outputs")]
    assert [cell.outputs[0].data["text/html"] for cell in shown] == figures
    assert [cell.metadata.slideshow.slide_type for cell in shown] == ["-", "-"]
    assert len(stacks(new_notebook(cells=cells))[0]) == 2


def test_a_slide_that_is_full_goes_on_below_the_same_heading():
    second = stacks(lesson())[2]
    assert len(second) > 3 and all("2  Does it move?" in slide for slide in second)


@pytest.mark.parametrize(
    ("told", "where"), [("skip", "nowhere"), ("notes", "notes"), ("slide", "stack")]
)
def test_what_a_cell_says_itself_counts_before_the_rule(told: str, where: str) -> None:
    made = lesson()
    made.cells[3].metadata.slideshow = {"slide_type": told}
    shown = stacks(made)
    assert (where == "stack") == any(stack[0].startswith("plots.show()") for stack in shown)
    assert (where == "notes") == ("plots.show()" in notes(made))
    assert where != "nowhere" or "text/html" not in "".join(shown[1])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tools.slides.decks import deck, share

    folder = tmp_path_factory.mktemp("slides")
    share(folder)
    made = deck(lesson(), Pictures(folder / "pictures", "pictures"))
    (folder / "01.html").write_text(made, encoding="utf-8")
    return folder / "01.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


def open_deck(browser: Browser, page: Path, width: int) -> tuple[Page, list[str]]:
    """Open a deck that has drawn itself, light where it is wide."""
    tab, wrong = opened(browser, page, width, "light" if width == 1280 else "dark")
    tab.wait_for_function("window.Reveal && Reveal.isReady()")
    return tab, wrong


@in_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_every_slide_fits_or_scrolls_is_for_all_and_asks_nobody(
    page: Path, chromium: Browser, width: int
) -> None:
    tab, wrong = open_deck(chromium, page, width)
    assert slide_faults(tab) == []
    assert wrong == []  # before axe, which asks for style sheets that a file's page may not read
    for k in (0, 1, 2):
        tab.evaluate("(k) => Reveal.slide(k)", k)
        found = Axe().run(tab).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], node["html"][:200]) for one in serious for node in one["nodes"]] == []
    tab.close()


@in_browser
def test_arrows_turn_the_slides_and_a_recording_moves_by_its_own(
    page: Path, chromium: Browser
) -> None:
    tab, wrong = open_deck(chromium, page, 1280)
    here = "(() => { const { h, v } = Reveal.getIndices(); return [h, v ?? 0]; })()"
    assert tab.evaluate(here) == [0, 0]
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(here) == [1, 0]
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate(here) == [1, 1]
    tab.keyboard.press("ArrowRight")
    figure = tab.locator("section.present .course-recording")
    while not figure.count():
        tab.keyboard.press("ArrowDown")
    at, before = tab.evaluate(here), figure.locator("img").get_attribute("src")
    figure.locator("input[type=range]").press("ArrowRight")
    assert figure.locator("img").get_attribute("src") != before
    assert figure.locator("figcaption").inner_text() == "Step 1"
    assert tab.evaluate(here) == at  # the slide stays
    figure.locator("input[type=range]").click()
    tab.wait_for_function("document.activeElement === document.body")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(here) == [at[0] + 1, 0]
    assert wrong == []
    tab.close()


@in_browser
def test_a_formula_is_drawn_and_the_notes_are_for_the_speaker_alone(
    page: Path, chromium: Browser
) -> None:
    tab, _ = open_deck(chromium, page, 1280)
    tab.evaluate("Reveal.slide(1)")
    assert tab.locator("section.present math:visible").count() == 2
    everything = tab.evaluate("document.querySelector('.slides').textContent")
    assert "$" not in everything and "ipynb" not in everything
    assert LONG[:20] not in tab.locator("section.present").last.inner_text()
    assert LONG[:20] in tab.evaluate("Reveal.getSlideNotes()")
    tab.close()
