"""The training of `utils.experiments.training` in JAX: all pictures on the device, an epoch a call.

Knows nothing of tables or files.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tools.on_gpu.augmentation import augment
from tools.on_gpu.network import Weights, first_weights, probabilities

__all__ = ["State", "Trainer", "learning_rate"]

jax.config.update("jax_default_matmul_precision", "highest")  # float32, not TF32

EVALUATION_BATCH = 500
TRAIN_MEASURED = 2000  # as utils.experiments.studies
CLIP = 5.0  # of the slopes' norm over all weights: `tflearn.DNN`'s default
LEAST = 1e-10  # of a probability in the loss: TFLearn's
BETAS = np.float32(0.9), np.float32(0.999)  # of Adam
ONE = np.float32(1)

State = dict[str, Any]
Row = dict[str, Any]


def learning_rate(config: Any, done: float) -> float:
    """Return the rate of the step that begins after this share, 0 to 1, of the training."""
    if config.schedule == "constant":
        return float(config.learning_rate)
    return float(config.learning_rate * (1 + math.cos(math.pi * done)) / 2)


def cross_entropy(shares: Any, labels: Any) -> Any:
    """Return each picture's loss, as `tflearn.objectives.categorical_crossentropy` computes it.

    A share below LEAST, or above 1 by rounding, has no slope.
    """
    shares = shares / shares.sum(-1, keepdims=True)
    said = jnp.take_along_axis(shares, labels[:, None], 1)[:, 0]
    said = jnp.where(said < LEAST, LEAST, said)
    return -jnp.log(jnp.where(said > 1, 1.0, said))


class Trainer:
    """Trains runs of one recipe, whatever their seeds: its programs are compiled once."""

    def __init__(self, config: Any, train: Any, validation: Any, mean: float, std: float) -> None:
        """Put a recipe's pictures on the device.

        train, validation: pictures, (n, 32, 32, 3) uint8, and labels, (n,) int32.
        mean, std: of all colour values of the training pictures.
        """
        self.config, self.train_size = config, len(train[1])
        self.images, self.labels = map(jnp.asarray, train)
        self.wanted = np.concatenate([validation[1], train[1][:TRAIN_MEASURED]])
        self.held_out = len(validation[1])
        known = np.concatenate([validation[0], train[0][:TRAIN_MEASURED]])
        filled = -len(known) % EVALUATION_BATCH  # with black pictures, which don't count
        self.known = (
            jnp.asarray(np.concatenate([known, np.zeros((filled, 32, 32, 3), np.uint8)])),
            jnp.asarray(np.concatenate([self.wanted, np.zeros(filled, np.int32)])),
        )
        self._standardised = lambda some: (some - mean) / std
        self.penalised = first_weights(config, 0)[2]
        self._epoch = jax.jit(self._steps, donate_argnums=0)
        self._measure = jax.jit(self._said)

    def start(self, seed: int, weights: tuple[Any, Any] | None = None) -> State:
        """Return a run's state before its first step: drawn by the seed, or with these weights."""
        trained, measured = weights or first_weights(self.config, seed)[:2]
        # Copies: the state's memory is given away at each call.
        copies = lambda some: [jnp.array(one, jnp.float32) for one in some]  # noqa: E731
        state = {"trained": copies(trained), "measured": copies(measured), "step": jnp.zeros(())}
        state["first"] = [jnp.zeros_like(one) for one in state["trained"]]
        if self.config.optimizer == "adam":
            state["second"] = [jnp.zeros_like(one) for one in state["trained"]]
        if self.config.average:
            state["mean"] = copies([*trained, *measured])
        return state

    def epoch(self, state: State, seed: int, epoch: int) -> tuple[State, float, float]:
        """Train an epoch; return the state and the running means of loss and accuracy."""
        state, means, counts = self.steps(state, seed, epoch)
        loss, accuracy = counts @ means / self.train_size
        return state, float(loss), float(accuracy)

    def steps(self, state: State, seed: int, epoch: int) -> tuple[State, np.ndarray, np.ndarray]:
        """Train an epoch; return the state, each step's loss and accuracy, and its pictures.

        The last batch, if it is smaller, is filled up with pictures that have no part in it.
        """
        size, n = self.config.batch_size, self.train_size
        starts = np.arange(0, n, size)
        counts = np.minimum(size, n - starts)
        rows = np.zeros((len(starts), size), np.int32)
        rows.reshape(-1)[:n] = np.random.default_rng((seed, epoch)).permutation(n)
        parts = (np.arange(size) < counts[:, None]) / counts[:, None]
        done = (epoch - 1 + starts / n) / self.config.epochs
        rates = np.array([learning_rate(self.config, one) for one in done], np.float32)
        told = rows, parts.astype(np.float32), rates
        key = jax.random.fold_in(jax.random.key(seed), epoch)
        state, means = self._epoch(state, self.images, self.labels, told, key)
        return state, np.asarray(means, np.float64), counts

    def _steps(
        self, state: State, images: Any, labels: Any, told: Any, key: Any
    ) -> tuple[State, Any]:
        def step(state: State, told: Any) -> tuple[State, Any]:
            rows, parts, rate, number = told
            own = jax.random.fold_in(key, number)
            return self.step(state, images[rows], labels[rows], parts, rate, own)

        return jax.lax.scan(step, state, (*told, jnp.arange(len(told[0]))))

    def step(
        self, state: State, images: Any, labels: Any, parts: Any, rate: Any, key: Any
    ) -> tuple[State, Any]:
        """Learn from a batch; return the state and its loss, without penalty, and accuracy.

        parts: each picture's part in the batch's means, (n,) float32; see `probabilities`.
        """
        config = self.config
        for_augmenting, for_dropout = jax.random.split(key)
        pictures = self._seen(images.astype(jnp.float32), for_augmenting)

        def total(trained: Any) -> tuple[Any, Any]:
            weights = Weights(trained, state["measured"])
            shares = probabilities(config, weights, pictures, parts, for_dropout)
            loss = (parts * cross_entropy(shares, labels)).sum()
            right = (parts * (shares.argmax(-1) == labels)).sum()
            return loss + self._penalty(trained), (loss, right, weights.new)

        slopes, (loss, right, measured) = jax.grad(total, has_aux=True)(state["trained"])
        norm = jnp.sqrt(sum((one**2).sum() for one in slopes))
        slopes = [one * (CLIP / jnp.maximum(norm, CLIP)) for one in slopes]
        new = self._descended(state, slopes, rate) | {"measured": measured}
        new["step"] = state["step"] + 1
        if config.average:
            keep = jnp.minimum(config.average, (1 + new["step"]) / (10 + new["step"]))
            now = [*new["trained"], *measured]
            pairs = zip(state["mean"], now, strict=True)
            new["mean"] = [old - (1 - keep) * (old - one) for old, one in pairs]
        return new, jnp.stack([loss, right])

    def _seen(self, pictures: Any, key: Any) -> Any:
        """Return pictures as training sees them: see `building.pictures_in` for the corners."""
        if self.config.corners == "mean":
            return augment(self.config, self._standardised(pictures), key)
        return self._standardised(augment(self.config, pictures, key))

    def _penalty(self, trained: Any) -> Any:
        config = self.config
        if config.regularizer == "none":
            return 0.0
        some = [trained[place] for place in self.penalised]
        if config.regularizer == "L2":
            return config.weight_decay * sum((one**2).sum() for one in some) / 2
        return config.weight_decay * sum(jnp.abs(one).sum() for one in some)

    def _descended(self, state: State, slopes: Any, rate: Any) -> State:
        """Return the state after a step of Adam or of momentum, as TensorFlow computes it."""
        first, step = state["first"], state["step"] + 1
        if self.config.optimizer == "momentum":
            first = [np.float32(0.9) * old + g for old, g in zip(first, slopes, strict=True)]
            new, by = {"first": first}, [rate * one for one in first]
        elif self.config.optimizer == "adam":
            one, two = BETAS
            first = [m + (ONE - one) * (g - m) for m, g in zip(first, slopes, strict=True)]
            pairs = zip(state["second"], slopes, strict=True)
            second = [v + (ONE - two) * (g**2 - v) for v, g in pairs]
            rate = rate * jnp.sqrt(1 - two**step) / (1 - one**step)
            by = [rate * m / (jnp.sqrt(v) + 1e-8) for m, v in zip(first, second, strict=True)]
            new = {"first": first, "second": second}
        else:
            raise ValueError(f"no {self.config.optimizer} in JAX")
        trained = [w - one for w, one in zip(state["trained"], by, strict=True)]
        return state | new | {"trained": trained}

    def kept(self, state: State) -> tuple[list[Any], list[Any]]:
        """Return the weights that are measured and kept: the running means, where there are any."""
        if not self.config.average:
            return state["trained"], state["measured"]
        count = len(state["trained"])
        return state["mean"][:count], state["mean"][count:]

    def _said(self, weights: tuple[Any, Any], images: Any, labels: Any) -> Any:
        def batch(_: None, told: Any) -> tuple[None, Any]:
            pictures = self._standardised(told[0].astype(jnp.float32))
            shares = probabilities(self.config, Weights(*weights), pictures)
            return None, (cross_entropy(shares, told[1]), shares.argmax(-1))

        cut = lambda some: some.reshape(-1, EVALUATION_BATCH, *some.shape[1:])  # noqa: E731
        losses, said = jax.lax.scan(batch, None, (cut(images), cut(labels)))[1]
        return losses.reshape(-1), said.reshape(-1)

    def shares(self, weights: tuple[Any, Any], images: Any) -> Any:
        """Return the probabilities of pictures, (n, 32, 32, 3) uint8, augmentation off."""
        pictures = self._standardised(images.astype(np.float32))
        return probabilities(self.config, Weights(*weights), pictures)

    def measure(self, state: State) -> Row:
        """Return what an epoch's row says of validation and of the first training pictures.

        Dropout and augmentation are off. confusion: pictures by class and by what was said.
        """
        losses, said = map(np.asarray, self._measure(self.kept(state), *self.known))
        count, (n, wanted) = self.held_out, (len(self.wanted), self.wanted)
        right, confusion = said[:n] == wanted, np.zeros((10, 10), int)
        np.add.at(confusion, (wanted[:count], said[:count]), 1)
        return {
            "val_loss": float(losses[:count].mean(dtype=np.float64)),
            "val_accuracy": float(right[:count].mean()),
            "train_accuracy": float(right[count:].mean()),
            "confusion": confusion.tolist(),
        }

    def train(self, seed: int, on_epoch: Callable[[Row], bool]) -> tuple[str, list[Row], State]:
        """Train a run; return its status, its epochs as `run.json` has them, and its state.

        on_epoch: told each epoch's numbers; False stops the run.
        """
        state, history = self.start(seed), []
        for epoch in range(1, self.config.epochs + 1):
            begun = time.perf_counter()
            state, loss, accuracy = self.epoch(state, seed, epoch)
            seconds = time.perf_counter() - begun
            row = {"epoch": epoch, "loss": loss, "accuracy": accuracy, "seconds": seconds}
            row |= self.measure(state)
            if not math.isfinite(loss + row["val_loss"]):
                return "diverged", history, state
            rate = learning_rate(self.config, (epoch - 1) / self.config.epochs)
            history.append(row | {"learning_rate": rate, "wall_time": time.time()})
            if not on_epoch(row) and epoch < self.config.epochs:
                return "stopped", history, state
        return "finished", history, state
