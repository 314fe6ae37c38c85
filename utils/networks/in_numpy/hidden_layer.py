"""A network with one hidden layer on the four rows of XOR: answers, gradients, training.

Notebook 05 shows these very lines in its cells. Nothing here knows TensorFlow or figures.
Source: D. Rumelhart, G. Hinton and R. Williams, "Learning representations by back-propagating
errors", Nature 323, 1986, https://doi.org/10.1038/323533a0
"""

import numpy as np

from utils.networks.in_numpy.functions import sigmoid

__all__ = ["X", "Y", "Weights", "backward", "first_weights", "forward", "train"]

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])

Weights = list[np.ndarray]  # W1 (2, hidden), b1 (hidden,), W2 (hidden, 1), b2 (1,)


def first_weights(hidden: int, width: float, seed: int) -> Weights:
    """Return weights drawn from a bell curve of that width, and biases of zero."""
    rng = np.random.default_rng(seed)
    W1, W2 = rng.normal(0, width, (2, hidden)), rng.normal(0, width, (hidden, 1))
    return [W1, np.zeros(hidden), W2, np.zeros(1)]


def forward(weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden answers h (4, hidden) and the network's answers ŷ (4, 1)."""
    W1, b1, W2, b2 = weights
    h = sigmoid(X @ W1 + b1)
    return h, sigmoid(h @ W2 + b2)


def backward(weights: Weights) -> tuple[float, Weights]:
    """Return the loss and its gradient: a slope for each number, in the weights' shapes."""
    h, y_hat = forward(weights)
    dz2 = 2 * (y_hat - Y) / len(Y) * y_hat * (1 - y_hat)
    dW2, db2 = h.T @ dz2, dz2.sum(axis=0)
    dh = dz2 @ weights[2].T
    dz1 = dh * h * (1 - h)
    dW1, db1 = X.T @ dz1, dz1.sum(axis=0)
    return float(np.mean((y_hat - Y) ** 2)), [dW1, db1, dW2, db2]


def train(weights: Weights, learning_rate: float, epochs: int) -> tuple[Weights, list[float]]:
    """Return the weights after so many steps downhill, and the loss before each step."""
    losses = []
    for _ in range(epochs):
        loss, gradient = backward(weights)
        losses.append(loss)
        weights = [w - learning_rate * dw for w, dw in zip(weights, gradient, strict=True)]
    return weights, losses
