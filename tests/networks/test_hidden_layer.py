"""The network of notebook 05: its gradient, its training, and where the notebook shows it."""

import inspect

import nbformat
import numpy as np
import pytest

from utils import settings
from utils.experiments.measured import read_measured
from utils.networks.in_numpy import hidden_layer
from utils.networks.in_numpy.hidden_layer import X, Y, backward, first_weights, forward, train


def loss_of(weights):
    """The mean square loss, row by row and neuron by neuron, on purpose unlike the module's."""
    W1, b1, W2, b2 = weights
    total = 0.0
    for (x1, x2), y in zip(X, Y[:, 0], strict=True):
        z = b2[0]
        for k in range(len(b1)):
            z += W2[k, 0] / (1 + np.exp(-(W1[0, k] * x1 + W1[1, k] * x2 + b1[k])))
        total += (1 / (1 + np.exp(-z)) - y) ** 2
    return total / 4


def measured(weights, h=1e-5):
    """The gradient by central differences, in the weights' shapes."""
    found = [np.zeros_like(one) for one in weights]
    for part, slopes in zip(weights, found, strict=True):
        for place in np.ndindex(part.shape):
            before = part[place]
            part[place] = before + h
            up = loss_of(weights)
            part[place] = before - h
            slopes[place] = (up - loss_of(weights)) / (2 * h)
            part[place] = before
    return found


@pytest.mark.parametrize("hidden", [1, 2, 3, 8])
@pytest.mark.parametrize("width", [0.0, 1.0, 3.0])
def test_the_gradient_is_how_the_loss_changes(hidden, width):
    weights = first_weights(hidden, width, seed=1)
    loss, gradient = backward(weights)
    assert loss == pytest.approx(loss_of(weights), abs=1e-15)
    for slopes, wanted in zip(gradient, measured(weights), strict=True):
        assert slopes.shape == wanted.shape
        np.testing.assert_allclose(slopes, wanted, atol=1e-9)


def test_each_step_goes_against_the_gradient_and_the_losses_are_those_before_the_steps():
    start = first_weights(2, 1.0, seed=0)
    once, first = train(start, 0.7, 1)
    twice, both = train(start, 0.7, 2)
    for before, slope, after in zip(start, backward(start)[1], once, strict=True):
        np.testing.assert_allclose(after, before - 0.7 * slope, atol=1e-15)
    assert both == [backward(start)[0], backward(once)[0]] and first == both[:1]
    assert train(start, 0.7, 0) == (start, [])
    assert backward(twice)[0] < both[1] < both[0]


def test_the_start_is_drawn_by_the_seed_with_that_width_and_biases_of_zero():
    many = np.concatenate([first_weights(8, 3.0, seed)[0].ravel() for seed in range(200)])
    assert many.std() == pytest.approx(3, rel=0.05) and abs(many.mean()) < 0.2
    W1, b1, W2, b2 = first_weights(3, 1.0, seed=4)
    assert (W1.shape, b1.shape, W2.shape, b2.shape) == ((2, 3), (3,), (3, 1), (1,))
    assert not b1.any() and not b2.any()
    np.testing.assert_array_equal(first_weights(3, 1.0, seed=4)[0], W1)


def test_from_seed_0_two_hidden_neurons_learn_xor():
    weights, losses = train(first_weights(2, 1.0, seed=0), 2, 2_000)
    assert losses[-1] < 0.01
    np.testing.assert_array_equal(forward(weights)[1].round(), Y)


def test_zeros_and_equal_neurons_stay_what_they_are():
    zeros = first_weights(2, 0.0, seed=0)
    for before, after in zip(zeros, train(zeros, 2, 100)[0], strict=True):
        np.testing.assert_array_equal(before, after)
    twins = [np.full_like(one, 0.5) for one in zeros]
    W1, b1, W2, _ = train(twins, 2, 100)[0]
    assert (W1[:, 0] == W1[:, 1]).all() and b1[0] == b1[1] and W2[0] == W2[1]
    assert not np.allclose(W1, 0.5)


@pytest.mark.parametrize(("name", "hidden", "seed"), [("width_1", 2, 6), ("hidden_8", 8, 0)])
def test_the_reference_holds_what_these_lines_come_to(name, hidden, seed):
    measured = {(row.quantity, row.seed): row.value for row in read_measured("hidden_layer")}
    weights, _ = train(first_weights(hidden, 1.0, seed), 2, 2_000)
    assert backward(weights)[0] == pytest.approx(measured[f"{name}.loss", seed], rel=1e-4)


def test_the_notebook_shows_this_source():
    notebook = nbformat.read(settings.NOTEBOOKS / "05_hidden_layer.ipynb", as_version=4)
    shown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for name in ("first_weights", "forward", "backward", "train"):
        assert inspect.getsource(getattr(hidden_layer, name)) in shown + "\n", name
    lines = inspect.getsource(hidden_layer).splitlines()
    for line in lines:
        assert not line.startswith(("X = ", "Y = ", "Weights = ")) or line in shown, line
