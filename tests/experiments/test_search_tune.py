"""Ray's ASHA as the search uses it: who is stopped, and what a new sitting knows."""

from types import SimpleNamespace

import pytest

from utils.experiments.search.journal import Trial
from utils.experiments.search.ray_tune import grace, make_scheduler

POINT = {"layers": "32 | 64 64", "dense_units": 512, "dropout": 0.5, "regularizer": "none",
         "weight_decay": 0.001, "batch_size": 96, "learning_rate": 0.001}  # fmt: skip

pytest.importorskip("ray", reason="the extra search isn't installed")


def running(scheduler, number):
    """Return what Ray Tune hands a scheduler as a trial."""
    trial = SimpleNamespace(trial_id=f"ray{number}")
    scheduler.on_trial_add(None, trial)
    return trial


def ended(number, *values):
    rows = [
        {"epoch": n + 1, "val_accuracy": value, "wall_time": 100 * number + n}
        for n, value in enumerate(values)
    ]
    status = "finished" if len(values) == 8 else "stopped"
    return Trial(number, POINT, {"status": status, "history": rows})


def tell(scheduler, trial, epoch, value):
    return scheduler.on_trial_result(None, trial, {"epoch": epoch, "val_accuracy": value})


def test_the_worse_half_is_stopped_at_a_rung_and_goes_on_elsewhere():
    scheduler = make_scheduler(8, [])
    good, bad = running(scheduler, 0), running(scheduler, 1)
    assert [tell(scheduler, good, epoch, 0.5) for epoch in (1, 2)] == ["CONTINUE"] * 2
    assert tell(scheduler, bad, 1, 0.1) == "CONTINUE"  # the first rung is after a quarter
    assert tell(scheduler, bad, 2, 0.1) == "STOP"


def test_epochs_that_are_told_again_decide_nothing_anew():
    scheduler = make_scheduler(8, [])
    first, second = running(scheduler, 0), running(scheduler, 1)
    assert tell(scheduler, first, 2, 0.1) == tell(scheduler, second, 2, 0.5) == "CONTINUE"
    assert tell(scheduler, first, 2, 0.1) == "CONTINUE"


def test_a_new_sitting_judges_as_the_old_one_would_have():
    before = [ended(0, *[0.5] * 8), ended(1, 0.2, 0.3), ended(2, *[0.6] * 8)]
    scheduler = make_scheduler(8, before)
    told = [tell(scheduler, running(scheduler, n), 2, value) for n, value in ((3, 0.4), (4, 0.7))]
    assert told == ["STOP", "CONTINUE"]
    forgetful = make_scheduler(8, [])  # what Ray Tune's own restore would go on with
    assert tell(forgetful, running(forgetful, 3), 2, 0.4) == "CONTINUE"


def test_the_first_rung_is_after_a_quarter_of_the_epochs():
    assert [grace(epochs) for epochs in (1, 2, 8, 50)] == [1, 1, 2, 12]
