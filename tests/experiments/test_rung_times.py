"""How long a rung took, from the account of the ladder's table."""

import json
from pathlib import Path

import pytest

from utils import settings
from utils.experiments.rung_times import training_time


def test_a_rungs_time_is_the_mean_over_its_seeds_on_each_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    assert training_time("crop") == "not trained yet"  # there is no table at all
    folder = tmp_path / "data" / "reference"
    folder.mkdir(parents=True)
    told = [("crop", 700.0, "GPU"), ("crop", 740.0, "GPU"), ("deeper", 9.0, "GPU"),
            ("longer", 60.0, "GPU"), ("longer", 7200.0, "CPU, 2 cores")]  # fmt: skip
    runs = [{"name": f"ladder/{name}", "seconds": seconds, "machine": machine}
            for name, seconds, machine in told]  # fmt: skip
    (folder / "ladder.json").write_text(json.dumps({"runs": runs}), encoding="utf-8")
    assert training_time("crop") == "12 min (GPU)"
    assert training_time("longer") == "1 min (GPU) and 2 h (CPU, 2 cores)"
    assert training_time("start") == "not trained yet"
