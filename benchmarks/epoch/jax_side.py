"""JAX's side: one `jit` a step, Adam written out; no library but JAX.

Convolutions as products of unfolded pictures, and pooling by maxima of slices, took as long.

Bfloat16: weights and Adam's means stay float32, the pass forward and back is in bfloat16.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from benchmarks.epoch.task import Clock, Pictures, Training

DEGREES = 25
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
Weights = list[tuple[jax.Array, jax.Array]]


def train(training: Training, pictures: Pictures, clock: Clock) -> dict[str, str | float]:
    """Train by a jitted step over batches that NumPy picks."""
    config = training.config
    key = jax.random.key(config.seed)
    weights = _first_weights(config, key)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, jax.tree.map(jnp.zeros_like, weights), jnp.zeros((), jnp.int32))
    step = _step_of(training, pictures)
    order = np.random.default_rng(config.seed)
    for _ in range(training.epochs):
        clock.start()
        total = np.zeros(2, np.float32)
        for chosen in np.split(*_cuts(order.permutation(len(pictures.labels)), config)):
            key, mine = jax.random.split(key)
            batch = pictures.images[chosen], pictures.labels[chosen]
            state, sums = step(state, *batch, mine)
            total = total + sums
        jax.block_until_ready((state, total))
        clock.stop()
    dtype = jnp.dtype(training.precision)
    return {
        "accuracy": _accuracy(state[0], config, pictures, dtype),
        "precision": training.precision,
        "library": f"JAX {jax.__version__}",
    }


def _cuts(order: np.ndarray, config: Any) -> tuple[np.ndarray, range]:
    return order, range(config.batch_size, len(order), config.batch_size)


def _first_weights(config: Any, key: jax.Array) -> Weights:
    """Draw the first weights as TFLearn does; biases are 0."""
    shapes: list[tuple[int, ...]] = []
    channels, side = 3, 32
    for layer_set in config.layers:
        for filters in layer_set:
            shapes.append((3, 3, channels, filters))
            channels = filters
        side = -(-side // 2)
    shapes.append((channels * side**2, config.dense_units))
    *hidden, last = jax.random.split(key, len(shapes) + 1)
    weights = []
    for one, shape in zip(hidden, shapes, strict=True):
        limit = math.sqrt(3 / math.prod(shape[:-1]))
        drawn = jax.random.uniform(one, shape, minval=-limit, maxval=limit)
        weights.append((drawn, jnp.zeros(shape[-1])))
    normal = 0.02 * jax.random.truncated_normal(last, -2, 2, (config.dense_units, 10))
    return [*weights, (normal, jnp.zeros(10))]


def _logits(weights: Weights, config: Any, images: jax.Array, drop: jax.Array | None) -> jax.Array:
    """Return the logits; drop: the key that dropout draws by, None to leave it out."""
    layers = iter(weights)
    for layer_set in config.layers:
        for _ in layer_set:
            kernel, bias = next(layers)
            images = lax.conv_general_dilated(
                images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            images = jax.nn.relu(images + bias)
        images = _max_pool(images)
    kernel, bias = next(layers)
    hidden = jax.nn.relu(images.reshape(len(images), -1) @ kernel + bias)
    if drop is not None:
        kept = jax.random.bernoulli(drop, 1 - config.dropout, hidden.shape)
        hidden = jnp.where(kept, hidden / (1 - config.dropout), 0)
    kernel, bias = next(layers)
    return (hidden @ kernel + bias).astype(jnp.float32)


def _max_pool(images: jax.Array) -> jax.Array:
    """Pool 2×2."""
    return lax.reduce_window(images, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")


def _standardised(images: jax.Array, pictures: Pictures) -> jax.Array:
    return (images.astype(jnp.float32) - pictures.mean) / pictures.std


def _step_of(training: Training, pictures: Pictures) -> Callable[..., Any]:
    """Return the jitted step; the state is donated, so that it is changed in place."""
    dtype = jnp.dtype(training.precision)

    def loss_of(weights: Weights, images: Any, labels: Any, key: Any) -> tuple[Any, Any]:
        low = jax.tree.map(lambda one: one.astype(dtype), weights)
        logits = _logits(low, training.config, images.astype(dtype), key)
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
        return -picked.mean(), (logits.argmax(1) == labels).sum()

    @partial(jax.jit, donate_argnums=0)
    def step(state: Any, images: Any, labels: Any, key: Any) -> tuple[Any, Any]:
        turn, drop = jax.random.split(key)
        images = _standardised(images, pictures)
        if training.augmented:
            images = _augmented(images, turn)
        gradient = jax.value_and_grad(loss_of, has_aux=True)
        (loss, right), slopes = gradient(state[0], images, labels, drop)
        sums = jnp.stack([loss * len(labels), right.astype(jnp.float32)])
        return _adam(state, slopes, training.config.learning_rate), sums

    return step


def _adam(state: Any, slopes: Weights, rate: float) -> Any:
    """Return the state after one step of Adam (Kingma and Ba 2015, algorithm 1)."""
    weights, first, second, count = state
    count = count + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, slopes)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, slopes)
    size = rate * jnp.sqrt(1 - BETA2**count) / (1 - BETA1**count)
    weights = jax.tree.map(
        lambda w, m, v: w - size * m / (jnp.sqrt(v) + EPSILON), weights, first, second
    )
    return weights, first, second, count


def _augmented(images: jax.Array, key: jax.Array) -> jax.Array:
    """Mirror and turn a batch by one bilinear warp; corners become 0, the mean colour."""
    n = len(images)
    coins, angles = jax.random.split(key)
    turned, mirrored = jax.random.uniform(coins, (2, n)) < 0.5
    limit = math.radians(DEGREES)
    angles = jnp.where(turned, jax.random.uniform(angles, (n,), minval=-limit, maxval=limit), 0)
    return jax.vmap(_warped)(images, angles, jnp.where(mirrored, -1.0, 1.0))


def _warped(image: jax.Array, angle: jax.Array, mirror: jax.Array) -> jax.Array:
    height, width, _ = image.shape
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    y, x = jnp.mgrid[:height, :width]
    y, x = y - middle_y, x - middle_x
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    places = [sin * x + cos * y + middle_y, mirror * (cos * x - sin * y) + middle_x]
    warp = partial(jax.scipy.ndimage.map_coordinates, coordinates=places, order=1)
    return jax.vmap(warp, in_axes=-1, out_axes=-1)(image)


def _accuracy(weights: Weights, config: Any, pictures: Pictures, dtype: Any) -> float:
    low = jax.tree.map(lambda one: one.astype(dtype), weights)
    guess = jax.jit(
        lambda images: _logits(low, config, _standardised(images, pictures).astype(dtype), None)
    )
    right = 0
    for start in range(0, len(pictures.validation_labels), 1000):
        part = slice(start, start + 1000)
        guesses = np.argmax(guess(pictures.validation_images[part]), axis=1)
        right += int((guesses == pictures.validation_labels[part]).sum())
    return right / len(pictures.validation_labels)
