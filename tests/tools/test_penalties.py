"""The table of penalties: weaker strengths beside what the studies' table holds."""

import csv

from tools.reference.penalties import FOLDER, known, label


def test_a_strength_is_named_as_it_is_written_and_no_two_alike() -> None:
    assert [label("L2", one) for one in (0.001, 0.0001, 0.00001)] == [
        "L2_0.001", "L2_0.0001", "L2_0.00001",
    ]  # fmt: skip


def test_what_the_studies_table_holds_is_taken_from_its_last_epochs() -> None:
    with (FOLDER / "quick.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["study"] == "regularization"]
    found = {(row.quantity, row.seed): row.value for row in known()}
    assert len(found) == 2 * len({(row["variant"], row["seed"]) for row in rows})
    (last,) = [
        row for row in rows if (row["variant"], row["seed"], row["epoch"]) == ("L1", "1", "8")
    ]
    assert found["L1_0.001.val_accuracy", 1] == float(last["val_accuracy"])
    gap = float(last["train_accuracy"]) - float(last["val_accuracy"])
    assert abs(found["L1_0.001.gap", 1] - gap) < 1e-9
