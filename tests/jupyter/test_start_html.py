"""The start page: what it says of progress, data and machine, and the copy it is written into."""

import json
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from utils import settings
from utils.data import SetStatus
from utils.exercises import progress
from utils.exercises.items import items
from utils.jupyter import start_page, start_view
from utils.jupyter.start_page import Share, data_lines, go_on, lesson_lines, look, page
from utils.settings import START

NAMES = [path.name for path in settings.lessons()]


@pytest.fixture(autouse=True)
def notes(tmp_path, monkeypatch) -> Path:
    """Have progress, data and copies in folders of the test's own; return the progress file."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.setenv("COURSE_DATA_SOURCE", "auto")
    return tmp_path / "progress.jsonl"


class Reader(HTMLParser):
    """Reads links with their text, and the cells of each row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "a":
            self.links.append((dict(attrs)["href"], ""))
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag  # whatever is opened is closed

    def handle_data(self, data):
        if "a" in self.open:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def row_of(html: str, number: str) -> list[str]:
    (row,) = [row for row in Reader(html).rows if row[0].startswith(f"{number} · ")]
    return row


def do_all(number: str) -> None:
    """Note that all of a lesson was done, two of nine cells by hand."""
    progress.record("reading", number, True, cells=[], of=9)
    progress.record("reading", number, True, cells=["setup", "count"], of=9)
    for item in items():
        if item.notebook.startswith(number):
            progress.record(item.kind, item.name, True)


def test_each_lesson_stands_there_with_title_minutes_and_a_link():
    html = page(look(), live=True)
    links = Reader(html).links
    assert links[0] == (NAMES[0], "Begin: 01 · The perceptron: one line between yes and no ›")
    assert [file for file, _ in links[1:]] == NAMES
    for path, (_, said) in zip(settings.lessons(), links[1:], strict=True):
        head = nbformat.read(path, as_version=4).cells[0].source
        assert head.startswith(f"# {said}\n")
        assert f"**Time** {row_of(html, path.name[:2])[1]} min" in head


def test_what_was_done_has_its_tick_and_its_count(notes):
    progress.record("exercise", "04.1", True)
    progress.record("exercise", "04.2", False)
    progress.record("quiz", "04.q1", True)
    do_all("02")
    html = page(look(), live=True)
    assert row_of(html, "04")[2:] == ["–", "1/3", "1/3"]
    assert row_of(html, "02")[2:] == ["2/9", "✓ 3/3", "✓ 3/3"]
    assert row_of(html, "01")[2:] == ["–", "0/4", "0/3"]


def test_the_big_link_leads_where_one_was(notes):
    progress.record("exercise", "08.1", True)
    progress.record("exercise", "04.1", False)
    file, said = Reader(page(look(), live=True)).links[0]
    assert file == "04_gradient_descent.ipynb" and said.startswith("Go on: 04 · Gradient descent")


def lines(*done: str) -> list:
    """Return the lessons, those with these numbers done."""
    full, none = Share(3, 3), Share(0, 3)
    made = lesson_lines((), {})
    return [replace(one, exercises=full if one.number in done else none) for one in made]


@pytest.mark.parametrize(
    ("done", "last", "goes_on"),
    [
        ((), "", "01"),
        ((), "06", "06"),
        (("06",), "06", "07"),
        (("06", "07"), "06", "08"),
        (("20",), "20", "01"),
        (tuple(f"{n:02}" for n in range(1, 21)), "10", "10"),
        ((), "42", "01"),
    ],
)
def test_a_lesson_that_is_done_leads_to_the_next_that_is_not(done, last, goes_on):
    assert go_on(lines(*done), last).number == goes_on


HERE, GONE = Path("mnist.npz"), Path("cifar")


@pytest.mark.parametrize(
    ("one", "source", "here", "said"),
    [
        (SetStatus("mnist", "cached", HERE, 11_490_434, ""), "auto", True, "real, 11 MB"),
        (SetStatus("mnist", "missing", HERE, 0, "x"), "auto", False,
         "not here; the first lesson that needs it fetches it (11 MB)"),
        (SetStatus("cifar10", "missing", GONE, 0, "x"), "auto", False,
         "not here (170 MB); the built-in sample stands in"),
        (SetStatus("cifar10", "missing", GONE, 0, "x"), "real", False,
         "not here; the first lesson that needs it fetches it (170 MB)"),
        (SetStatus("cifar10", "cached", GONE, 170_000_000, ""), "sample", False,
         "the built-in sample, because that was asked for"),
        (SetStatus("cifar10", "cached", GONE, 9, "b.bin has 9 bytes"), "auto", True,
         "real, 0 MB; b.bin has 9 bytes"),
    ],
)  # fmt: skip
def test_a_data_set_is_real_and_here_or_it_says_what_stands_in(one, source, here, said):
    (line,) = data_lines([one], source)
    assert (line.here, line.said) == (here, said)
    assert (line.megabytes > 0) == (one.size == 0)


def test_two_sets_out_of_one_archive_are_fetched_by_one_button():
    sets = [SetStatus(name, "missing", GONE, 0, "") for name in ("mnist", "cifar10", "cats_dogs")]
    glance = replace(look(), data=data_lines(sets, "auto"))
    assert [one.name for one in glance.missing] == ["mnist", "cifar10"]


