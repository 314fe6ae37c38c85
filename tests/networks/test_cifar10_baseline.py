"""The baseline on real CIFAR-10: it learns as much, in as many epochs, as it should."""

import os
from dataclasses import replace

import pytest

from utils.data import load
from utils.experiments.training import train
from utils.networks.tflearn_cnn.config import BASELINE


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("COURSE_DATA"), reason="needs real data: set COURSE_DATA")
def test_the_baseline_reaches_half_in_one_epoch_of_all_pictures(tmp_path):
    dataset = load("cifar10", source="real")
    record = train(replace(BASELINE, epochs=1), dataset, tmp_path / "run")
    assert record["dataset"]["train"] + record["dataset"]["validation"] == 50_000
    assert record["history"][-1]["val_accuracy"] >= 0.50
