"""How long a rung took, from the account of the ladder's table."""

import json
from pathlib import Path

import pytest

from utils import settings
from utils.experiments.rung_times import training_time


def test_a_rungs_time_is_the_mean_over_its_seeds_and_one_that_is_not_trained_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    assert training_time("crop") == "not trained yet"  # there is no table at all
    folder = tmp_path / "data" / "reference"
    folder.mkdir(parents=True)
    runs = [{"name": "ladder/crop", "seconds": 700.0}, {"name": "ladder/crop", "seconds": 740.0},
            {"name": "ladder/deeper", "seconds": 9.0}]  # fmt: skip
    (folder / "ladder.json").write_text(json.dumps({"runs": runs}), encoding="utf-8")
    assert training_time("crop") == "12 min"
    assert training_time("longer") == "not trained yet"
