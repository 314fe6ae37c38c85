"""The made table keeps its rule, shuffling touches the order alone, the networks are as large."""

import numpy as np
import pytest

from tools.reference.tabular import COLUMNS, NOISE, ROWS, network, players, shuffled
from utils.experiments.measured import read_measured


def test_the_answers_of_the_table_follow_the_rule_that_the_page_tells() -> None:
    rows, answers, *_ = players(0)
    one = dict(zip(COLUMNS, rows.T, strict=True))
    worth = one["hits"] + one["walks"] + 2 * one["home_runs"] - one["strikeouts"]
    worth -= 2 * one["stolen"] * one["caught"]
    sure = np.abs(worth) > 4 * NOISE
    assert rows.shape == (ROWS, 16) and sure.mean() > 0.3
    assert ((worth > 0)[sure] == answers[sure]).all()
    assert 0.45 < answers.mean() < 0.55


def test_columns_lie_by_the_alphabet_and_tell_nothing_of_one_another() -> None:
    assert list(COLUMNS) == sorted(COLUMNS)
    along = np.corrcoef(players(0)[0].T) - np.eye(len(COLUMNS))
    assert np.abs(along).max() < 0.05


def test_shuffling_moves_whole_columns_the_same_way_in_every_row_and_keeps_the_answers() -> None:
    parts = players(0)
    rows, answers, fresh, wanted = shuffled(parts, 3)
    assert answers is parts[1] and wanted is parts[3]
    order = [int(np.flatnonzero(parts[0][0] == value)[0]) for value in rows[0]]
    assert sorted(order) == list(range(16)) and order != sorted(order)
    assert (rows == parts[0][:, order]).all() and (fresh == parts[2][:, order]).all()


@pytest.mark.parametrize(("name", "inputs", "classes"), [("table", 16, 2), ("digits", 784, 10)])
def test_the_dense_network_has_about_as_many_weights_as_the_cnn(
    name: str, inputs: int, classes: int
) -> None:
    counts = {}
    for kind in ("cnn", "dense", "linear"):
        model = network(kind, name, inputs, classes)
        model.build((None, inputs))
        counts[kind] = model.count_params()
    assert abs(counts["dense"] / counts["cnn"] - 1) < 0.02
    assert counts["linear"] == (inputs + 1) * classes
    held = {row.quantity: row.value for row in read_measured("tabular")}
    assert all(held[f"{name}.{kind}.weights"] == count for kind, count in counts.items())
