"""The book, made of the lessons as they were executed for test_execute.py, in a real browser."""

import html.parser
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from site_pages import opened
from slide_faults import slide_faults
from starting import LONG

from tools.book.sources import PAGES, lay_out
from tools.book.widget_pages import modules
from tools.browser import find_chromium, launch
from utils import settings
from utils.errors import CourseError
from utils.jupyter.run_all import run_notebooks

pytest.importorskip("sphinx_revealjs", reason="`make setup` installs it")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="needs the system package chromium")
LESSONS = [path.stem for path in settings.lessons()]
SHOWN = ("index", "docs/glossary", "docs/widgets", "widgets/perceptron",
         *(f"notebooks/{name}" for name in LESSONS if name[:2] in ("01", "08", "11")))  # fmt: skip
# What a page's head leads to, where it fetches all else that it names.
LEADING = ("index", "search", "next", "prev", "author")


@pytest.fixture(scope="module")
def site(course: Path) -> Path:
    """Return the folder of the built site; lessons that weren't executed yet are first."""
    build = course / "build"
    lacking = [name[:2] for name in LESSONS if not (build / "notebooks" / f"{name}.ipynb").exists()]
    if lacking:  # run alone
        run_notebooks(",".join(lacking), profile="smoke", runs_dir=course / "runs",
                      build_dir=build, progress=False)  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tools.book"], cwd=settings.ROOT, capture_output=True, text=True,
        env=os.environ | {"COURSE_BUILD": str(build)}, timeout=LONG,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return build / "book" / "html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


class Links(html.parser.HTMLParser):
    """What a page points to, what it fetches, and its anchors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        leads = tag == "a" or (tag == "link" and given.get("rel") in LEADING)
        if leads and "href" in given:
            self.targets.append(given["href"])
        else:
            self.fetched += [given[name] for name in ("src", "href") if given.get(name)]


def test_no_link_is_dead_every_page_is_reached_and_nothing_comes_from_elsewhere(site: Path) -> None:
    read: dict[Path, Links] = {}
    waiting = [site / "index.html"]
    while waiting:
        page = waiting.pop()
        if page in read or page.suffix != ".html":
            continue
        read[page] = Links(page)
        for address in (*read[page].targets, *read[page].fetched):
            parts = urllib.parse.urlsplit(address)
            if parts.scheme:
                assert address not in read[page].fetched or parts.scheme == "data", address
            elif parts.path:
                target = (page.parent / urllib.parse.unquote(parts.path)).resolve()
                assert target.is_file(), f"{page.name}: {address}"
                waiting.append(target)
    for page, links in read.items():
        for address in links.targets:
            parts = urllib.parse.urlsplit(address)
            target = (page.parent / urllib.parse.unquote(parts.path)).resolve()
            if parts.fragment and not parts.scheme and (target in read or not parts.path):
                own = links if not parts.path else read[target]
                assert urllib.parse.unquote(parts.fragment) in own.anchors, f"{page}: {address}"
    reached = {page.relative_to(site).with_suffix("").as_posix() for page in read}
    assert {f"notebooks/{name}" for name in LESSONS} <= reached
    assert {f"docs/{name}" for name in PAGES} <= reached
    assert {f"widgets/{name}" for name in modules().values()} <= reached
    assert {f"slides/{name}" for name in LESSONS} <= reached


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_fits_is_for_all_and_asks_nobody(
    site: Path, chromium: Browser, name: str, width: int
) -> None:
    theme = "light" if width == 1280 else "dark"
    tab, wrong = opened(chromium, site / f"{name}.html", width, theme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []  # before axe, which asks for style sheets that a file's page may not read
    found = Axe().run(tab, context={"include": [["article"]]}).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], node["html"][:200]) for one in serious for node in one["nodes"]] == []
    tab.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_every_slide_of_a_lesson_fits_or_scrolls(site: Path, chromium: Browser, width: int) -> None:
    for name in LESSONS if width == 1280 else LESSONS[:1]:
        theme = "light" if width == 1280 else "dark"
        tab, wrong = opened(chromium, site / "slides" / f"{name}.html", width, theme)
        tab.wait_for_function("window.Reveal && Reveal.isReady()")
        assert (name, slide_faults(tab), wrong) == (name, [], [])
        tab.close()


@pytest.mark.parametrize(
    ("name", "width"), [(f"notebooks/{LESSONS[0]}", 1280), ("widgets/perceptron", 1280),
                        ("widgets/perceptron", 390)]
)  # fmt: skip
def test_a_recorded_widget_moves_by_key_and_has_a_picture_for_each_theme(
    site: Path, chromium: Browser, name: str, width: int
) -> None:
    tab, wrong = opened(chromium, site / f"{name}.html", width, "dark")
    figure = tab.locator(".course-recording").first
    picture, caption = figure.locator("img"), figure.locator("figcaption")
    before = picture.get_attribute("src"), caption.inner_text()
    figure.locator("input[type=range]").first.press("ArrowRight")
    after = picture.get_attribute("src"), caption.inner_text()
    assert all(one != other for one, other in zip(before, after, strict=True))
    shown = picture.evaluate("(img) => getComputedStyle(img).content")
    assert "url(" in shown and Path(after[0]).name not in shown  # the dark one
    assert picture.evaluate("(img) => img.naturalWidth") > 300
    assert wrong == []
    tab.close()


def test_the_search_finds_a_word_without_a_server(site: Path, chromium: Browser) -> None:
    tab, _ = opened(chromium, site / "index.html", 1280, "light")
    tab.get_by_role("textbox", name="Search").fill("perceptron")
    tab.keyboard.press("Enter")
    tab.locator("#search-results li a").first.wait_for()
    assert any("01_perceptron" in one.get_attribute("href")
               for one in tab.locator("#search-results li a").all())  # fmt: skip
    tab.close()


def test_formulas_are_drawn_by_the_browser_itself(site: Path, chromium: Browser) -> None:
    lesson = next(name for name in LESSONS if name.startswith("08"))
    tab, _ = opened(chromium, site / "notebooks" / f"{lesson}.html", 1280, "light")
    assert tab.locator("math").count() > 10
    assert "$" not in "".join(tab.locator("article p").all_inner_texts())
    tab.close()


def test_a_lesson_that_was_changed_since_is_not_shown(
    course: Path, site: Path, tmp_path: Path
) -> None:
    executed = tmp_path / "notebooks"
    executed.mkdir()
    for path in (course / "build" / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, 4)
        if path.name.startswith("04"):
            notebook.cells[0].source += "!"
        nbformat.write(notebook, executed / path.name)
    with pytest.raises(CourseError, match="04_.* hasn't been executed as it stands") as error:
        lay_out(executed, tmp_path / "source")
    assert "course run --only 04" in str(error.value)
