"""Executing notebooks: with real kernels, on small notebooks that are good or broken."""

import sys
from pathlib import Path

import nbformat
import pytest
from made_notebooks import text_outputs, write
from starting import LONG

from utils.errors import CourseError
from utils.jupyter.report import NotebookResult, Report
from utils.jupyter.run_all import run_notebooks

GOOD = """
import os, sys, time
time.sleep(0.5)
from pathlib import Path
from utils import settings
print("python", sys.executable)
print("folder", Path.cwd().name, "backend", os.environ["MPLBACKEND"])
print(settings.profile_name(), settings.data_source(), settings.runs_dir())
"""
CALLBACK = """
from ipywidgets import IntSlider, interact
slider = IntSlider(2, 0, 5)
def draw(x):
    return 6 / x
_ = interact(draw, x=slider)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    write(folder, "01_good", GOOD, "1 + 1")
    write(folder, "02_breaks", "x = 1", "\nprint('before')\n1 / 0", "print('never')")
    write(folder, "03_callback", CALLBACK, "slider.value = 0", "slider.value = 3\nprint('after')")
    write(folder, "04_button", "from ipywidgets import Button\nb = Button()",
          "b.on_click(lambda _: {}['key'])\nb.click()\nprint('after')")  # fmt: skip
    write(folder, "05_dies", "import os", "os._exit(3)")
    write(folder, "06_expected", "raise ValueError('meant')", "print('on')",
          tags=("raises-exception",))  # fmt: skip
    (folder / "07_no_json.ipynb").write_text("{ not json", encoding="utf-8")
    write(folder, "08_last", "print('last')")
    write(folder, "draft", "1 / 0")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return run_notebooks(
        profile="smoke",
        data_source="sample",
        runs_dir=folder.parent / "runs",
        notebooks_dir=folder,
        build_dir=folder.parent / "build",
        progress=False,
    )


def result(report: Report, name: str) -> NotebookResult:
    return next(each for each in report.results if each.name == name)


def test_a_good_notebook_passes_and_its_slowest_cell_is_known(report: Report) -> None:
    good = result(report, "01_good")
    assert good.passed and (good.cells, good.of) == (2, 2)
    assert good.slowest is not None and good.slowest.number == 2
    assert good.slowest.first_line == "import os, sys, time"
    assert good.slowest.seconds <= good.seconds


def test_the_kernel_is_this_python_in_the_notebooks_folder_with_the_settings_asked_for(
    report: Report, folder: Path
) -> None:
    output = text_outputs(result(report, "01_good").executed)
    assert f"python {sys.executable}\n" in output
    assert "folder notebooks backend module://matplotlib_inline" in output
    assert f"smoke sample {folder.parent / 'runs'}" in output


def test_a_failing_cell_is_named_with_its_number_first_line_and_error(report: Report) -> None:
    (failure,) = result(report, "02_breaks").failures
    assert (failure.kind, failure.cell_id, failure.number) == ("cell", "cell-2", 3)
    assert failure.first_line == "print('before')"
    assert failure.error == "ZeroDivisionError: division by zero"


def test_a_failing_notebook_stops_there_and_keeps_what_it_printed(report: Report) -> None:
    broken = result(report, "02_breaks")
    assert text_outputs(broken.executed) == "before\n"
    assert (broken.cells, broken.of) == (2, 3)


def test_an_error_in_an_interact_callback_is_found_and_the_notebook_goes_on(
    report: Report,
) -> None:
    broken = result(report, "03_callback")
    (failure,) = broken.failures
    assert (failure.kind, failure.cell_id) == ("callback", "cell-2")
    assert failure.error == "ZeroDivisionError: division by zero"
    assert text_outputs(broken.executed) == "after\n"


def test_an_error_in_a_buttons_callback_is_found(report: Report) -> None:
    (failure,) = result(report, "04_button").failures
    assert (failure.kind, failure.cell_id, failure.error) == (
        "callback", "cell-2", "KeyError: 'key'"
    )  # fmt: skip


def test_a_dead_kernel_is_told_with_the_cell_that_killed_it(report: Report) -> None:
    (failure,) = result(report, "05_dies").failures
    assert (failure.kind, failure.cell_id, failure.first_line) == (
        "kernel", "cell-2", "os._exit(3)"
    )  # fmt: skip


def test_an_error_that_the_cell_is_tagged_to_raise_is_none(report: Report) -> None:
    expected = result(report, "06_expected")
    assert expected.passed and text_outputs(expected.executed) == "on\n"


def test_a_file_that_is_no_notebook_is_told_and_the_next_ones_run(report: Report) -> None:
    (failure,) = result(report, "07_no_json").failures
    assert failure.kind == "file" and result(report, "07_no_json").executed is None
    assert result(report, "08_last").passed


def test_only_numbered_notebooks_are_run_and_in_order(report: Report) -> None:
    names = [each.name for each in report.results]
    assert names == sorted(names) and "draft" not in names and len(names) == 8


def test_failures_make_exit_code_1_and_a_line_each_in_the_summary(report: Report) -> None:
    assert report.exit_code == 1
    lines = report.summary().splitlines()
    assert (
        "✗ 02_breaks: cell 3 (cell-2), `print('before')`: error in a cell: "
        "ZeroDivisionError: division by zero"
    ) in lines
    assert lines[-1].startswith("3 of 8 notebooks passed, 5 failed in ")
    assert lines[-1].endswith(f"Report: {report.path}")


def test_the_page_shows_each_notebook_and_links_to_the_cell_that_failed(report: Report) -> None:
    page = report.path.read_text(encoding="utf-8")
    for each in report.results:
        assert each.name in page
    assert 'href="notebooks/02_breaks.html#cell-id=cell-2"' in page
    assert 'id="cell-id=cell-2"' in (report.path.parent / "notebooks/02_breaks.html").read_text(
        encoding="utf-8"
    )
    assert "src=" not in page and "@import" not in page and "http" not in page


def test_no_half_written_file_is_left_and_the_sources_are_untouched(
    report: Report, folder: Path
) -> None:
    assert not list(report.path.parent.rglob("*.part"))
    for name in ("01_good", "02_breaks"):
        cells = nbformat.read(folder / f"{name}.ipynb", as_version=4).cells
        assert all(not cell.get("outputs") for cell in cells)


def test_a_cell_that_hangs_is_stopped_at_the_time_limit(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "01_hangs", "x = 1", "import time\ntime.sleep(600)")
    for seconds in (3, 60):  # on a busy machine the first cell may take longer than a moment
        report = run_notebooks(
            timeout=seconds, notebooks_dir=tmp_path / "notebooks", build_dir=tmp_path,
            progress=False,
        )  # fmt: skip
        (failure,) = report.results[0].failures
        assert failure.kind == "timeout" and f"more than {seconds} s" in failure.error
        if failure.cell_id == "cell-2":
            break
    assert failure.cell_id == "cell-2"


def test_without_a_terminal_there_is_one_line_a_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "notebooks", "01_good", "1 + 1")
    write(tmp_path / "notebooks", "02_breaks", "1 / 0")
    places = {"notebooks_dir": tmp_path / "notebooks", "build_dir": tmp_path / "build"}
    report = run_notebooks(jobs=1, **places)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("1/2 ✓ 01_good") and "passed" in lines[0]
    assert lines[1].startswith("2/2 ✗ 02_breaks") and "FAILED" in lines[1]
    assert report.exit_code == 1


def test_links_in_the_page_lead_to_the_other_page_or_to_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    write(folder / "solutions", "01_first", "1")
    write(folder, "02_second", "1")
    write(folder, "01_first", "1")
    notebook = nbformat.read(folder / "01_first.ipynb", as_version=4)
    notebook.cells[
        0
    ].source = (
        "# Links\n[a](02_second.ipynb#Part) [b](solutions/01_first.ipynb) [c](https://x.org/a)"
    )
    nbformat.write(notebook, folder / "01_first.ipynb")
    report = run_notebooks(
        "1,2", notebooks_dir=folder, build_dir=tmp_path / "build", progress=False
    )
    page = report.results[0].page
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert 'href="02_second.html#Part"' in text  # it is still to come, in this run
    assert 'href="../../notebooks/solutions/01_first.ipynb"' in text
    assert 'href="https://x.org/a"' in text


MEETS = """
import pathlib, time
here, other = (pathlib.Path({folder!r}, name) for name in {names!r})
here.touch()
end = time.monotonic() + {seconds}
while not other.exists():
    assert time.monotonic() < end, "the other notebook didn't run meanwhile"
    time.sleep(0.05)
