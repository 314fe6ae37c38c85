"""`course jobs …`: what a person types, and what is asked of the cloud for it."""

import pytest
from recorder import NAME, own_folders, there
from typer.testing import CliRunner

from utils.cli.main import app
from utils.cloud import skypilot
from utils.errors import CourseError

__all__ = ["own_folders", "there"]  # fixtures


@pytest.fixture
def jobs(there, monkeypatch):
    """Return what types `course jobs …` where one machine runs; what came of it, and the calls."""

    def types(line="", **how):
        recorder = there(**{"there": [[NAME]], **how})
        monkeypatch.setattr(skypilot, "Clusters", lambda: recorder)
        result = CliRunner().invoke(app, ["jobs", *line.split()])
        assert recorder.left  # so that SkyPilot's server ends where nothing is left
        return result, recorder.calls

    return types


def test_alone_it_lists_the_machines(jobs):
    result, calls = jobs(states=["RUNNING"])
    assert result.output == f"{NAME:<32}UP       RUNNING      1x AWS(g4dn.xlarge)\n"
    assert (result.exit_code, calls) == (0, ["known", "job_state"])


def test_where_nothing_runs_that_is_said(jobs):
    result, calls = jobs(there=[])
    assert (result.exit_code, result.output) == (0, "No machine of the course runs.\n")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (f"status {NAME}", ["known", "job_state"]),
        ("status", ["known", "job_state"]),
        (f"logs {NAME}", ["known", "show_logs"]),
        ("logs -f", ["known", "follow"]),
        (f"logs {NAME} --follow", ["known", "follow"]),
        (f"fetch {NAME}", ["known", "copy", "bring"]),
        ("stop", ["known", "cancel_job", "copy", "bring", "cancel_launch", "down", "known"]),
        (f"stop {NAME} --discard", ["known", "cancel_launch", "down", "known"]),
    ],
)
def test_what_is_typed_is_what_is_done(jobs, line, asked):
    result, calls = jobs(line)
    assert (result.exit_code, calls) == (0, asked), result.output


def test_status_says_how_the_job_stands(jobs):
    result, _ = jobs(f"status {NAME}", states=["RUNNING"])
    assert result.output.startswith(f"{NAME}: the state of its job is RUNNING; the machine, ")


@pytest.mark.parametrize("command", ["status", "logs", "fetch", "stop"])
def test_a_machine_that_is_not_there_is_one_sentence(jobs, command):
    result, calls = jobs(f"{command} mine")
    assert isinstance(result.exception, CourseError) and calls == ["known"]
    assert str(result.exception).startswith(f"There is no machine mine. Name one of: {NAME}.")


@pytest.mark.parametrize("name", [".", "..", "/", "mine"])
def test_a_folder_is_no_machine(jobs, name, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path))
    (tmp_path / "cloud" / "mine").mkdir(parents=True)
    result, calls = jobs(f"fetch {name}")
    assert str(result.exception).startswith(f"There is no machine {name}.") and calls == ["known"]


@pytest.mark.parametrize("line", ["", "status", "logs", "fetch", "stop"])
def test_without_skypilot_it_is_said_how_to_install_it(line, monkeypatch):
    monkeypatch.setattr(skypilot.importlib.util, "find_spec", lambda name: None)
    result = CliRunner().invoke(app, ["jobs", *line.split()])
    assert isinstance(result.exception, CourseError) and result.output == ""
    assert str(result.exception).startswith("SkyPilot, the extra `cloud`, isn't installed. Install")
