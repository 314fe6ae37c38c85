"""Gradient descent on the OR gate, one sigmoid neuron, every number of the run kept.

Notebook 04 shows these very lines in its cells, and `sigmoid` of `functions`. Nothing here knows
TensorFlow or figures.
"""

import numpy as np
import pandas as pd

from utils.networks.in_numpy.functions import sigmoid

__all__ = ["COLUMNS", "X", "Y", "or_gate_descent"]

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 1.0])


COLUMNS = ["epoch", "w1", "w2", "b", "y_hat_00", "y_hat_01", "y_hat_10", "y_hat_11"]
COLUMNS += ["loss", "dL_dw1", "dL_dw2", "dL_db"]


def or_gate_descent(
    w1: float, w2: float, b: float, learning_rate: float, epochs: int
) -> pd.DataFrame:
    """Return a row an epoch: weights and bias, predictions, loss, gradient. Row 0 is the start."""
    w, rows = np.array([w1, w2]), []
    for epoch in range(epochs + 1):
        y_hat = sigmoid(X @ w + b)
        dz = 2 * (y_hat - Y) / len(Y) * y_hat * (1 - y_hat)
        dw, db = dz @ X, dz.sum()
        rows.append([epoch, *w, b, *y_hat, np.mean((y_hat - Y) ** 2), *dw, db])
        w, b = w - learning_rate * dw, b - learning_rate * db
    return pd.DataFrame(rows, columns=COLUMNS)