def test_what_cannot_be_looked_at_is_said_and_the_rest_is_shown(notes, monkeypatch, tmp_path):
    notes.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    html = page(look(), live=True)
    assert f"COURSE_DATA names {tmp_path / 'nowhere'}" in html
    assert f"{notes} can&#39;t be read" in html
    assert len(Reader(html).links) == 21


def test_a_folders_name_is_text_and_no_markup():
    glance = replace(look(), work=Path("/home/<b>ada</b>"), profile="<i>")
    html = page(glance, live=False)
    assert "<b>" not in html and "<i>" not in html and "&lt;b&gt;ada" in html


# The copy


def stored(work: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(work / START, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_the_copy_shows_the_ticks_before_anything_is_run(tmp_path):
    do_all("03")
    start_page.write_start_page(tmp_path)
    original = nbformat.read(settings.NOTEBOOKS / START, as_version=4)
    copy = stored(tmp_path)
    assert [(c.id, c.source) for c in copy.cells] == [(c.id, c.source) for c in original.cells]
    (output,) = [output for cell in copy.cells for output in cell.get("outputs", ())]
    assert row_of(output.data["text/html"], "03")[2:] == ["2/9", "✓ 3/3", "✓ 3/3"]
    assert output.data["text/plain"].startswith("Go on with 04 ")
    at = datetime.now().strftime("%H:")
    assert at in output.data["text/html"]


def test_it_is_written_anew_at_each_start_and_nothing_is_left_beside_it(tmp_path):
    start_page.write_start_page(tmp_path)
    do_all("01")
    start_page.write_start_page(tmp_path)
    (output,) = [output for cell in stored(tmp_path).cells for output in cell.get("outputs", ())]
    assert row_of(output.data["text/html"], "01")[2:] == ["2/9", "✓ 4/4", "✓ 3/3"]
    assert [path.name for path in tmp_path.glob("*.ipynb")] == [START]


def change(path: Path) -> bytes:
    """Write a cell into a notebook as a person does; return its new content."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = ["# Start\n", "My notes."]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.read_bytes()


def test_what_somebody_wrote_into_it_is_kept_beside_it_each_time(tmp_path, capsys):
    path = start_page.write_start_page(tmp_path)
    first = change(path)
    start_page.write_start_page(tmp_path)
    assert (tmp_path / "00_start_mine.ipynb").read_bytes() == first
    assert capsys.readouterr().out.count("is kept in") == 1
    second = change(path)
    start_page.write_start_page(tmp_path)
    assert (tmp_path / "00_start_mine1.ipynb").read_bytes() == second
    assert (tmp_path / "00_start_mine.ipynb").read_bytes() == first
    assert stored(tmp_path).cells[0].source.startswith("# Start\n\nA notebook")


def test_an_empty_cell_that_jupyterlab_added_is_nothing_to_keep(tmp_path):
    path = start_page.write_start_page(tmp_path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(" \n"))
    nbformat.write(notebook, path)
    start_page.write_start_page(tmp_path)
    assert [one.name for one in tmp_path.glob("*.ipynb")] == [START]


def test_an_earlier_editions_page_that_nobody_changed_is_not_kept(tmp_path):
    path = start_page.write_start_page(tmp_path)
    old = json.loads(path.read_text(encoding="utf-8"))
    old["cells"][0]["source"] = ["# Start\n", "As it was a year ago."]
    old["metadata"][start_page.MARK] = start_page._digest(start_page._sources(old))
    path.write_text(json.dumps(old), encoding="utf-8")
    start_page.write_start_page(tmp_path)
    assert [one.name for one in tmp_path.glob("*.ipynb")] == [START]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe"])
def test_a_damaged_start_page_is_kept_aside_and_written_anew(tmp_path, content):
    (tmp_path / START).write_bytes(content)
    start_page.write_start_page(tmp_path)
    assert (tmp_path / "00_start_mine.ipynb").read_bytes() == content
    assert stored(tmp_path).cells


def test_the_plain_links_of_the_notebook_are_all_lessons_by_their_titles():
    cells = nbformat.read(settings.NOTEBOOKS / START, as_version=4).cells
    found = re.findall(r"\[(\d\d [^\]]+)\]\((\S+?)\)", cells[-1].source)
    titles = {
        one.file: f"{one.number} {one.title.partition(':')[0]}" for one in lesson_lines((), {})
    }
    assert {file: said for said, file in found} == titles
    assert [file for _, file in found] == NAMES


# What moves


def test_without_internet_one_sentence_says_so_and_the_buttons_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    view = start_view.StartView()
    view.refresh()
    button = view.buttons.children[0]
    assert button.description == "Fetch MNIST (11 MB)"
    button.click()
    said = view.said.value
    assert "mnist.npz could not be downloaded (storage.googleapis.com: " in said
    assert said.count("Until there is internet, the lessons use the sample.") == 1
    assert not any(one.disabled for one in view.buttons.children)


def test_a_set_that_was_fetched_has_no_button_any_more(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "cache_dir", lambda: tmp_path)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    view = start_view.StartView()
    view.refresh()
    (tmp_path / "mnist.npz").write_bytes(b"x")
    view.refresh()
    names = [one.description for one in view.buttons.children]
    assert names[-1] == "Refresh" and not any("MNIST" in name for name in names)
