"""The gallery of widgets is complete and true, and the book finds where lessons show them."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import gallery
from tools.book.widget_pages import GALLERY, WidgetPages, modules, rows, uses, with_links
from utils import settings

SHOWN = {**gallery.WIDGETS, **gallery.TRAINED, **gallery.DEEP}


def test_every_widget_has_a_row_a_picture_and_a_script_that_makes_it() -> None:
    assert set(modules().values()) == set(rows())
    for name in rows():
        address = f"pictures/widget-{name}.png"
        assert f"[{name}]: {address}\n" in GALLERY.read_text(encoding="utf-8")
        assert (GALLERY.parent / address).is_file() and name in SHOWN


def test_every_picture_of_a_widget_is_of_one_in_the_gallery() -> None:
    made = {path.stem for path in gallery.PICTURES.glob("widget-*.png")}
    assert made == {f"widget-{name}" for name in SHOWN}


def numbers(lessons: str) -> list[str]:
    """Return the lessons of `02, 05–07`, one by one."""
    spans = [part.split("–") for part in lessons.split(", ")]
    return [f"{k:02}" for one in spans for k in range(int(one[0]), int(one[-1]) + 1)]


def test_a_row_names_the_lessons_that_show_its_widget_and_no_other() -> None:
    found: dict[str, list[str]] = {name: [] for name in rows()}
    for path in settings.lessons():
        for use in uses(nbformat.read(path, 4)):
            found[use.module].append(path.name[:2])
    shown = {name: sorted(set(lessons)) for name, lessons in found.items()}
    assert {name: numbers(row.lessons) for name, row in rows().items()} == shown


def test_a_widget_is_found_by_its_function_and_by_what_a_study_lesson_calls() -> None:
    cells = [
        new_markdown_cell("# 01 · A\n\n## 1  First"),
        new_code_cell("network.predict(x)\n\ndef perceptron(x): ...\n\nperceptron(1)"),
        new_code_cell("widgets.two_moons('dropout')"),
        new_markdown_cell("## 2  Second\n\nwords"),
        new_code_cell("study = StudyLesson('a')\nstudy.recipe()"),
        new_code_cell("study.predict()\nstudy.run()"),
        new_code_cell("from utils.widgets import predict\npredict('01', names)"),
    ]
    found = list(uses(new_notebook(cells=cells)))
    assert [(one.module, one.place) for one in found] == [
        ("moons", 2), ("predict", 5), ("live", 5), ("predict", 6),
    ]  # fmt: skip
    assert [one.section for one in found] == ["1  First"] + 3 * ["2  Second"]


@pytest.fixture
def made(tmp_path):
    """Return the text of each page, made of two lessons, and the second lesson's own page."""
    pages, recording = WidgetPages(), '<figure class="course-recording">{}</figure>'
    for number in "12":
        cells = [
            new_markdown_cell(f"# 0{number} · A\n\n## {number}  Why?"),
            new_code_cell("widgets.two_moons()"), new_code_cell("widgets.predict()"),
        ]  # fmt: skip
        notebook, page = new_notebook(cells=cells), new_notebook(cells=list(cells))
        shown = {"text/html": recording.format(number)}
        page.cells[1] = new_code_cell(outputs=[nbformat.v4.new_output("display_data", shown)])
        pages.gather(settings.NOTEBOOKS / f"0{number}_a.ipynb", notebook, page)
    names = pages.write(tmp_path / "widgets", lambda text: text)
    written = {one.stem: one.read_text(encoding="utf-8") for one in tmp_path.glob("widgets/*.md")}
    assert set(names) == set(written)
    return written, page


def test_a_page_has_the_idea_the_first_recording_and_each_place_that_shows_it(made) -> None:
    text = made[0]["moons"]
    idea = rows()["moons"].idea
    assert text.startswith(f"# Two moons\n\n{idea[0].upper()}{idea[1:]}\n")
    assert re.findall("course-recording.*>(.)<", text) == ["1"]
    links = [f"- 0{k} · A · [{k}  Why?](../notebooks/0{k}_a.ipynb#{k}--Why%3F)" for k in (1, 2)]
    assert text.endswith("\n".join(links) + "\n")


def test_a_widget_that_no_lesson_has_recorded_is_shown_as_in_the_gallery(made) -> None:
    row = rows()["predict"]
    assert f"![{row.alt}](../docs/pictures/widget-predict.png)" in made[0]["predict"]


def test_lesson_and_gallery_lead_to_the_page(made) -> None:
    assert made[1].cells[2].source.startswith("{doc}`/widgets/moons`")
    assert made[1].cells[4].source.startswith("{doc}`/widgets/predict`")
    text = with_links(GALLERY.read_text(encoding="utf-8"))
    assert re.findall("{doc}`/widgets/([a-z_]+)`", text) == list(rows())
