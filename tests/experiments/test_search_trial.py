"""One trial as a worker runs it, with a real Home and no Ray."""

import json
from dataclasses import replace

import pytest
from tiny import TINY

from utils.errors import CourseError
from utils.experiments.history import load_runs
from utils.experiments.run_folder import read_record
from utils.experiments.search.collector import Home
from utils.experiments.search.worker import TrialJob, data_here, run_trial

SMALL = replace(TINY, train_size=64, validation_size=32)
FOLDER = "search/t00/seed-0"


@pytest.fixture(scope="module")
def job():
    data = data_here(False)
    return TrialJob("search", "t00", "smoke", SMALL.to_dict(),
               {"sha256": data.sha256, "real": False}, threads=1)  # fmt: skip


class Told(list):
    """Keeps what a trial reports; breaks off like a killed worker after so many reports."""

    def __init__(self, limit=99):
        self.limit = limit

    def __call__(self, result):
        if len(self) == self.limit:
            raise KeyboardInterrupt
        self.append(result)


def epochs(told):
    return [result["epoch"] for result in told if "status" not in result]


def test_a_trial_is_an_ordinary_run_in_the_log_root(tmp_path, job):
    told = Told()
    run_trial(job, Home(str(tmp_path)), told)
    assert epochs(told) == [1, 2, 3]
    assert told[-1]["status"] == "finished" and len(told[-1]["values"]) == 3
    (run,) = load_runs(tmp_path, "search")
    assert (run.study, run.variant, run.seed, run.status) == ("search", "t00", 0, "finished")
    assert list(run.epochs["epoch"]) == [1, 2, 3] and run.problem == ""


def test_a_trial_that_is_asked_to_stop_ends_as_stopped(tmp_path, job):
    home, told = Home(str(tmp_path)), Told()

    def report(result):
        told(result)
        if result["epoch"] == 2:
            home.ask_to_stop(FOLDER)

    run_trial(job, home, report)
    assert epochs(told) == [1, 2] and told[-1]["status"] == "stopped"
    assert read_record(tmp_path / FOLDER)["status"] == "stopped"


def test_a_trial_whose_worker_was_lost_goes_on_from_the_last_epoch_at_home(tmp_path, job):
    home, first = Home(str(tmp_path)), Told(limit=1)
    with pytest.raises(KeyboardInterrupt):
        run_trial(job, home, first)
    before = read_record(tmp_path / FOLDER)
    assert before["status"] == "running" and len(before["history"]) == 2

    second = Told()
    run_trial(job, home, second)

    assert epochs(second) == [1, 2, 3]  # the search hears of the earlier epochs again
    after = read_record(tmp_path / FOLDER)
    assert after["history"][:2] == before["history"] and after["started"] == before["started"]
    assert after["status"] == "finished"
    (run,) = load_runs(tmp_path, "search")
    assert list(run.epochs["epoch"]) == [1, 2, 3] and run.problem == ""


def test_a_stop_that_was_decided_before_the_loss_costs_no_further_epoch(tmp_path, job):
    home = Home(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run_trial(job, home, Told(limit=1))
    home.ask_to_stop(FOLDER)
    told = Told()
    run_trial(job, home, told)
    assert epochs(told) == [1, 2] and told[-1]["status"] == "stopped"
    assert read_record(tmp_path / FOLDER)["status"] == "stopped"


def test_an_ended_trial_is_told_again_and_not_trained_again(tmp_path, job):
    home = Home(str(tmp_path))
    run_trial(job, home, Told())
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    told = Told()
    run_trial(job, home, told)
    assert told[-1]["status"] == "finished" and epochs(told) == [1, 2, 3]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files


def test_a_machine_with_other_data_refuses_and_says_what_it_has(tmp_path, job):
    other = replace(job, data={"sha256": "f" * 64, "real": False})
    with pytest.raises(CourseError, match="the built-in sample.*begun on those with ffffffffffff"):
        run_trial(other, Home(str(tmp_path)), Told())
    assert not any(tmp_path.iterdir())


def test_a_job_survives_json(job):
    assert TrialJob(**json.loads(json.dumps(job.to_dict()))) == job
    assert job.folder == FOLDER
