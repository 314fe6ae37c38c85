"""A small network that learns two moons, in NumPy alone: points, forward, backward, training.

The same recipe as in the five studies, small enough for a second: ReLU, cross-entropy, dropout,
L2, batches; but plain gradient descent. Knows nothing of figures or controls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import binary_cross_entropy, relu, sigmoid

__all__ = ["MoonsConfig", "History", "MoonsNetwork", "half_moons", "sets", "train"]

TRAINING, VALIDATION = 100, 500  # points
# Points a matrix product, where there are many: BLAS would call up its threads for larger
# products, and waiting for them takes longer than these do.
PIECE = 50


@dataclass(frozen=True)
class MoonsConfig:
    """The recipe of a training.

    layers: hidden layers; 0 is a single neuron, whose boundary is a straight line.
    units: neurons of each hidden layer, ReLU.
    dropout: the *drop* rate of every hidden layer, in [0, 1).
    weight_decay: L2 adds weight_decay · Σw²/2 to the loss, over all weights and no bias.
    batch_size: points a step. learning_rate: η of w ← w - η · gradient.
    epochs: passes over the training points.
    noise: standard deviation of the points around their moon, whose radius is 1.
    seed: fixes the first weights, the order of points and dropout; the points stay the same.
    """

    layers: int = 2
    units: int = 48
    dropout: float = 0.0
    weight_decay: float = 0.0
    batch_size: int = 10
    learning_rate: float = 0.3
    epochs: int = 200
    noise: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        for name, ok, rule in (
            ("layers", 0 <= self.layers <= 8, "from 0 to 8"),
            ("units", 1 <= self.units <= 512, "from 1 to 512"),
            ("dropout", 0 <= self.dropout < 1, "at least 0 and less than 1"),
            ("weight_decay", self.weight_decay >= 0, "at least 0"),
            ("batch_size", 1 <= self.batch_size <= TRAINING, f"from 1 to {TRAINING}"),
            ("learning_rate", self.learning_rate > 0, "more than 0"),
            ("epochs", self.epochs >= 1, "at least 1"),
            ("noise", self.noise >= 0, "at least 0"),
            ("seed", self.seed >= 0, "at least 0"),
        ):
            if not ok:
                raise CourseError(f"{name} is {getattr(self, name)!r}; it must be {rule}.")

    @property
    def steps(self) -> int:
        """Steps of the whole training; the last, smaller batch of an epoch is one too."""
        return self.epochs * -(-TRAINING // self.batch_size)


@dataclass(frozen=True)
class History:
    """What a training did.

    loss, accuracy, val_loss, val_accuracy: before the first epoch and after each, dropout off,
        without penalty; (epochs + 1,) float64, shorter where the training diverged.
    network: as it was at the last of those.
    diverged: the epoch that ended with a loss that isn't finite; None where none did.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    network: "MoonsNetwork"
    diverged: int | None

    @property
    def gap(self) -> float:
        """Validation minus training loss at the end."""
        return float(self.val_loss[-1] - self.loss[-1])


