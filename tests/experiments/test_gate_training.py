"""Notebook 02's one neuron: what is noted on the way, and where it is logged."""

from pathlib import Path

import numpy as np
import pytest

from utils.experiments import read_scalars, train_gate

OR = np.array([[0], [1], [1], [1]], dtype=np.float32)
START = ([[0.1], [-0.2]], [0.0])


def test_from_the_lessons_start_it_takes_the_steps_that_notebook_04_takes_by_hand():
    rows = train_gate(OR, start=START)
    assert [row["epoch"] for row in rows[:5]] == [1, 2, 3, 10, 20]
    assert rows[-1]["epoch"] == 2000 and len(rows) == 203
    assert rows[0]["loss"] == pytest.approx(0.182975, abs=1e-6)
    assert rows[-1]["loss"] == pytest.approx(0.000639, abs=1e-6)
    assert np.ravel([*rows[-1]["w"], rows[-1]["b"]]) == pytest.approx(
        [6.954393, 6.954384, -3.236627], abs=1e-5
    )


def test_a_named_run_is_what_tensorboard_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    rows = train_gate(OR, learning_rate=20, seed=3, log="quick-one")
    logged = read_scalars(tmp_path / "or_gate" / "quick-one" / "seed-3")
    assert set(logged) == {"Loss", "Learning rate"}
    assert [(step, value) for step, value, _ in logged["Loss"]] == [
        (row["epoch"], pytest.approx(row["loss"])) for row in rows
    ]


def test_without_a_name_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "runs"))
    train_gate(OR)
    assert not (tmp_path / "runs").exists()


def test_shuffled_rows_are_learned_too_and_noted_at_the_same_epochs():
    rows = train_gate(OR, shuffle=True)
    assert [row["epoch"] for row in rows] == [1, 2, 3, *range(10, 2001, 10)]
    assert rows[-1]["loss"] < 0.002


def test_without_a_bias_the_answer_to_two_zeros_is_one_half_for_ever():
    rows = train_gate(OR, bias=False)
    assert {float(row["predictions"][0, 0]) for row in rows} == {0.5}
    assert not any(row["b"].any() for row in rows) and rows[-1]["w"].min() > 3


def test_hidden_neurons_learn_xor_where_one_neuron_and_a_tiny_start_do_not():
    xor = np.array([[0], [1], [1], [0]], dtype=np.float32)
    learned = train_gate(xor, hidden=2, width=1)[-1]
    assert learned["loss"] < 0.01 and learned["w"].shape == (2, 1)
    assert [train_gate(xor, hidden=hidden)[-1]["loss"] for hidden in (0, 2)] == pytest.approx(
        [0.25, 0.25], abs=1e-4
    )


def test_the_first_weights_are_drawn_with_the_width_that_is_asked_for():
    first = [train_gate(OR, 1e-9, hidden=200, width=width)[0]["w"].std() for width in (0.02, 1.0)]
    assert first == pytest.approx([0.0176, 0.88], rel=0.2)  # cut off at two widths: 0.88 of them
