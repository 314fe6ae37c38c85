"""To a launch's end: watched, copied meanwhile, fetched before the machine goes."""

import pytest
from recorder import NAME, go, own_folders, ready, there
from starting import LONG

from utils.cli.options import with_flags
from utils.cloud import fetch, launch, machines
from utils.errors import CourseError

__all__ = ["own_folders", "there"]  # fixtures


def test_runs_are_fetched_before_the_machine_goes(there):
    recorder = there(states=["SETTING_UP", "RUNNING", "SUCCEEDED"])
    assert go(ready(), recorder) == 0
    assert recorder.calls[-5:] == ["copy", "bring", "cancel_launch", "down", "known"]


@pytest.mark.parametrize("state", ["FAILED", "FAILED_SETUP", "CANCELLED"])
def test_what_a_failed_job_left_is_fetched_too_and_the_command_fails(there, state, capsys):
    recorder = there(states=["RUNNING", state])
    assert go(ready(), recorder) == 1
    assert recorder.calls.index("bring") < recorder.calls.index("down")
    assert f"The job has ended: {state}." in capsys.readouterr().out


def test_a_fetch_that_breaks_is_tried_again(there):
    recorder = there(copy_fails=2)
    assert go(ready(), recorder) == 0
    assert recorder.calls.count("copy") == 3
    assert "down" in recorder.calls


def test_a_machine_whose_runs_cannot_be_fetched_is_left_to_its_own_limit(there):
    recorder = there(copy_fails=3)
    with pytest.raises(CourseError, match="wasn't fetched, so .* was left running") as caught:
        go(ready(), recorder)
    assert "down" not in recorder.calls
    assert f"course jobs stop {NAME} --discard" in with_flags(caught.value)


def test_runs_that_were_copied_but_do_not_come_in_cost_no_more_money(there, monkeypatch, capsys):
    recorder = there()

    def bring(name):
        raise CourseError("run.json can't be read.")

    monkeypatch.setattr(fetch, "bring", bring)
    assert go(ready(), recorder) == 0
    assert recorder.calls[-2:] == ["down", "known"]
    assert f"left in {fetch.staging(NAME)}: run.json can't be read." in capsys.readouterr().out


def test_runs_are_copied_while_the_job_runs(there):
    recorder = there(states=["RUNNING"] * 25 + ["SUCCEEDED"])
    go(ready(), recorder)
    assert recorder.calls.count("copy") == 3  # after 10 looks, after 20, and at the end
    assert recorder.calls.count("bring") == 1


def test_a_copy_that_breaks_while_the_job_runs_is_said_and_the_watching_goes_on(there, capsys):
    recorder = there(states=["RUNNING"] * 12 + ["SUCCEEDED"], copy_fails=1)
    assert go(ready(), recorder) == 0
    assert "Not copied this time: " in capsys.readouterr().out


def test_ctrl_c_while_watching_leaves_the_job_alone_and_says_how_to_end_it(there, capsys):
    recorder = there(states=["RUNNING", KeyboardInterrupt()])
    assert go(ready(), recorder) == 130
    assert "down" not in recorder.calls
    assert f"{NAME} goes on. Fetch what it made and end it: course jobs stop {NAME}" in (
        capsys.readouterr().out
    )


def test_ctrl_c_between_the_start_and_the_watching_says_how_to_end_it_too(
    there, monkeypatch, capsys
):
    recorder = there()

    def say_where(ready, token):
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "_say_where", say_where)
    assert go(ready(), recorder) == 130
    assert f"end it: course jobs stop {NAME}" in capsys.readouterr().out


def test_ctrl_c_while_the_runs_are_fetched_leaves_the_machine_and_says_so(
    there, monkeypatch, capsys
):
    recorder = there()

    def copy_here(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "copy_here", copy_here)
    assert go(ready(), recorder) == 130
    assert "down" not in recorder.calls
    assert f"{NAME} goes on." in capsys.readouterr().out


def test_a_few_looks_that_fail_are_no_end(there):
    lost = [ConnectionError("asleep")] * 9
    recorder = there(states=["RUNNING", *lost, "RUNNING", *lost, "SUCCEEDED"])
    assert go(ready(), recorder) == 0