"""


def test_notebooks_run_side_by_side_a_line_as_each_ends_and_the_report_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "notebooks"
    meets = {"folder": str(tmp_path), "seconds": LONG}
    page = tmp_path / "build" / "notebooks" / "02_first.html"  # the last thing of it but its line
    waits = f"while not pathlib.Path({str(page)!r}).exists(): time.sleep(0.1)"
    write(folder, "01_last", MEETS.format(names=("a", "b"), **meets), waits)
    write(folder, "02_first", MEETS.format(names=("b", "a"), **meets))
    report = run_notebooks(jobs=2, notebooks_dir=folder, build_dir=tmp_path / "build")
    assert report.passed, report.summary()
    assert [line[:14] for line in capsys.readouterr().out.splitlines()] == [
        "1/2 ✓ 02_first", "2/2 ✓ 01_last "
    ]  # fmt: skip
    assert [each.name for each in report.results] == ["01_last", "02_first"]
    assert "2 side by side" in report.path.read_text(encoding="utf-8")


def test_a_kernel_beside_others_is_told_its_threads_and_one_alone_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    folder = tmp_path / "notebooks"
    for name in ("01_a", "02_b"):
        write(folder, name, "import os; print(os.environ.get('TF_NUM_INTEROP_THREADS', 'free'))")
    for jobs, told in ((2, "1\n"), (1, "free\n")):
        report = run_notebooks(
            jobs=jobs, notebooks_dir=folder, build_dir=tmp_path / "build", progress=False
        )
        assert [text_outputs(each.executed) for each in report.results] == [told] * 2


def test_an_unknown_profile_or_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There are no notebooks in"):
        run_notebooks(notebooks_dir=tmp_path)
    write(tmp_path, "01_a", "1")
    with pytest.raises(CourseError, match="no profile 'fast'. Choose one of: smoke, quick, full"):
        run_notebooks(profile="fast", notebooks_dir=tmp_path)
