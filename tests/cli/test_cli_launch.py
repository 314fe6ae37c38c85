"""`course launch`: its flags, and what they refuse."""

import sys

import pytest
import yaml
from typer.testing import CliRunner

from utils import settings
from utils.cli.main import app
from utils.cli.options import with_flags
from utils.cloud import skypilot
from utils.errors import CourseError

ORIGINAL = "--data emilwallner/datasets/cifar-10/1:data --gpu --tensorboard --mode jupyter"


@pytest.fixture(autouse=True)
def _without_skypilot(monkeypatch):
    """Say that SkyPilot isn't installed: with it a command takes 10 s; others tests have it."""
    why = CourseError("SkyPilot, the extra `cloud`, isn't installed.", "Install it.")
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: why)
    monkeypatch.chdir(settings.ROOT)


def course(line: str):
    return CliRunner().invoke(app, ["launch", *line.split()])


def refusal(line: str) -> str:
    """Return the sentence that a person sees."""
    result = course(line)
    assert isinstance(result.exception, CourseError), result.output
    return with_flags(result.exception)


def task(output: str) -> dict:
    """Return the task that a dry run has printed."""
    lines = output.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    end = next(n for n, line in enumerate(lines[start:], start) if not line)
    while end < len(lines) and not lines[end].startswith("Neither checked"):
        end += 1
    return yaml.safe_load("\n".join(lines[start:end]))


def test_the_original_line_of_floydhub_works(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    (tmp_path / "cifar-10-batches-bin").mkdir()
    result = course(f"{ORIGINAL} --dry-run")
    assert result.exit_code == 0
    made = task(result.output)
    assert made["file_mounts"] == {"/floyd/input/data": str(tmp_path / "cifar-10-batches-bin")}
    assert [one["accelerators"] for one in made["resources"]["any_of"]][0] == "T4:1"
    assert made["secrets"] == {"JUPYTER_TOKEN": None}
    assert "emilwallner/datasets/cifar-10/1" in result.output  # the note says what it became


def test_a_dry_run_without_skypilot_prints_the_task_and_says_what_is_missing():
    result = course("smoke --dry-run")
    assert task(result.output)["resources"]["cpus"] == "2+"
    assert "Neither checked by SkyPilot nor priced: SkyPilot, the extra" in result.output


def test_on_windows_a_dry_run_says_that_skypilot_needs_wsl(monkeypatch):
    monkeypatch.undo()
    monkeypatch.chdir(settings.ROOT)
    monkeypatch.setattr(sys, "platform", "win32")
    assert "doesn't run on Windows itself. Use it in WSL" in str(skypilot.why_no_skypilot())


@pytest.mark.parametrize(
    ("flag", "part", "value"),
    [
        ("--cpu2", "cpus", "8+"),
        ("--infra aws/us-east-1", "infra", "aws/us-east-1"),
        ("--max-hourly-cost 0.5", "max_hourly_cost", 0.5),
        ("--nodes 3 --max-hourly-cost 3", "max_hourly_cost", 1.0),
        ("--idle-minutes 5", "autostop", {"idle_minutes": 5, "wait_for": "jobs", "down": True}),
        ("--detach", "autostop", {"idle_minutes": 60, "wait_for": "jobs", "down": True}),
    ],
)
def test_a_flag_reaches_the_tasks_resources(flag, part, value):
    assert task(course(f"smoke {flag} --dry-run").output)["resources"][part] == value


@pytest.mark.parametrize(
    ("flag", "part", "words"),
    [
        ("--max-runtime 61", "run", "MAX_RUNTIME=61\n"),
        ("--command pwd", "run", "pwd"),
        ("--env tensorflow-2.20", "setup", "TENSORFLOW=2.20"),
        ("-m three", "envs", "three"),
        ("--data mnist:digits", "setup", "mnist"),
        ("--nodes 2", "num_nodes", "2"),
    ],
)
def test_a_flag_reaches_the_task(flag, part, words):
    plain = task(course("smoke --dry-run").output)
    with_flag = task(course(f"smoke {flag} --dry-run").output)
    assert words in str(with_flag[part])
    assert with_flag[part] != plain[part]


def test_a_task_may_be_named_as_floyd_had_it():
    assert task(course("--task smoke --dry-run").output) == task(course("smoke --dry-run").output)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("smoke --gpu --cpu", "takes one machine, and --gpu and --cpu were given. Choose one."),
        ("smoke --local --dry-run", "does one thing, and --local and --dry-run were given."),
        ("smoke --task studies --dry-run", "runs one task, and smoke and --task studies were"),
        ("nosuch --dry-run", "nosuch"),
        ("smoke --env pytorch --dry-run", "pytorch"),
        ("smoke", "SkyPilot, the extra `cloud`, isn't installed."),
    ],
)
def test_what_cannot_be_is_one_sentence(line, words):
    said = refusal(line)
    assert words in said
    assert "\n" not in said


def test_without_a_terminal_and_without_yes_nothing_starts(monkeypatch):
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: None)
    monkeypatch.setattr("utils.cloud.fetch.need_tools", lambda: None)
    assert refusal("smoke").startswith("A launch costs money, and there is no terminal to ask in.")


def test_ssh_and_rsync_are_asked_for_before_anything_else(monkeypatch):
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: None)
    monkeypatch.setattr("shutil.which", lambda tool: None)
    assert refusal("smoke --yes").startswith("A launch needs ssh and rsync on this machine")


def test_local_runs_the_job_here_and_hands_its_status_on(monkeypatch):
    seen = []
    monkeypatch.setattr("utils.cloud.local.run_local", lambda job: seen.append(job) or 3)
    assert course("smoke --local").exit_code == 3
    assert seen[0].task == "smoke"


@pytest.mark.parametrize("flag", ["--status", "--logs", "--fetch", "--stop", "--discard"])
def test_what_a_launched_job_does_is_no_launchs_flag(flag):
    result = course(f"smoke {flag}")
    assert result.exit_code == 2 and f"No such option: {flag}" in result.output


def test_skypilot_is_not_imported_without_need():
    assert "sky" not in sys.modules
    assert (settings.ROOT / "tests" / "cloud" / "catalogue").is_dir()
