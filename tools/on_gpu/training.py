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

EVALUATION_BATCH = 1000
TRAIN_MEASURED = 2000  # as utils.experiments.studies
CLIP = 5.0  # of the slopes' norm over all weights: `tflearn.DNN`'s default
LEAST = 1e-10  # of a probability in the loss: TFLearn's

State = dict[str, Any]


def learning_rate(config: Any, done: float) -> float:
    """Return the rate of the step that begins after this share, 0 to 1, of the training."""
    if config.schedule == "constant":
        return float(config.learning_rate)
    return float(config.learning_rate * (1 + math.cos(math.pi * done)) / 2)


def cross_entropy(shares: Any, labels: Any) -> Any:
    """Return the mean loss, as `tflearn.objectives.categorical_crossentropy` computes it."""
    shares = shares / shares.sum(-1, keepdims=True)
    said = jnp.take_along_axis(shares, labels[:, None], 1)[:, 0]
    return -jnp.log(jnp.clip(said, LEAST, 1.0)).mean()


class Trainer:
    """Trains runs of one recipe, whatever their seeds: its programs are compiled once."""

    def __init__(self, config: Any, images: Any, labels: Any, mean: float, std: float) -> None:
        """Keep a recipe and training pictures: (n, 32, 32, 3) uint8 and (n,) int32, as arrays."""
        self.config, self.images, self.labels = config, images, labels
        self._standardised = lambda some: (some.astype(jnp.float32) - mean) / std
        self.penalised = first_weights(config)[2]
        self._scan = jax.jit(self._steps, donate_argnums=0)
        self._measure = jax.jit(self._right)

    def start(self, seed: int, weights: tuple[Any, Any] | None = None) -> State:
        """Return a run's state before its first step: drawn by the seed, or with these weights."""
        self.config.seed = seed
        trained, measured = weights or first_weights(self.config)[:2]
        # Copies: the state's memory is given away at each call.
        copies = lambda some: [jnp.array(one, jnp.float32) for one in some]  # noqa: E731
        state = {"trained": copies(trained), "measured": copies(measured), "step": jnp.zeros(())}
        state["first"] = [jnp.zeros_like(one) for one in state["trained"]]
        state["second"] = [jnp.zeros_like(one) for one in state["trained"]]
        if self.config.average:
            state["mean"] = copies([*trained, *measured])
        return state

    def epoch(self, state: State, seed: int, epoch: int) -> tuple[State, float, float]:
        """Train an epoch; return the state and the running means of loss and accuracy."""
        config, n = self.config, len(self.images)
        order = np.random.default_rng((seed, epoch)).permutation(n)
        key = jax.random.fold_in(jax.random.key(seed), epoch)
        whole = n - n % config.batch_size
        totals = np.zeros(2)
        for part, size in (
            (order[:whole], config.batch_size),
            (order[whole:], n % config.batch_size),
        ):
            if len(part):
                begun = whole if size != config.batch_size else 0
                rates = [learning_rate(config, (epoch - 1 + start / n) / config.epochs)
                         for start in range(begun, begun + len(part), size)]  # fmt: skip
                key, own = jax.random.split(key)
                keys = jax.random.split(own, len(rates))
                rows = jnp.asarray(part.reshape(-1, size), jnp.int32)
                state, sums = self._scan(
                    state, self.images, self.labels, rows, jnp.asarray(rates, jnp.float32), keys
                )
                totals += size * np.asarray(sums, np.float64)
        loss, accuracy = totals / n
        return state, float(loss), float(accuracy)

    def _steps(
        self, state: State, images: Any, labels: Any, rows: Any, rates: Any, keys: Any
    ) -> tuple[State, Any]:
        def step(state: State, told: Any) -> tuple[State, Any]:
            chosen, rate, key = told
            return self.step(state, images[chosen], labels[chosen], rate, key)

        state, each = jax.lax.scan(step, state, (rows, rates, keys))
        return state, each.sum(0)

    def step(
        self, state: State, images: Any, labels: Any, rate: Any, key: Any
    ) -> tuple[State, Any]:
        """Learn from a batch; return the state and its loss, without penalty, and accuracy."""
        config = self.config
        for_augmenting, for_dropout = jax.random.split(key)
        pictures = augment(config, self._standardised(images), for_augmenting)

        def total(trained: Any) -> tuple[Any, Any]:
            weights = Weights(trained, state["measured"])
            shares = probabilities(config, weights, pictures, True, for_dropout)
            loss = cross_entropy(shares, labels)
            right = (shares.argmax(-1) == labels).mean()
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
        first, second, step = state["first"], state["second"], state["step"] + 1
        if self.config.optimizer == "momentum":
            first = [0.9 * old + slope for old, slope in zip(first, slopes, strict=True)]
            by = [rate * one for one in first]
        elif self.config.optimizer == "adam":
            first = [old + 0.1 * (g - old) for old, g in zip(first, slopes, strict=True)]
            second = [old + 0.001 * (g**2 - old) for old, g in zip(second, slopes, strict=True)]
            rate = rate * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            by = [rate * m / (jnp.sqrt(v) + 1e-8) for m, v in zip(first, second, strict=True)]
        else:
            raise ValueError(f"no {self.config.optimizer} in JAX")
        trained = [w - one for w, one in zip(state["trained"], by, strict=True)]
        return state | {"trained": trained, "first": first, "second": second}

    def kept(self, state: State) -> tuple[list[Any], list[Any]]:
        """Return the weights that are measured and kept: the running means, where there are any."""
        if not self.config.average:
            return state["trained"], state["measured"]
        count = len(state["trained"])
        return state["mean"][:count], state["mean"][count:]

    def _right(self, weights: tuple[Any, Any], images: Any, labels: Any) -> Any:
        def batch(_: None, told: Any) -> tuple[None, Any]:
            shares = probabilities(
                self.config, Weights(*weights), self._standardised(told[0]), False, None
            )
            return None, jnp.stack(
                [cross_entropy(shares, told[1]), (shares.argmax(-1) == told[1]).mean()]
            )

        size = min(EVALUATION_BATCH, len(images))
        parts = images.reshape(-1, size, *images.shape[1:]), labels.reshape(-1, size)
        return jax.lax.scan(batch, None, parts)[1].mean(0)

    def measure(self, state: State, images: Any, labels: Any) -> tuple[float, float]:
        """Return mean loss and accuracy, dropout and augmentation off; whole batches only."""
        loss, right = np.asarray(self._measure(self.kept(state), images, labels), np.float64)
        return float(loss), float(right)

    def train(
        self, seed: int, validation: tuple[Any, Any], on_epoch: Callable[[dict[str, float]], bool]
    ) -> tuple[str, list[dict[str, float]], State]:
        """Train a run; return its status, its epochs and its state.

        validation: pictures and labels. on_epoch: told each epoch's numbers; False stops the run.
        """
        state, history = self.start(seed), []
        known = self.images[:TRAIN_MEASURED], self.labels[:TRAIN_MEASURED]
        for epoch in range(1, self.config.epochs + 1):
            begun = time.perf_counter()
            state, loss, accuracy = self.epoch(state, seed, epoch)
            seconds = time.perf_counter() - begun
            val_loss, val_accuracy = self.measure(state, *validation)
            if not math.isfinite(loss + val_loss):
                return "diverged", history, state
            row = {"epoch": epoch, "loss": loss, "accuracy": accuracy, "val_loss": val_loss,
                   "val_accuracy": val_accuracy, "train_accuracy": self.measure(state, *known)[1],
                   "seconds": seconds}  # fmt: skip
            history.append(row)
            if not on_epoch(row):
                return "stopped", history, state
        return "finished", history, state
