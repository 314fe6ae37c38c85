"""One trial as a worker runs it, without Ray."""

import json
from dataclasses import replace

import pytest
from tiny import TINY

from utils.errors import CourseError
from utils.experiments.history import load_runs
from utils.experiments.run_folder import read_record
from utils.experiments.search.ray_tune import close_run
from utils.experiments.search.worker import TrialJob, data_here, run_trial

SMALL = replace(TINY, train_size=64, validation_size=32)
FOLDER = "search/t00/seed-0"


@pytest.fixture(scope="module")
def job():
    data = data_here(False)
    return TrialJob("search", "t00", "smoke", SMALL.to_dict(),
               {"sha256": data.sha256, "real": False}, threads=1)  # fmt: skip


class Told(list):
    """Keeps what a trial reports; after so many reports raises what Ray Tune does, or a kill."""

    def __init__(self, limit=99, error=SystemExit):
        self.limit, self.error, self.sent = limit, error, []

    def __call__(self, result, folder):
        self.append(result)
        self.sent.append(folder)
        if len(self) == self.limit:
            raise self.error


def epochs(told):
    return [result["epoch"] for result in told]


def test_a_trial_is_an_ordinary_run_and_its_last_epoch_comes_with_its_end(tmp_path, job):
    told = Told()
    run_trial(job, tmp_path / FOLDER, told)
    assert epochs(told) == [1, 2, 3]
    assert [result.get("status") for result in told] == [None, None, "finished"]
    assert told.sent == [tmp_path / FOLDER] * 3
    (run,) = load_runs(tmp_path, "search")
    assert (run.study, run.variant, run.seed, run.status) == ("search", "t00", 0, "finished")
    assert list(run.epochs["epoch"]) == [1, 2, 3] and run.problem == ""


def test_a_trial_that_is_told_to_stop_trains_no_further_and_is_a_stopped_run(tmp_path, job):
    told = Told(limit=2)
    with pytest.raises(SystemExit) as ended:
        run_trial(job, tmp_path / FOLDER, told)
    assert ended.value.code == 0  # Ray takes it for an end in order
    assert epochs(told) == [1, 2]
    record = read_record(tmp_path / FOLDER)
    assert record["status"] == "stopped" and len(record["history"]) == 2


def test_a_run_that_came_home_before_its_stop_is_closed_at_home(tmp_path, job):
    with pytest.raises(KeyboardInterrupt):
        run_trial(job, tmp_path / FOLDER, Told(2, KeyboardInterrupt))
    assert read_record(tmp_path / FOLDER)["status"] == "running"
    assert close_run(tmp_path / FOLDER)["status"] == "stopped"
    closed = (tmp_path / FOLDER / "run.json").read_bytes()
    assert json.loads(closed)["ended"]
    close_run(tmp_path / FOLDER)
    assert (tmp_path / FOLDER / "run.json").read_bytes() == closed


def test_a_trial_whose_worker_was_lost_goes_on_from_its_last_epoch(tmp_path, job):
    with pytest.raises(KeyboardInterrupt):
        run_trial(job, tmp_path / FOLDER, Told(2, KeyboardInterrupt))
    before = read_record(tmp_path / FOLDER)
    assert before["status"] == "running" and len(before["history"]) == 2

    told = Told()
    run_trial(job, tmp_path / FOLDER, told)

    assert epochs(told) == [1, 2, 3]  # the search hears of the earlier epochs again
    assert told.sent == [None, None, tmp_path / FOLDER]
    after = read_record(tmp_path / FOLDER)
    assert after["history"][:2] == before["history"] and after["started"] == before["started"]
    assert after["status"] == "finished"
    (run,) = load_runs(tmp_path, "search")
    assert list(run.epochs["epoch"]) == [1, 2, 3] and run.problem == ""


def test_a_stop_on_an_epoch_that_was_there_before_costs_no_further_epoch(tmp_path, job):
    with pytest.raises(KeyboardInterrupt):
        run_trial(job, tmp_path / FOLDER, Told(2, KeyboardInterrupt))
    before = read_record(tmp_path / FOLDER)
    with pytest.raises(SystemExit):
        run_trial(job, tmp_path / FOLDER, Told(limit=2))
    assert read_record(tmp_path / FOLDER) == before


def test_an_ended_trial_is_told_again_and_not_trained_again(tmp_path, job):
    run_trial(job, tmp_path / FOLDER, Told())
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    told = Told()
    run_trial(job, tmp_path / FOLDER, told)
    assert told[-1]["status"] == "finished" and epochs(told) == [1, 2, 3]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files


def test_a_machine_with_other_data_refuses_and_says_what_it_has(tmp_path, job):
    other = replace(job, data={"sha256": "f" * 64, "real": False})
    with pytest.raises(CourseError, match="the built-in sample.*begun on those with ffffffffffff"):
        run_trial(other, tmp_path / FOLDER, Told())
    assert not any(tmp_path.iterdir())


def test_a_job_survives_json(job):
    assert TrialJob(**json.loads(json.dumps(job.to_dict()))) == job
    assert job.folder == FOLDER
