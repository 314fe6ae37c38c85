"""The run of notebook 04: its numbers, its gradient, and that the notebook shows this source."""

import inspect
from pathlib import Path

import nbformat
import numpy as np
import pytest

from utils import settings
from utils.networks.in_numpy import functions, one_neuron
from utils.networks.in_numpy.functions import sigmoid
from utils.networks.in_numpy.one_neuron import COLUMNS, X, Y, or_gate_descent

START = {"w1": 0.1, "w2": -0.2, "b": 0.0}
GRADIENT = ["dL_dw1", "dL_dw2", "dL_db"]
PARAMETERS = ["w1", "w2", "b"]
PREDICTIONS = ["y_hat_00", "y_hat_01", "y_hat_10", "y_hat_11"]


def loss(parameters: np.ndarray) -> float:
    """The mean square loss, written out row by row, on purpose unlike the module's."""
    w1, w2, b = parameters
    errors = []
    for (x1, x2), y in zip(X, Y, strict=True):
        errors.append(1 / (1 + np.exp(-(w1 * x1 + w2 * x2 + b))) - y)
    return sum(error**2 for error in errors) / 4


def measured(parameters: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The gradient by central differences."""
    steps = h * np.eye(3)
    return np.array([(loss(parameters + s) - loss(parameters - s)) / (2 * h) for s in steps])


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_how_the_loss_changes(seed: int) -> None:
    parameters = np.random.default_rng(seed).normal(0, 2, 3)
    row = or_gate_descent(*parameters, learning_rate=2, epochs=0).iloc[0]
    assert row["loss"] == pytest.approx(loss(parameters), abs=1e-15)
    assert row[GRADIENT].to_numpy(float) == pytest.approx(measured(parameters), abs=1e-9)


def test_each_row_is_the_one_before_minus_the_learning_rate_times_its_gradient() -> None:
    table = or_gate_descent(**START, learning_rate=0.7, epochs=50)
    before = table[PARAMETERS].to_numpy()[:-1] - 0.7 * table[GRADIENT].to_numpy()[:-1]
    assert table[PARAMETERS].to_numpy()[1:] == pytest.approx(before, abs=1e-15)


def test_each_row_predicts_by_its_own_weights() -> None:
    table = or_gate_descent(**START, learning_rate=2, epochs=20)
    z = table[["w1", "w2"]].to_numpy() @ X.T + table[["b"]].to_numpy()
    assert table[PREDICTIONS].to_numpy() == pytest.approx(sigmoid(z), abs=1e-15)


def test_the_table_has_a_row_an_epoch_and_starts_where_told() -> None:
    table = or_gate_descent(**START, learning_rate=2, epochs=3)
    assert list(table.columns) == COLUMNS
    assert table["epoch"].tolist() == [0, 1, 2, 3]
    assert table.loc[0, PARAMETERS].to_dict() == START


def test_after_2000_epochs_the_or_gate_is_learned_to_the_numbers_notebook_04_states() -> None:
    last = or_gate_descent(**START, learning_rate=2, epochs=2_000).iloc[-1]
    assert last["loss"] == pytest.approx(0.00063854, abs=5e-9)
    assert last[PARAMETERS].tolist() == pytest.approx([6.954397, 6.954389, -3.236629], abs=5e-7)
    found = last[PREDICTIONS].tolist()
    assert found == pytest.approx([0.037810, 0.976288, 0.976288, 0.999977], abs=5e-7)


def test_tflearn_in_float32_ends_at_the_same_numbers(tmp_path: Path) -> None:
    from utils.networks.tflearn_cnn.compat import new_graph, tflearn

    with new_graph(seed=0, precision="float32").as_default():
        layer = tflearn.fully_connected(tflearn.input_data([None, 2]), 1, activation="sigmoid")
        net = tflearn.regression(layer, optimizer="sgd", learning_rate=2, loss="mean_square")
        model = tflearn.DNN(net, tensorboard_dir=str(tmp_path))
        model.set_weights(layer.W, [[START["w1"]], [START["w2"]]])
        model.set_weights(layer.b, [START["b"]])
        # Without shuffling: TFLearn's loader may otherwise pair a row with another row's label.
        model.fit(X, Y[:, None], n_epoch=500, shuffle=False, snapshot_epoch=False)
        found = [*model.get_weights(layer.W).ravel(), *model.get_weights(layer.b)]
    wanted = or_gate_descent(**START, learning_rate=2, epochs=500).iloc[-1][PARAMETERS]
    assert found == pytest.approx(wanted.tolist(), abs=2e-5)


def test_the_notebook_shows_this_source() -> None:
    notebook = nbformat.read(settings.NOTEBOOKS / "04_gradient_descent.ipynb", as_version=4)
    shown = [c.source for c in notebook.cells if "module" in c.metadata.get("tags", [])]
    source = inspect.getsource(one_neuron) + inspect.getsource(functions.sigmoid)
    for cell in shown:
        assert cell in source
    for name in [*one_neuron.__all__, "sigmoid"]:
        assert any(f"{name} = " in cell or f"def {name}(" in cell for cell in shown), name