def half_moons(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of two interleaved half circles, (n, 2), and their classes, (n,) 0 or 1.

    float32. The curves are those of scikit-learn's make_moons with their middle at (0, 0).
    """
    rng = np.random.default_rng(seed)
    upper, lower = rng.uniform(0, np.pi, n // 2), rng.uniform(0, np.pi, n - n // 2)
    above = np.stack([np.cos(upper), np.sin(upper)], axis=1)
    below = np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1)
    classes = np.repeat([0, 1], [len(upper), len(lower)])
    points = np.concatenate([above, below]) - [0.5, 0.25] + rng.normal(0, noise, (n, 2))
    return points.astype(np.float32), classes.astype(np.float32)


@lru_cache
def sets(noise: float) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and validation points with their classes; each call the same."""
    return half_moons(TRAINING, noise, seed=0), half_moons(VALIDATION, noise, seed=1)


class MoonsNetwork:
    """Hidden ReLU layers and one neuron that says how likely class 1 is.

    numbers: all weights and biases in one vector (count,); `weights` and `biases` are
        its parts, layer by layer: (inputs, outputs) and (outputs,).
    """

    def __init__(self, layers: int, units: int, dtype: type = np.float32) -> None:
        self.sizes = [2] + [units] * layers + [1]
        self._pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        self.numbers: np.ndarray = np.zeros(sum(i * o + o for i, o in self._pairs), dtype)
        self.weights, self.biases = self._parts(self.numbers)
        self._gradients = np.zeros_like(self.numbers)  # one memory for all steps
        self._gradient_parts = self._parts(self._gradients)

    @classmethod
    def drawn(cls, layers: int, units: int, rng: np.random.Generator) -> "MoonsNetwork":
        """Return a network with first weights after He et al. (2015), biases 0."""
        network = cls(layers, units)
        for w in network.weights:
            w[...] = rng.normal(0, np.sqrt(2 / len(w)), w.shape)
        return network

    def copy(self) -> "MoonsNetwork":
        """Return the network as it is now."""
        twin = MoonsNetwork(len(self.sizes) - 2, self.sizes[1])
        twin.numbers[...] = self.numbers
        return twin

    def logits(self, x: np.ndarray, masks: Sequence[np.ndarray] = ()) -> np.ndarray:
        """Return z of the last neuron for points (…, n, 2): (…, n). See `gradients` for masks."""
        return self._forward(x, masks)[0]

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Return ŷ, how likely class 1 is, for points (n, 2): (n,)."""
        pieces = -(-len(x) // PIECE)
        padded = np.zeros((pieces * PIECE, 2), x.dtype)
        padded[: len(x)] = x
        with np.errstate(over="ignore"):
            return sigmoid(self.logits(padded.reshape(-1, PIECE, 2)).ravel()[: len(x)])

    def gradients(
        self, x: np.ndarray, y: np.ndarray, decay: float = 0.0, masks: Sequence[np.ndarray] = ()
    ) -> np.ndarray:
        """Return the gradient of the loss plus decay · Σw²/2 for all numbers, (count,).

        x: points (n, 2). y: their classes (n,). masks: what each hidden layer's outputs are
        multiplied with, (n, units) each: 0 where dropped, else 1 / (1 - drop rate); or none.
        The result is overwritten by the next call.
        """
        z, hidden = self._forward(x, masks)
        back = ((sigmoid(z) - y) / len(y))[:, None]
        for k in range(len(self.weights) - 1, -1, -1):
            below = hidden[k - 1] if k else x
            np.matmul(below.T, back, out=self._gradient_parts[0][k])
            back.sum(axis=0, out=self._gradient_parts[1][k])
            if k:
                back = back @ self.weights[k].T
                back *= below > 0  # 0 also where dropout was
                if len(masks):
                    back *= masks[k - 1]
            if decay:
                self._gradient_parts[0][k] += decay * self.weights[k]
        return self._gradients

    def _forward(
        self, x: np.ndarray, masks: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        hidden = []
        for k in range(len(self.weights) - 1):
            x = x @ self.weights[k]
            x += self.biases[k]
            relu(x, out=x)
            if len(masks):
                x *= masks[k]
            hidden.append(x)
        return (x @ self.weights[-1])[..., 0] + self.biases[-1], hidden

    def _parts(self, numbers: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        weights, biases, start = [], [], 0
        for i, o in self._pairs:
            weights.append(numbers[start : start + i * o].reshape(i, o))
            biases.append(numbers[start + i * o : start + i * o + o])
            start += i * o + o
        return weights, biases


@lru_cache(maxsize=256)
def train(config: MoonsConfig) -> History:
    """Train a network by that recipe; the same config gives the same history.

    It ends early where a loss isn't finite any more: such a training has diverged.
    """
    with np.errstate(all="ignore"):  # what isn't finite is a result here
        return _train(config)


def _train(config: MoonsConfig) -> History:
    (x, y), (val_x, val_y) = sets(config.noise)
    all_x = np.concatenate([x, val_x]).reshape(-1, PIECE, 2)
    rng = np.random.default_rng(config.seed)
    network = MoonsNetwork.drawn(config.layers, config.units, rng)
    scores: list[tuple[float, ...]] = []
    diverged, last = None, network
    for epoch in range(config.epochs + 1):
        if epoch:
            _one_epoch(network, x, y, config, rng)
        z = network.logits(all_x).ravel()
        score = (*_score(z[:TRAINING], y), *_score(z[TRAINING:], val_y))
        if not np.isfinite(score).all():
            diverged = epoch
            break
        scores.append(score)
        last = network.copy()
    columns = np.array(scores).T
    columns.setflags(write=False)
    last.numbers.setflags(write=False)
    loss, accuracy, val_loss, val_accuracy = columns
    return History(loss, accuracy, val_loss, val_accuracy, last, diverged)


def _score(z: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    return binary_cross_entropy(z, y), float(np.mean((z > 0) == (y > 0)))


def _one_epoch(
    network: MoonsNetwork,
    x: np.ndarray,
    y: np.ndarray,
    config: MoonsConfig,
    rng: np.random.Generator,
) -> None:
    """Go once through the points in a new order, a step a batch."""
    order = rng.permutation(len(y))
    x, y = x[order], y[order]
    masks = []
    if config.dropout:
        kept = rng.random((config.layers, len(y), config.units)) >= config.dropout
        masks = list(kept * np.float32(1 / (1 - config.dropout)))
    for start in range(0, len(y), config.batch_size):
        batch = slice(start, start + config.batch_size)
        gradient = network.gradients(
            x[batch], y[batch], config.weight_decay, [mask[batch] for mask in masks]
        )
        gradient *= config.learning_rate
        network.numbers -= gradient