def test_a_machine_that_stays_out_of_reach_is_said_to_be(there):
    recorder = there(states=[ConnectionError("gone")])
    with pytest.raises(
        CourseError, match="can't be reached any more: gone. .*: course jobs fetch course-."
    ):
        go(ready(), recorder)
    assert recorder.calls.count("job_state") == 10


def test_follow_prints_the_logs_beside_the_watching(there):
    recorder = there()
    go(ready(follow=True), recorder)
    assert recorder.followed.wait(LONG)


def test_detached_it_returns_at_once_and_says_how_to_fetch(there, capsys):
    recorder = there()
    assert go(ready(detach=True), recorder) == 0
    assert recorder.calls == ["launch"]
    out = capsys.readouterr().out
    assert "Nobody watches" in out
    assert f"course jobs fetch {NAME}" in out


# A job that ran and left nothing


def test_a_machine_that_brings_nothing_of_a_job_that_ran_is_left_and_the_launch_fails(there):
    recorder = there(empty=True)
    with pytest.raises(CourseError, match="Nothing came back of .*, whose job ran") as caught:
        go(ready(), recorder)
    assert "down" not in recorder.calls and "bring" not in recorder.calls
    assert "idle minutes are over" in str(caught.value)
    assert with_flags(caught.value).endswith(f"course jobs stop {NAME} --discard.")
    recorder = there(empty=True, there=[[NAME]])
    machines.stop([recorder], NAME, discard=True)
    assert "down" in recorder.calls


def test_a_machine_whose_job_never_came_to_run_is_ended(there):
    recorder = there(empty=True, phase="setup", states=["SETTING_UP", "FAILED_SETUP"])
    assert go(ready(), recorder) == 1
    assert "down" in recorder.calls


# Machines that were launched before


def test_stop_ends_the_job_then_fetches_then_ends_the_machine(there):
    recorder = there(there=[[NAME]])
    machines.stop([recorder], None)
    steps = ["known", "cancel_job", "copy", "bring", "cancel_launch", "down", "known"]
    assert recorder.calls == steps


def test_stop_with_discard_ends_the_machine_at_once(there):
    recorder = there(there=[[NAME]])
    machines.stop([recorder], NAME, discard=True)
    assert recorder.calls == ["known", "cancel_launch", "down", "known"]


def test_stop_does_not_end_a_machine_whose_runs_were_not_fetched(there):
    recorder = there(there=[[NAME]], copy_fails=3)
    with pytest.raises(CourseError, match="was left running"):
        machines.stop([recorder], NAME, pause=lambda seconds: None)
    assert recorder.calls[:2] == ["known", "cancel_job"]  # so that its idle minutes begin
    assert "down" not in recorder.calls


@pytest.mark.parametrize(
    ("there_are", "name", "words"),
    [
        ([], None, "No machine of the course runs."),
        (["course-a", "course-b"], None, "More than one machine runs. Name one of: course-a, "),
        (["course-a"], "mine", "There is no machine mine. Name one of: course-a."),
    ],
)
def test_a_machine_that_cannot_be_picked_is_one_sentence(there, there_are, name, words):
    with pytest.raises(CourseError) as caught:
        machines.logs([there(there=[there_are])], name)
    assert str(caught.value).startswith(words)


def test_the_overview_lists_machines_and_their_jobs(there):
    lines = machines.overview([there(there=[[NAME]], states=["RUNNING"])])
    assert lines == [f"{NAME:<32}UP       RUNNING      1x AWS(g4dn.xlarge)"]
    assert machines.overview([there()]) == ["No machine of the course runs."]


@pytest.mark.parametrize(
    ("state", "words"), [("RUNNING", "is RUNNING"), ("FAILED", "is FAILED"), ("", "isn't known")]
)
def test_status_says_how_one_machines_job_stands(there, state, words):
    recorder = there(there=[["course-other", NAME]], states=[state])
    assert machines.status([recorder], NAME) == (
        f"{NAME}: the state of its job {words}; the machine, 1x AWS(g4dn.xlarge), is UP."
    )


def test_fetch_brings_what_was_copied_where_the_machine_is_gone(there, capsys):
    recorder = there(copy_fails=1)
    (fetch.staging(NAME) / "made").mkdir(parents=True)

    def connect():
        raise AssertionError("SkyPilot's server was asked")

    machines.fetch(connect, NAME)
    assert recorder.calls == ["copy", "bring"]
    assert "What was copied before is brought:" in capsys.readouterr().out
