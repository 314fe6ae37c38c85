"""`course launch`: its flags, and what they refuse."""

import re
import shlex
import subprocess
import sys

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
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
    return CliRunner().invoke(app, ["launch", *shlex.split(line)], prog_name="course")


def refusal(line: str) -> str:
    """Return the sentence that a person sees."""
    result = course(line)
    assert isinstance(result.exception, CourseError), result.output
    return with_flags(result.exception)


def task(output: str) -> dict:
    """Return the task that is printed at the end."""
    said, _, text = output.partition("\n\n")
    assert text.startswith("name: "), said
    return yaml.safe_load(text)


def test_the_original_line_of_floydhub_works(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    (tmp_path / "cifar-10-batches-bin").mkdir()
    result = course(f"{ORIGINAL} --show-task")
    assert result.exit_code == 0
    made = task(result.output)
    assert made["file_mounts"] == {"/floyd/input/data": str(tmp_path / "cifar-10-batches-bin")}
    assert [one["accelerators"] for one in made["resources"]["any_of"]][0] == "T4:1"
    assert made["secrets"] == {"JUPYTER_TOKEN": None}
    assert "emilwallner/datasets/cifar-10/1" in result.output  # the note says what it became


def test_a_dry_run_says_limits_and_what_is_missing_and_the_task_only_when_it_is_asked_for():
    said = course("smoke --dry-run").output
    assert "Neither checked by SkyPilot nor priced: SkyPilot, the extra" in said
    assert "The job ends after 30 min (max_runtime)." in said
    assert said.endswith("Nothing was started.\n") and len(said.splitlines()) < 10
    shown = course("smoke --show-task").output
    assert shown.startswith(said) and task(shown)["resources"]["cpus"] == "2+"


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
    assert task(course(f"smoke {flag} --show-task").output)["resources"][part] == value


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
    plain = task(course("smoke --show-task").output)
    with_flag = task(course(f"smoke {flag} --show-task").output)
    assert words in str(with_flag[part])
    assert with_flag[part] != plain[part]


def test_a_task_may_be_named_as_floyd_had_it():
    assert task(course("--task smoke --show-task").output) == task(
        course("smoke --show-task").output
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("smoke --gpu --cpu", "takes one machine, and --gpu and --cpu were given. Choose one."),
        ("smoke --local --dry-run", "does one thing, and --local and --dry-run were given."),
        ("smoke --host a@b --show-task", "goes one way, and --host and --show-task were given."),
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


# What a person knows from FloydHub


def typed(line: str) -> str:
    """Return the line that an error advises to type."""
    said = refusal(line)
    assert "\n" not in said
    return said[said.rindex("course launch") :]


@pytest.fixture(params=["tasks", "no tasks", "nothing", "jupyter"])
def checkout(request, tmp_path, monkeypatch):
    """A folder whose floyd.yml has tasks, has none, says nothing, or opens JupyterLab."""
    text = {
        "tasks": "machine: cpu\ntask:\n  fit: {command: ls}\n  web: {mode: serve}\n",
        "no tasks": "machine: gpu2\nenv: tensorflow-1.12\ncommand: ls\n",
        "nothing": "# machine: cpu\n# command: python train.py\n",
        "jupyter": "mode: jupyter\n",
    }[request.param]
    (tmp_path / "floyd.yml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "command"),
    [
        ("--gpu 'python train.py'", "python train.py"),
        ("--cpu python train.py", "python train.py"),
        ("'bash run.sh'", "bash run.sh"),
        ("./run.sh", "./run.sh"),
        (
            "--env tensorflow-1.8 --gpu2 -m 'a try' 'python train.py --lr 1'",
            "python train.py --lr 1",
        ),
        ("--data mckay/datasets/mnist/1:data --data cifar10:b python a.py", "python a.py"),
        ("--tensorboard 'python a.py && python b.py'", "python a.py && python b.py"),
        ("--max-runtime 60 'echo \"$HOME\" 100% !'", 'echo "$HOME" 100% !'),
        ("python 'a b.py' \"it's\" '&&' ls '*.csv'", "python 'a b.py' 'it'\"'\"'s' && ls *.csv"),
        ("--mode job -- python train.py --epochs 3", "python train.py --epochs 3"),
        ("--cpu python train.py --epochs 3 -v --lr=0.1", "python train.py --epochs 3 -v --lr=0.1"),
        ("--mode jupyter 'python train.py'", "python train.py"),
        ("--command python train.py", "python train.py"),
    ],
)
def test_a_command_given_as_floyd_run_took_it_is_answered_with_the_line_to_type(
    checkout, old, command
):
    again = typed(f"--show-task {old}")
    words = shlex.split(again)
    assert words[:2] == ["course", "launch"] and words[words.index("--command") + 1] == command
    before = shlex.split(old.partition("-- ")[0].partition("python train.py --epochs")[0])
    old_flags = [one for one in before if one.startswith("--")]
    assert set(old_flags) - {"--mode"} <= set(words)
    result = course(again.removeprefix("course launch "))
    assert result.exit_code == 0, result.output
    script = task(result.output)["run"]
    assert shlex.join(["bash", "-c", f'trap "exit 143" TERM\n{command}']) in script


@pytest.mark.parametrize("checkout", ["tasks"], indirect=True)
def test_with_a_task_before_it_the_command_is_the_tasks(checkout):
    assert typed("fit --gpu python a.py") == 'course launch fit --gpu --command "python a.py"'
    assert typed("--task fit python a.py") == 'course launch fit --command "python a.py"'
    assert typed("fitt --gpu") == "course launch --gpu --command fitt"
    assert "did you mean 'fit'? Its tasks are fit, web. A line for bash: " in refusal("fitt")
    assert "runs one task, and fit and web were given." in refusal("fit web")


@hypothesis_settings(
    max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    line=st.text(st.sampled_from("ab \"'$`\\!&|*%\n\t-é"), min_size=1).filter(
        lambda line: not re.fullmatch(r"--?[ab][-ab]*", line)  # an option, and no line for bash
    )
)
def test_whatever_the_command_the_shell_gives_back_what_was_meant(line, tmp_path, monkeypatch):
    (tmp_path / "floyd.yml").write_text("machine: cpu\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["launch", "--gpu", "--", line], prog_name="course")
    assert isinstance(result.exception, CourseError)
    again = result.exception.remedy.removeprefix("Type course ")
    script = f"set -H; printf '%s\\0' {again}"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split("\0")[:-1] == ["launch", "--gpu", "--command", line]


@pytest.mark.parametrize("flags", ["", "--gpu", "--data mnist:digits -m 'a try'"])
def test_a_file_that_says_nothing_is_answered_with_lines_that_say_everything(
    tmp_path, monkeypatch, flags
):
    (tmp_path / "floyd.yml").write_text("# written by floyd init\n")
    monkeypatch.chdir(tmp_path)
    said = refusal(flags)
    assert said.startswith("floyd.yml says nothing yet, so what is to run must be said")
    command, lab = said.split(" Type ")[1].split(" or, for JupyterLab, ")
    assert "--command" in command and lab.endswith("--mode jupyter")
    for line in (command, lab):
        assert set(shlex.split(flags)) - {"-m"} <= set(shlex.split(line))
        result = course(f"{line.removeprefix('course launch')} --dry-run")
        assert result.exit_code == 0, result.output


def test_the_tasks_that_can_be_launched_are_named_as_lines_to_type(tmp_path, monkeypatch):
    (tmp_path / "floyd.yml").write_text("task: {fit: {command: ls}, web: {mode: serve}}\n")
    monkeypatch.chdir(tmp_path)
    said = refusal("")
    assert said.startswith("floyd.yml:1: task.web.mode: 'serve' is not one of job, jupyter; ")
    assert said.endswith("Name one of its tasks: course launch fit")
    result = course("fit --dry-run")
    assert result.exit_code == 0
    assert "Wrong, but not needed for this job: floyd.yml:1: task.web.mode" in result.output


def test_a_note_names_flags(tmp_path, monkeypatch):
    (tmp_path / "floyd.yml").write_text("nodes: 2\ntask: {a: {nodes: 2}, b: {command: ls}}\n")
    monkeypatch.chdir(tmp_path)
    assert "say how many machines by --nodes, at the launch" in refusal("b --dry-run")
    (tmp_path / "floyd.yml").write_text("task: {a: {nodes: 2}, b: {command: ls}}\n")
    assert "say how many machines by --nodes, at the launch" in course("b --dry-run").output
    old = "--data emilwallner/datasets/cifar-10/1:data"
    assert "\n--data: 'emil" in f"\n{course(f'b {old} --dry-run').output}"


def test_without_a_terminal_and_without_yes_nothing_starts(monkeypatch):
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: None)
    monkeypatch.setattr("utils.cloud.fetch.need_tools", lambda more: None)
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


@pytest.mark.parametrize(
    ("line", "hint"),
    [("--gpuu", "--gpu"), ("smoke --dryrun", "--dry-run"), ("--max-runtimes=60", "--max-runtime")],
)
def test_a_misspelt_option_is_one_and_no_line_for_bash(line, hint):
    result = course(line)
    assert result.exit_code == 2
    assert "No such option: --" in result.output and f"(Possible options: {hint}" in result.output


def test_skypilot_is_not_imported_without_need():
    assert "sky" not in sys.modules
    assert (settings.ROOT / "tests" / "cloud" / "catalogue").is_dir()
