"""Ray's ASHA as the search uses it: who is asked to stop, and what a new sitting knows."""

from types import SimpleNamespace

import pytest

from utils.experiments.search.journal import SearchPlan, Trial
from utils.experiments.search.ray_tune import Sitting, _make_scheduler, grace
from utils.experiments.search.space import trial_label

PLAN = SearchPlan("search", 8, "random", "quick", 0, 1, {"sha256": "ab" * 32, "real": True})
POINT = {"layers": "32 | 64 64", "dense_units": 512, "dropout": 0.5, "regularizer": "none",
         "weight_decay": 0.001, "batch_size": 96, "learning_rate": 0.001}  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    """Collect the folders that are asked to stop; return them and the Sitting that does it."""
    ray = pytest.importorskip("ray", reason="the extra search isn't installed")
    folders = []
    monkeypatch.setattr(ray, "get", lambda value: value)
    actor = SimpleNamespace(ask_to_stop=SimpleNamespace(remote=folders.append))
    home = SimpleNamespace(actor=actor, say=print, settle=None)
    return folders, Sitting(home, 1, 1, {"cpu": 1.0})


def running(number):
    """Return what Ray Tune hands a scheduler as a trial."""
    config = Trial(number, POINT, None).config(PLAN)
    job = PLAN.job("search", trial_label(number, POINT), config, 1)
    return SimpleNamespace(trial_id=f"ray{number}", config={"job": job.to_dict()})


def ended(number, *values):
    rows = [
        {"epoch": n + 1, "val_accuracy": value, "wall_time": 100 * number + n}
        for n, value in enumerate(values)
    ]
    status = "finished" if len(values) == 8 else "stopped"
    return Trial(number, POINT, {"status": status, "history": rows})


def tell(scheduler, trial, epoch, value):
    return scheduler.on_trial_result(None, trial, {"epoch": epoch, "val_accuracy": value})


def test_the_worse_half_is_asked_to_stop_at_a_rung_and_goes_on_elsewhere(asked):
    folders, sitting = asked
    scheduler = _make_scheduler(PLAN, [], sitting)
    good, bad = running(0), running(1)
    for trial in (good, bad):
        scheduler.on_trial_add(None, trial)
    assert [tell(scheduler, good, epoch, 0.5) for epoch in (1, 2)] == ["CONTINUE"] * 2
    tell(scheduler, bad, 1, 0.1)
    assert folders == []  # the first rung is after a quarter of the epochs
    assert tell(scheduler, bad, 2, 0.1) == "CONTINUE"  # it ends by itself
    assert folders == ["search/t01-b96-lr0.001/seed-0"]


def test_the_last_epoch_and_a_trials_summary_ask_nobody_to_stop(asked):
    folders, sitting = asked
    scheduler = _make_scheduler(PLAN, [], sitting)
    good, bad = running(0), running(1)
    for trial, value in ((good, 0.9), (bad, 0.1)):
        scheduler.on_trial_add(None, trial)
        tell(scheduler, trial, 8, value)
    summary = {"epoch": 2, "val_accuracy": 0.0, "status": "finished"}
    scheduler.on_trial_result(None, bad, summary)
    scheduler.on_trial_complete(None, bad, summary)
    assert folders == []


def test_a_new_sitting_judges_as_the_old_one_would_have(asked):
    folders, sitting = asked
    before = [ended(0, *[0.5] * 8), ended(1, 0.2, 0.3), ended(2, *[0.6] * 8)]
    scheduler = _make_scheduler(PLAN, before, sitting)
    assert folders == []  # what is over can't be stopped
    for number, value in ((3, 0.4), (4, 0.7)):
        trial = running(number)
        scheduler.on_trial_add(None, trial)
        tell(scheduler, trial, 2, value)
    assert folders == ["search/t03-b96-lr0.001/seed-0"]


def test_the_first_rung_is_after_a_quarter_of_the_epochs():
    assert [grace(epochs) for epochs in (1, 2, 8, 50)] == [1, 1, 2, 12]
