"""The baseline on real CIFAR-10: it learns as much, in as many epochs, as the reference says."""

import csv
import os
from dataclasses import replace

import pytest

from utils.data import load
from utils.experiments.studies import config_for
from utils.experiments.training import train
from utils.settings import ROOT


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("COURSE_DATA"), reason="needs real data: set COURSE_DATA")
def test_two_epochs_reach_what_the_five_reference_runs_reached_in_two(tmp_path):
    with (ROOT / "data" / "reference" / "quick.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    second = [row for row in rows if row["study"] == "layers" and row["epoch"] == "2"]
    reached = [float(row["val_accuracy"]) for row in second if row["variant"] == "baseline"]
    dataset = load("cifar10", source="real")
    config = replace(config_for("layers", "baseline", "quick"), epochs=2)
    record = train(config, dataset, tmp_path / "run")
    assert (record["dataset"]["train"], record["dataset"]["validation"]) == (10_000, 5_000)
    assert len(reached) == 5 and min(reached) > 0.4  # guessing gives 0.1
    assert record["history"][-1]["val_accuracy"] > min(reached) - 0.05
