"""One notebook in a kernel: kernels that don't start, and kernels that die."""

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from utils import settings
from utils.errors import CourseError
from utils.jupyter.execute import execute, kernel_environment, run_to_its_end
from utils.jupyter.lab import lab_environment


def test_a_kernel_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell("1")])
    broken = dict(os.environ) | {"PYTHONHOME": str(tmp_path)}
    times, (failure,) = run_to_its_end(execute(notebook, tmp_path, broken))
    assert times == [] and (failure.kind, failure.number) == ("start", None)
    assert "No module named 'encodings'" in failure.error


def test_what_a_dying_kernel_writes_last_is_told(tmp_path: Path) -> None:
    source = "import os\nos.write(2, b'out of memory\\n')\nos._exit(1)"
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(source)])
    _, (failure,) = run_to_its_end(execute(notebook, tmp_path, dict(os.environ)))
    assert failure.kind == "kernel" and failure.error.endswith("last words: out of memory")


def test_the_kernels_are_told_where_shared_data_lies_from_whatever_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "share").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", "share")
    settings.start_here()
    environment = kernel_environment("smoke", "real", tmp_path / "runs")
    assert environment["COURSE_DATA"] == str(tmp_path.resolve() / "share")
    assert environment["COURSE_DATA_SOURCE"] == "real"
    assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(settings.ROOT)


@pytest.mark.parametrize("said", [None, "false"])
@pytest.mark.parametrize("start", ["lab", "run"])
def test_a_kernel_takes_a_gpus_memory_bit_by_bit_unless_a_person_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, said: str | None
) -> None:
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    if said:
        monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", said)
    environment = (
        lab_environment() if start == "lab" else kernel_environment("smoke", "auto", tmp_path)
    )
    source = "import os\nprint(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])"
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(source)])
    _, failures = run_to_its_end(execute(notebook, tmp_path, environment))
    assert failures == [] and notebook.cells[0].outputs[0].text.strip() == (said or "true")


def test_shared_data_that_is_not_there_is_told_before_any_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "missing"))
    with pytest.raises(CourseError, match="COURSE_DATA names"):
        kernel_environment("smoke", "auto", tmp_path)
