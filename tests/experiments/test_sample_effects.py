"""What the five studies teach shows on the built-in sample at `quick`, with each seed of a table.

`course reference quick_sample` makes the table: anew, where recipes or pictures have changed.
"""

import csv
import json
from collections import defaultdict

import pytest

from tools.study_tables import FOLDER, TABLES, twin
from utils.data import load

TABLE = TABLES["quick_sample"]
ACCOUNT = json.loads((FOLDER / f"{TABLE.name}.json").read_text(encoding="utf-8"))


def _ends(column: str) -> dict[int, dict[str, float]]:
    """Return each seed's value of the last epoch, by `study/variant`."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    with (FOLDER / f"{TABLE.name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[int(row["seed"])][f"{row['study']}/{row['variant']}"] = float(row[column])
    return found


ENDS, KNOWN = _ends("val_accuracy"), _ends("train_accuracy")
each_seed = pytest.mark.parametrize("seed", ACCOUNT["seeds"])


def test_it_is_of_todays_recipes_and_pictures() -> None:
    assert ACCOUNT["dataset"]["sha256"] == load("cifar10", "sample").sha256
    own = [name for name in TABLE.runs if not twin(TABLE, name, 0)]
    assert {(run["name"], run["seed"]) for run in ACCOUNT["runs"]} == {
        (name, seed) for name in own for seed in ACCOUNT["seeds"]
    }
    for run in ACCOUNT["runs"]:
        config = TABLE.config(run["name"], run["seed"])
        assert run["config"] == json.loads(json.dumps(config.to_dict())), run["name"]


@each_seed
def test_depth_helps(seed: int) -> None:
    final = ENDS[seed]
    deep = min(final["layers/three-sets"], final["layers/baseline"])
    assert deep > final["layers/one-set"] + 0.1


@each_seed
def test_dropout_holds_back(seed: int) -> None:
    """Its network doesn't know the training pictures so much better than new ones."""
    gap = {name: KNOWN[seed][name] - accuracy for name, accuracy in ENDS[seed].items()}
    assert gap["dropout/0"] > 0.1 and gap["dropout/0"] > gap["dropout/0.5"] + 0.02


@each_seed
def test_l1_at_this_strength_stops_the_learning(seed: int) -> None:
    final = ENDS[seed]
    others = min(final["regularization/none"], final["regularization/L2"])
    assert final["regularization/L1"] < others - 0.1


@each_seed
def test_large_batches_take_too_few_steps(seed: int) -> None:
    final = ENDS[seed]
    assert final["batch_size/50"] > final["batch_size/500"] + 0.1
    assert final["batch_size/96"] > final["batch_size/500"] > final["batch_size/2000"]


@each_seed
def test_a_learning_rate_can_be_too_small_and_too_large(seed: int) -> None:
    final = ENDS[seed]
    others = max(final["learning_rate/0.0001"], final["learning_rate/0.01"])
    assert final["learning_rate/0.001"] > others + 0.1
