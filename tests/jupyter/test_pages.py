"""The page of an executed notebook: widgets become their static pictures."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.jupyter.execute import execute, kernel_environment, run_to_its_end
from utils.jupyter.html_copies import write_copies

CODE = """
from utils.exercises import quiz
from utils.widgets import perceptron
perceptron("OR", 1.0, 1.0, -0.5)
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    cells = [new_code_cell(CODE, id="widget"), new_code_cell('quiz("01")', id="quiz")]
    notebook = new_notebook(cells=cells)
    environment = kernel_environment("smoke", "auto", folder / "runs")
    environment["COURSE_PROGRESS"] = str(folder / "progress.jsonl")
    _, failures = run_to_its_end(execute(notebook, folder, environment))
    assert failures == []
    copy, path, problems = write_copies(notebook, folder / "01_a.ipynb", folder / "build")
    assert problems == []
    return path.read_text(encoding="utf-8"), nbformat.read(copy, as_version=4)


def test_a_reader_without_a_kernel_sees_the_picture_and_its_description(page):
    text, _ = page
    assert 'class="course-static"' in text
    assert 'alt="The pattern OR in the plane' in text
    assert "all four rows are right." in text


def test_a_reader_without_a_kernel_can_use_the_quiz(page):
    text, _ = page
    assert text.count("<details") >= 3


def test_the_page_asks_for_no_widget_code(page):
    text, _ = page
    assert "html-manager" not in text and "widget-view+json" not in text
    assert "widget-state+json" not in text


def test_the_copy_keeps_the_widget(page):
    _, copy = page
    views = [out for cell in copy.cells for out in cell.outputs
             if "application/vnd.jupyter.widget-view+json" in out.get("data", {})]  # fmt: skip
    assert len(views) == 2


def test_a_widget_without_a_picture_leaves_no_empty_output(tmp_path):
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "Tab()"}
    cell = new_code_cell("tab", outputs=[new_output("display_data", data=data)])
    notebook = new_notebook(cells=[cell])
    _, path, _ = write_copies(notebook, tmp_path / "a.ipynb", tmp_path / "build")
    text = path.read_text(encoding="utf-8")
    assert "Tab()" not in text and "widget-view" not in text


def test_folded_code_is_left_out_of_the_page_and_stays_in_the_copy(tmp_path):
    shown = [new_output("stream", text="drawn")]
    cell = new_code_cell("draw_it()", metadata={"jupyter": {"source_hidden": True}}, outputs=shown)
    notebook = new_notebook(cells=[cell, new_code_cell("teach_it()")])
    copy, path, _ = write_copies(notebook, tmp_path / "a.ipynb", tmp_path / "build")
    text = path.read_text(encoding="utf-8")
    assert "draw_it" not in text and "drawn" in text and "teach_it" in text
    assert nbformat.read(copy, as_version=4).cells[0].source == "draw_it()"


def test_start_leads_to_the_report_beside_the_pages(tmp_path):
    (tmp_path / "00_start.ipynb").write_text("{}")
    notebook = new_notebook(cells=[new_markdown_cell("[Start](00_start.ipynb)")])
    _, path, _ = write_copies(notebook, tmp_path / "a.ipynb", tmp_path / "build" / "notebooks")
    assert 'href="../report.html"' in path.read_text(encoding="utf-8")


def test_a_page_leads_to_those_of_this_run_and_of_earlier_ones_else_to_the_notebook(tmp_path):
    names, build = ("01_a", "02_b", "03_c", "04_d"), tmp_path / "build"
    for name in names:
        (tmp_path / f"{name}.ipynb").write_text("{}")
    prose = " ".join(f"[{name}]({name}.ipynb)" for name in names)
    notebook = new_notebook(cells=[new_markdown_cell(prose)])
    write_copies(notebook, tmp_path / "01_a.ipynb", build)
    _, path, _ = write_copies(notebook, tmp_path / "02_b.ipynb", build, ("02_b", "04_d"))
    text = path.read_text(encoding="utf-8")
    steps, _, lesson = text.partition("<main>")
    assert re.findall('href="([^"]*)"', steps) == ["01_a.html", "../report.html", "04_d.html"]
    wanted = ["01_a.html", "02_b.html", "../03_c.ipynb", "04_d.html"]
    assert re.findall('href="([^"]*)"', lesson) == wanted
