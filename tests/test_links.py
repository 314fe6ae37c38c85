"""The course's pages: links, files, commands and rooms that they name are there; README is short.

Links are followed in notebooks too. Nothing is fetched for that.
"""

import html
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from test_house import ROOMS

from utils import settings
from utils.cli.main import app

ROOT = settings.ROOT
README_LINES, README_COLUMNS = 120, 110
TOPICS = (
    "classroom",
    "cloud",
    "experiments",
    "export",
    "learners",
    "machines",
    "measurements",
    "spreadsheets",
    "teaching",
    "widgets",
)


def pages() -> list[Path]:
    """Return the Markdown pages and notebooks of the repository."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("docs/**/*.md")]
    found += ROOT.glob("notebooks/**/*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def markdown(path: Path) -> str:
    """Return a page's Markdown, or that of all of a notebook's Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(one["source"]) for one in cells if one["cell_type"] == "markdown")


def without_code(text: str) -> str:
    text = re.sub(r"(?ms)^[ \t]*(```+|~~~+).*?^[ \t]*\1[ \t]*$", "", text)
    return re.sub(r"(?s)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


def links(text: str) -> list[str]:
    """Return the targets of all links and pictures, written in Markdown or in HTML."""
    text = without_code(text)
    found = re.findall(r"\]\(\s*<([^>]*)>", text)
    found += re.findall(r"\]\(\s*([^\s<>()]*(?:\([^\s()]*\)[^\s()]*)*)", text)
    found += re.findall(r"(?m)^[ ]{0,3}\[[^\]^]+\]:\s*<?(\S+?)>?\s*(?:[\"'(].*)?$", text)
    found += re.findall(
        r"""<(?:a|img|source)\s[^>]*?(?:href|src|srcset)\s*=\s*["']([^"']*)""", text
    )
    found += re.findall(r"<(https?:[^>\s]*)>", text)
    return [html.unescape(target) for target in found if target]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings: GitHub's, or JupyterLab's in a notebook."""
    text = re.sub(r"(?ms)^(```+|~~~+).*?^\1", "", markdown(path))
    headings = re.findall(r"(?m)^#{1,6}\s+(.+?)\s*#*\s*$", text)
    found = set(re.findall(r"""<[^>]*\b(?:id|name)\s*=\s*["']([^"']+)""", text))
    if path.suffix == ".ipynb":
        return found | {heading.replace("`", "").replace(" ", "-") for heading in headings}
    slugs: list[str] = []
    for heading in headings:
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        slugs.append(f"{slug}-{slugs.count(slug)}" if slug in slugs else slug)
    return found | set(slugs)


def complaint(target: str, path: Path) -> str:
    """Return what is wrong with a link of that page; nothing where it is right."""
    url = urllib.parse.urlsplit(target)
    if url.scheme in ("http", "https"):
        right = re.fullmatch(r"(localhost|127\.0\.0\.1|[\w-]+(\.[\w-]+)+)(:\d+)?", url.netloc)
        return "" if right and not re.search(r"\s", target) else "is no web address"
    if url.scheme == "mailto":
        return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", url.path) else "is no address"
    if url.scheme or target.startswith("/"):
        return "leads out of the repository"
    goal = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
    if not goal.is_relative_to(ROOT):
        return "leads out of the repository"
    if not goal.exists():
        return "leads to nothing"
    anchor = urllib.parse.unquote(url.fragment)
    if anchor and goal.suffix in (".md", ".ipynb") and anchor not in anchors(goal):
        return "leads to no heading"
    return ""


def complaints(path: Path) -> list[str]:
    wrong = [(target, complaint(target, path)) for target in links(markdown(path))]
    return [f"{target} {why}" for target, why in wrong if why]


PAGES = [path for path in pages() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_pages_that_everybody_reads_are_there():
    names = ["README", "ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "data/README"]
    names += [f"docs/{topic}" for topic in TOPICS]
    assert {f"{name}.md" for name in names} <= {name_of(path) for path in PAGES}


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_link_of_a_page_leads_somewhere(path):
    assert complaints(path) == []


def test_every_page_is_found_from_the_readme():
    found, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in found:
            found.add(page)
            targets = (urllib.parse.urlsplit(link) for link in links(markdown(page)))
            todo += [(page.parent / one.path).resolve() for one in targets
                     if not one.scheme and one.path.endswith(".md")]  # fmt: skip
    assert found == set(PAGES)


def test_the_readme_is_one_page():
    lines = markdown(ROOT / "README.md").splitlines()
    assert len(lines) <= README_LINES
    assert [line for line in lines if len(line) > README_COLUMNS] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_has_one_title_and_its_pictures_an_alt_text(path):
    text = without_code(re.sub(r"(?m)^ {4}.*$", "", markdown(path)))
    assert len(re.findall(r"(?m)^# ", text)) == 1
    assert [alt for alt in re.findall(r"!\[([^\]]*)\]", text) if len(alt.split()) < 3] == []


# What pages name: files, commands with their flags, targets of make, rooms.

OURS = (
    r"(?:utils|tests|tools|benchmarks|notebooks|docs|binder|data/(?:reference|quizzes|exercises))/"
)


def code(text: str) -> list[str]:
    """Return a page's code: each line of a block, and each span, without a comment."""
    blocks = re.findall(r"(?m)^ {4,}(\S.*)$", text)
    spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", text)
    return [re.sub(r"\s+# .*", "", line) for line in (*blocks, *spans)]


def missing_files(text: str) -> list[str]:
    """Return the files and folders of ours that a page names though they aren't there.

    `NN` stands for a notebook's number, `NN_name` for its file.
    """
    named = {span for span in code(text) if re.fullmatch(OURS + r"[\w./]*", span)}
    globs = {one: one.replace("NN_name", "NN_*").replace("NN", "[0-9][0-9]") for one in named}
    return sorted(one for one, pattern in globs.items() if not any(ROOT.glob(pattern)))


def wrong_commands(text: str) -> Iterator[str]:
    """Yield what a page's code says after `course` that isn't a command or a flag of it."""
    for line in code(text):
        for words in re.findall(r"(?:^|[\s\\/])course ([a-z][^&;|]*)", line):
            command, rest = typer.main.get_command(app), words.split()
            while (commands := getattr(command, "commands", {})) and rest and rest[0].islower():
                if rest[0] not in commands:
                    yield rest[0]
                    break
                command = commands[rest.pop(0)]
            else:
                known = {flag for one in command.params for flag in one.opts} | {"--help"}
                flags = {word.partition("=")[0] for word in rest if re.match("--?[a-z]", word)}
                yield from flags - known


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(path):
    assert missing_files(markdown(path)) == []


# The changelog names commands that are gone, too.
TODAY = [path for path in PAGES if path.name != "CHANGELOG.md"]


@pytest.mark.parametrize("path", TODAY, ids=name_of)
def test_every_command_that_a_page_names_is_the_courses(path):
    assert list(wrong_commands(markdown(path))) == []


def test_every_target_of_make_that_a_page_names_is_the_makefiles():
    targets = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    lines = [line for path in PAGES for line in code(markdown(path))]
    named = {name for line in lines for name in re.findall(r"(?:^|\s)make ([\w-]+)", line)}
    assert named and named <= targets


def test_the_map_lists_the_rooms_from_the_top_down():
    rows = re.findall(r"(?m)^\| `(\w+)/` \|", markdown(ROOT / "ARCHITECTURE.md"))
    assert rows == list(ROOMS[1:13])


def test_the_look_at_what_a_page_names_finds_what_is_not_there():
    page = "`utils/nowhere.py` `utils/files.py` `notebooks/NN_name.ipynb` `tests/NN.py` `x/y`"
    assert missing_files(page) == ["tests/NN.py", "utils/nowhere.py"]
    page = "`course lend`, `course data lend`\n\n    course run --fast --only 01  # --slow\n"
    assert list(wrong_commands(page)) == ["--fast", "lend", "lend"]


# The look at links, tried on a page of its own.


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Return a function that writes a page in a small repository and returns the complaints."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "other (1).md").write_text("# One thing\n\n## One thing\n\n## `code` & more\n")
    book = {"cells": [{"cell_type": "markdown", "source": ["# 01 · Sums\n", "## 2  Why?"]}]}
    (tmp_path / "sums.ipynb").write_text(json.dumps(book), encoding="utf-8")

    def write(text: str) -> list[str]:
        (tmp_path / "page.md").write_text(f"# Here\n\n{text}\n", encoding="utf-8")
        return complaints(tmp_path / "page.md")

    return write


@pytest.mark.parametrize(
    "text",
    [
        "[a](other%20(1).md) [b](<other (1).md>) [c](#here) [d](other%20(1).md#one-thing-1)",
        "[a](other%20(1).md#code--more) [b](sums.ipynb#01-·-Sums) [c](sums.ipynb#2--Why?)",
        "[a](https://example.org/a_(b)?q=1#x) <https://example.org> [c](http://localhost:8888/lab)",
        "![alt](sums.ipynb) [![alt](sums.ipynb)](https://example.org 'title')",
        "`[a](nowhere.md)`\n\n```\n[a](nowhere.md)\n```\n",
        "[a][1]\n\n[1]: sums.ipynb 'title'",
        '<a href="sums.ipynb"><img src="sums.ipynb" alt="x"></a> [m](mailto:a@example.org)',
    ],
)
def test_a_right_link_is_let_pass(page, text):
    assert page(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a](nowhere.md)", "leads to nothing"),
        ("[a](#there)", "leads to no heading"),
        ("[a](other%20(1).md#two)", "leads to no heading"),
        ("[a](sums.ipynb#Nothing)", "leads to no heading"),
        ("[a](../elsewhere.md)", "leads out of the repository"),
        ("[a](/page.md)", "leads out of the repository"),
        ("[a](file:///page.md)", "leads out of the repository"),
        ("[a](https:example.org)", "is no web address"),
        ("[a](https://example)", "is no web address"),
        ("![alt](nowhere.png)", "leads to nothing"),
        ("[![alt](nowhere.png)](sums.ipynb)", "leads to nothing"),
        ("[a][1]\n\n[1]: nowhere.md", "leads to nothing"),
        ('<img alt="x" src="nowhere.png">', "leads to nothing"),
        ("[m](mailto:nobody)", "is no address"),
    ],
)
def test_a_wrong_link_is_found(page, text, why):
    (found,) = page(text)
    assert found.endswith(why)
