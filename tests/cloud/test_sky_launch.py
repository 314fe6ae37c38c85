"""A launch's order: priced and asked before anything starts, ended where it fails to start."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from jobs_made import JOB
from recorder import NAME, T4, go, own_folders, ready, there

from utils import settings
from utils.cloud import launch
from utils.cloud.prices import LaunchPlan
from utils.cloud.sky_task import Limits
from utils.errors import CourseError

__all__ = ["own_folders", "there"]  # fixtures


# Before anything starts


def test_nothing_starts_and_no_server_is_asked_before_the_launch_is_confirmed(there, capsys):
    recorder, asked = there(), []

    def confirm():
        asked.append(capsys.readouterr().out)
        assert recorder.calls == []
        return False

    def connect():
        raise AssertionError("SkyPilot's server was asked")

    assert launch.launch(ready(yes=False), connect, confirm, True) == 1
    assert "g4dn.xlarge (T4) on AWS, us-east-1: $0.53 an hour" in asked[0]
    assert "Nothing was started." in capsys.readouterr().out


def test_price_and_limits_are_printed_before_the_question(there, capsys):
    printed = []
    prepared = ready(yes=False, limits=Limits(2.25, 10))
    go(prepared, there(), lambda: printed.append(capsys.readouterr().out) or False)
    for words in (
        "2 h of that: $1.05 at the most.",
        "none over $0.75 an hour: $1.50 at the most",
        "The job ends after 2 h (max_runtime).",
        "10 idle minutes after its last job",
        "No machine is taken over $2.25 an hour",
        f"What comes back: runs into {settings.runs_dir()}",
        f"notebooks and progress too, into {settings.outputs_dir() / NAME}.",
    ):
        assert words in printed[0]


def test_yes_starts_without_a_question(there):
    recorder = there()

    def confirm():
        raise AssertionError("asked")

    assert go(ready(yes=True), recorder, confirm) == 0
    assert recorder.calls[0] == "launch" and recorder.left


def test_without_a_price_nothing_is_started_and_nobody_is_asked(there):
    recorder = there()
    plan = LaunchPlan(notes=("No price for aws: its price list can't be downloaded.",))
    with pytest.raises(CourseError, match="Without a price nothing is started. No price for aws"):
        go(ready(plan=plan), recorder)
    assert recorder.calls == []


def test_without_an_account_nothing_is_started(there):
    recorder = there()
    with pytest.raises(CourseError, match="no cloud account"):
        go(ready(plan=LaunchPlan((T4,), assumed=True)), recorder)
    assert recorder.calls == []


def test_a_cluster_of_ones_own_starts_without_a_price(there):
    recorder = there()
    assert go(ready(plan=LaunchPlan(), infra="ssh/my-rack"), recorder) == 0


JUPYTER = replace(JOB, mode="jupyter", command="")


def test_a_token_is_shown_on_a_terminal_only_so_jupyter_needs_one(there):
    recorder = there()
    with pytest.raises(CourseError, match="shown on a terminal only"):
        go(ready(JUPYTER), recorder, terminal=False)
    assert recorder.calls == []


def test_behind_a_slurms_login_no_page_is_promised_and_jupyter_is_refused(there, capsys):
    recorder = there()
    on_slurm = {"plan": LaunchPlan(), "infra": "Slurm/uni"}
    with pytest.raises(CourseError, match="machine that ssh doesn't lead to. Run a job there"):
        go(ready(JUPYTER, **on_slurm), recorder)
    assert recorder.calls == []
    assert go(ready(**on_slurm), recorder) == 0
    assert "127.0.0.1" not in capsys.readouterr().out


# What is started


def test_the_code_that_is_sent_is_the_copy_and_the_token_is_in_the_address_alone(
    there, capsys, tmp_path
):
    recorder = there()
    go(ready(JUPYTER), recorder)
    assert recorder.task["workdir"] == str(tmp_path / "code")
    assert len(recorder.token) >= 32
    assert recorder.token not in str(recorder.task)
    out = capsys.readouterr().out
    assert out.count(recorder.token) == 1
    assert f"http://127.0.0.1:8888/lab?token={recorder.token}" in out
    assert f"ssh -L 8888:127.0.0.1:8888 -L 6006:127.0.0.1:6006 {NAME}\n" in out


def test_each_launch_has_a_token_and_a_name_of_its_own(there):
    tokens = set()
    for _ in range(3):
        recorder = there()
        go(ready(JUPYTER), recorder)
        tokens.add(recorder.token)
    assert len(tokens) == 3
    assert len({launch.new_name(JOB) for _ in range(3)}) == 3
    assert launch.new_name(replace(JOB, task="")).startswith("course-job-")


def test_no_token_is_printed_for_a_job_without_jupyter(there, capsys):
    recorder = there()
    go(ready(), recorder)
    assert recorder.token not in capsys.readouterr().out


# What fails is ended


def test_an_error_that_comes_up_while_a_launch_is_interrupted_is_an_interrupt(there):
    broken = IndexError("pop from empty list")  # of a display that is taken down
    broken.__context__ = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        go(ready(), there(raises={"launch": broken}))


def test_a_launch_that_fails_is_cancelled_and_ended_and_looked_for(there):
    recorder = there(raises={"launch": RuntimeError("no capacity\nin any region")})
    with pytest.raises(CourseError, match="The launch failed: no capacity in any region."):
        go(ready(), recorder)
    assert recorder.calls == ["launch", "cancel_launch", "down", "known"] and recorder.left


def test_ctrl_c_while_it_starts_ends_it(there):
    recorder = there(raises={"launch": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        go(ready(), recorder)
    assert recorder.calls == ["launch", "cancel_launch", "down", "known"]


def test_ctrl_c_before_anything_was_asked_for_asks_for_nothing_more(there):
    recorder = there(raises={"launch": KeyboardInterrupt()})
    recorder.was_asked = False
    with pytest.raises(KeyboardInterrupt):
        go(ready(), recorder)
    assert recorder.calls == ["launch", "cancel_launch"] and recorder.left


def test_a_terminal_that_is_gone_while_it_starts_ends_it_too(there, monkeypatch):
    recorder = there(raises={"launch": KeyboardInterrupt()})
    ready_now = ready()
    plain_launch = recorder.launch

    def closing(*words):
        read, write = os.pipe()
        os.close(read)  # whatever is printed from now on raises
        monkeypatch.setattr("sys.stdout", os.fdopen(write, "w"))
        plain_launch(*words)

    monkeypatch.setattr(recorder, "launch", closing)
    with pytest.raises(KeyboardInterrupt):
        go(ready_now, recorder)
    assert recorder.calls == ["launch", "cancel_launch", "down", "known"]


def test_a_machine_that_came_up_late_is_ended_too(there):
    recorder = there(raises={"launch": KeyboardInterrupt()}, there=[[NAME], []])
    with pytest.raises(KeyboardInterrupt):
        go(ready(), recorder)
    assert recorder.calls == ["launch", "cancel_launch", "down", "known", "down", "known"]


@pytest.mark.parametrize("error", [OSError("no route to the cloud"), KeyboardInterrupt()], ids=repr)
def test_a_machine_that_cannot_be_ended_is_named_with_the_command_that_ends_it(there, error):
    recorder = there(raises={"launch": RuntimeError("broken"), "down": error})
    with pytest.raises(CourseError) as caught:
        go(ready(), recorder)
    assert f"{NAME} could NOT be ended and may be costing money" in str(caught.value)
    assert str(caught.value).endswith(f"sky down -y {NAME}")


def test_a_machine_that_stays_in_spite_of_all_is_named(there):
    recorder = there(raises={"launch": RuntimeError("broken")}, there=[[NAME], [NAME]])
    with pytest.raises(CourseError, match="may be costing money: it is still there"):
        go(ready(), recorder)


# Data sets


def test_data_sets_on_this_machine_are_found_and_others_are_left_out(monkeypatch, tmp_path):
    from utils.cloud.floyd.job import Input

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(settings, "cache_dir", lambda: tmp_path / "none")
    (tmp_path / "mnist.npz").write_bytes(b"")
    inputs = (Input("mnist", "a"), Input("cifar10", "b"), Input(str(Path.cwd()), "c"))
    assert launch.data_here(replace(JOB, inputs=inputs)) == {"mnist": tmp_path / "mnist.npz"}
