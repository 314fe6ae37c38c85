"""The networks of `utils.networks.tflearn_cnn`, in JAX: those that the studies and the ladder have.

A config is here what `jobs` writes: `Config`'s fields as attributes. Knows nothing of training.

Weights are two lists of float32 arrays in the order and the layout of the course's
`kept_variables`: the trainable ones, and what batch normalisation has measured.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["first_weights", "has_shortcut", "probabilities"]

DECAY, EPSILON = 0.9, 1e-5  # of batch normalisation: TFLearn's own
CUT = 0.87962566103423978  # the spread of a normal distribution that is cut off at two
LAST = 10_000  # a layer number that no hidden layer has

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw as `tflearn.initializations.uniform_scaling` does."""
    limit = np.sqrt(3 / np.prod(shape[:-1]))
    return rng.uniform(-limit, limit, shape)


def he(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw as the course's `variance_scaling` does by default: He's, cut off at two spreads."""
    return cut_off(rng, shape) * np.sqrt(2 / np.prod(shape[:-1])) / CUT


def small(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw as TFLearn's default, `truncated_normal`, does."""
    return 0.02 * cut_off(rng, shape)


def cut_off(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw from a normal distribution; what lies beyond two spreads is drawn again."""
    drawn = rng.standard_normal(shape)
    while (far := np.abs(drawn) > 2).any():
        drawn[far] = rng.standard_normal(far.sum())
    return drawn


class Weights:
    """A network's weights, handed to its layers one after another; or drawn, where none are given.

    penalised: the places of those trainable weights that a regularizer counts.
    """

    def __init__(self, trained: Any = None, measured: Any = None, seed: int = 0) -> None:
        self.trained, self.measured = list(trained or ()), list(measured or ())
        self.drawing, self.seed = trained is None, seed
        self.new: list[Any] = []  # what batch normalisation has measured after this batch
        self.penalised: list[int] = []
        self._taken, self._hidden, self._norms = 0, 0, 0

    def take(self, shape: tuple[int, ...], draw: Draw, layer: int) -> Any:
        if self.drawing:
            drawn = draw(np.random.default_rng((self.seed, layer)), shape)
            self.trained.append(np.asarray(drawn, np.float32))
        self._taken += 1
        return self.trained[self._taken - 1]

    def hidden(self, shape: tuple[int, ...], draw: Draw) -> Any:
        """Return the weights of the next hidden layer; each draws by a seed of its own."""
        self._hidden += 1
        self.penalised.append(self._taken)
        return self.take(shape, draw, self._hidden - 1)

    def zeros(self, size: int) -> Any:
        return self.take((size,), lambda rng, shape: np.zeros(shape), LAST)

    def normalise(self, x: Any, parts: Any = None) -> Any:
        """Return batch normalisation of maps, by their batch or by what was measured.

        parts: while training, each picture's part in the batch's means, (n,).
        """
        filters, number = x.shape[-1], self._norms
        beta = self.zeros(filters)
        gamma = self.take(
            (filters,), lambda rng, shape: rng.normal(1, 0.002, shape), LAST + 1 + number
        )
        if self.drawing:
            self.measured += [np.zeros(filters, np.float32), np.ones(filters, np.float32)]
        mean, variance = self.measured[2 * number : 2 * number + 2]
        self._norms += 1
        if parts is not None:
            # The slopes go through the mean once: as in TensorFlow's `moments`.
            now = [_mean(x, parts)]
            now.append(_mean((x - jax.lax.stop_gradient(now[0])) ** 2, parts))
            pairs = zip((mean, variance), now, strict=True)
            self.new += [old - (1 - DECAY) * (old - one) for old, one in pairs]
            mean, variance = now
        return (x - mean) * (gamma / jnp.sqrt(variance + EPSILON)) + beta


def _mean(maps: Any, parts: Any) -> Any:
    """Return each map's mean over all places of all pictures, a picture counted by its part."""
    return (parts[:, None] * maps.mean((1, 2))).sum(0)


def has_shortcut(layer_set: Any) -> bool:
    """Say whether a set can have a shortcut, as `config.has_shortcut` does."""
    return len(layer_set) > 1 and layer_set[0] == layer_set[-1]


def probabilities(config: Any, weights: Weights, x: Any, parts: Any = None, key: Any = None) -> Any:
    """Return the shares of ten classes, (n, 10) float32, for standardised pictures.

    parts: while training, each picture's part in the batch's means, (n,) float32: 1 / pictures,
        and 0 for one that only fills a smaller batch up; None when not training.
    key: of JAX's random numbers, for dropout. Raises ValueError for a network that isn't here.
    """
    if config.network == "sets":
        x = _sets(config, weights, x, parts, key)
    elif config.network == "resnet":
        x = _resnet(config, weights, x, parts)
    else:
        raise ValueError(f"no {config.network} in JAX")
    w = weights.take((x.shape[-1], 10), small, LAST - 1)
    return jax.nn.softmax(x @ w + weights.zeros(10))


def first_weights(config: Any, seed: int) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """Draw a network's weights; return trainable ones, measured ones, and which are penalised."""
    weights = Weights(seed=seed)
    jax.eval_shape(  # shapes alone: nothing is computed
        lambda x: probabilities(config, weights, x),
        jax.ShapeDtypeStruct((1, 32, 32, 3), jnp.float32),
    )
    return weights.trained, weights.measured, weights.penalised


def _conv(x: Any, w: Any, stride: int = 1) -> Any:
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(
        x, w, (stride, stride), "SAME", dimension_numbers=layout, precision="highest"
    )


def _pooled(x: Any, kind: str) -> Any:
    n, height, width, filters = x.shape
    cells = x.reshape(n, height // 2, 2, width // 2, 2, filters)
    if kind == "average":
        return cells.mean((2, 4))
    # Of equal values the first has the whole slope, as in TensorFlow; `max` would share it out.
    four = [cells[:, :, row, :, column] for row in (0, 1) for column in (0, 1)]
    return functools.reduce(lambda one, other: jnp.where(other > one, other, one), four)


def _sets(config: Any, weights: Weights, x: Any, parts: Any, key: Any) -> Any:
    size = config.filter_size
    for number, layer_set in enumerate(config.layers):
        joined = config.shortcut and has_shortcut(layer_set)
        first: Any = None
        for place, filters in enumerate(layer_set):
            x = _conv(x, weights.hidden((size, size, x.shape[-1], filters), uniform))
            bare = not config.batch_norm  # then it has a bias
            x = x + weights.zeros(filters) if bare else weights.normalise(x, parts)
            if joined and place == len(layer_set) - 1:
                x = x + first
            x = jax.nn.relu(x)
            first = x if first is None else first
        if number < config.pooled_sets:
            x = _pooled(x, config.pooling)
    if config.global_pooling:
        x = x.mean((1, 2))
    else:
        x = x.reshape(len(x), -1)
        draw = uniform if config.dense_init == "uniform_scaling" else small
        w = weights.hidden((x.shape[-1], config.dense_units), draw)
        x = jax.nn.relu(x @ w + weights.zeros(config.dense_units))
    if parts is not None and config.dropout:
        kept = jax.random.bernoulli(key, 1 - config.dropout, x.shape)
        x = jnp.where(kept, x / (1 - config.dropout), 0)
    return x


def _resnet(config: Any, weights: Weights, x: Any, parts: Any) -> Any:
    def normalised(x: Any) -> Any:
        return jax.nn.relu(weights.normalise(x, parts))

    def conv(x: Any, filters: int, stride: int = 1) -> Any:
        return _conv(x, weights.hidden((3, 3, x.shape[-1], filters), he), stride)

    x = conv(x, config.layers[0][0])
    for stage, (filters, *others) in enumerate(config.layers):
        for block in range((1 + len(others)) // 2):
            stride = 2 if stage and not block else 1
            made = conv(normalised(conv(normalised(x), filters, stride)), filters)
            kept = x[:, ::stride, ::stride]
            x = made + jnp.pad(kept, ((0, 0), (0, 0), (0, 0), (0, filters - kept.shape[-1])))
    return normalised(x).mean((1, 2))
