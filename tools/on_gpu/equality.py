"""Hold the JAX program against the course's own: the same weights, pictures and order in both.

    python -m tools.on_gpu.equality

Needs JAX beside TensorFlow. For each recipe of the ladder and of the studies, nothing drawn at
random: the first weights are TensorFlow's; then both take the same steps. Said is by how much
shares, losses and weights differ at most, in data/reference/on_gpu.json; TensorFlow computes by
oneDNN's kernels, both on the CPU. The turning of pictures is held against TensorFlow's as well.
"""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import jax
import jax.numpy as jnp
import numpy as np

from tools.on_gpu.augmentation import moved, turned
from tools.on_gpu.jobs import NAMES
from tools.on_gpu.network import Weights, first_weights, probabilities
from tools.on_gpu.training import Trainer, learning_rate
from tools.study_tables import FOLDER, TABLES
from utils.files import write_whole
from utils.networks.processor import cpu_name
from utils.networks.tflearn_cnn.augmentation import _apply, transforms
from utils.networks.tflearn_cnn.compat import kernels_in_use, tflearn
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.running_mean import kept_variables
from utils.networks.tflearn_cnn.session import CnnSession

import tensorflow as tf  # isort: skip

BATCH, STEPS, MEAN, STD = 24, 10, 120.0, 64.0
PLAIN = {"dropout": 0.0, "flip": False, "rotation": 0.0, "crop": 0, "batch_size": BATCH,
         "precision": "float32", "seed": 3}  # fmt: skip


def recipes() -> dict[Config, str]:
    """Return each recipe that is trained, with nothing drawn at random, and a run's name."""
    found: dict[Config, str] = {}
    for table in map(TABLES.__getitem__, NAMES):
        for name in table.runs:
            config = replace(table.config(name, 0), epochs=1, train_size=None, **PLAIN)
            found.setdefault(config, name)
    return found


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of noise, (BATCH · STEPS, 32, 32, 3) uint8, and classes.

    Where neighbours are equal, the two programs lead a max pooling's slope to different ones of
    them: TensorFlow to the first, JAX to all. On pictures without such places they can be compared.
    """
    rng, many = np.random.default_rng(0), BATCH * STEPS
    images = rng.integers(0, 256, (many, 32, 32, 3), np.uint8)
    return images, rng.integers(0, 10, many).astype(np.int32)


def differences(config: Config) -> dict[str, float]:
    """Train some steps in both programs; return by how much they differ at most.

    shares: of the probabilities before the first step. losses: of the steps, relative.
    weights: how far what is kept after the last lies apart, by how far it has moved from the
        first: of the norms over all layers. (Adam's step has the size of the rate wherever a
        slope is nothing but rounding, so that single weights may go apart.)
    distribution: of the spreads of drawn weights, relative, over layers of 500 and more.
    """
    images, labels = pictures()
    told = SimpleNamespace(**vars(config), pooled_sets=config.pooled_sets)
    network = CnnSession(config, MEAN, STD)
    first = network.session.run(kept_variables())
    trained, measured, _ = first_weights(told)
    assert [one.shape for one in (*trained, *measured)] == [one.shape for one in first]
    large = [
        pair for pair in zip(trained, first, strict=False) if pair[0].size >= 500 and pair[1].any()
    ]
    drawn = max(abs(mine.std() / its.std() - 1) for mine, its in large)
    trainer = Trainer(told, jnp.asarray(images), jnp.asarray(labels), MEAN, STD)
    weights = first[: len(trained)], first[len(trained) :]
    state = trainer.start(config.seed, weights)

    tflearn.is_training(False, network.session)
    op, some = network.model.net, images[:BATCH]
    its_shares = network.session.run(op, {network.images: some})
    standardised = (some.astype(np.float32) - MEAN) / STD
    shares = probabilities(told, Weights(*weights), standardised, False, None)

    tflearn.is_training(True, network.session)
    step, losses = jax.jit(trainer.step), []
    for start in range(0, len(images), BATCH):
        rate = learning_rate(told, start / len(images))
        batch = images[start : start + BATCH], labels[start : start + BATCH]
        loss, _ = network.step(*batch, rate)
        state, (mine, _) = step(state, *batch, rate, jax.random.key(0))
        losses.append(abs(float(mine) / loss - 1))
    with network.averaged():
        last = network.session.run(kept_variables())
    network.close()
    mine = [np.asarray(one) for group in trainer.kept(state) for one in group]
    apart = sum(float(((a - b) ** 2).sum()) for a, b in zip(mine, last, strict=True))
    way = sum(float(((a - b) ** 2).sum()) for a, b in zip(last, first, strict=True))
    found = {"shares": np.abs(shares - its_shares).max(), "losses": max(losses),
             "weights": (apart / way) ** 0.5, "distribution": drawn}  # fmt: skip
    return {name: float(f"{value:.2g}") for name, value in found.items()}


def turning() -> dict[str, float]:
    """Return by how much turned and moved pictures differ from TensorFlow's at most."""
    rng, n = np.random.default_rng(1), 200
    images = rng.normal(size=(n, 32, 32, 3)).astype(np.float32)
    angles = rng.uniform(-0.5, 0.5, n).astype(np.float32)
    mirrored = rng.choice([-1, 1], n).astype(np.float32)
    shift = rng.integers(-4, 5, (2, n)).astype(np.float32)
    wanted = {}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for name, some in (("turned", angles), ("moved", np.zeros_like(angles))):
            rows = transforms(tf.constant(some), mirrored, 32, 32, tuple(shift))
            wanted[name] = session.run(_apply(tf.constant(images), rows))
    mine = {"turned": turned(images, angles, mirrored, shift),
            "moved": moved(images, mirrored, shift)}  # fmt: skip
    # A point on the border may fall on either side of it by rounding: what all but 0.01 % keep.
    apart = {name: np.abs(np.asarray(mine[name]) - wanted[name]) for name in wanted}
    return {name: float(f"{np.quantile(one, 0.9999):.2g}") for name, one in apart.items()}


def main() -> None:
    """Measure all; write the file."""
    found = {"augmentation": turning()}
    print(found, flush=True)
    for config, name in recipes().items():
        found[name] = differences(config)
        print(name, found[name], flush=True)
    about: dict[str, Any] = {
        "machine": cpu_name(), "kernels": kernels_in_use(), "steps": STEPS, "batch": BATCH,
        "versions": {"jax": jax.__version__, "tensorflow": tf.__version__},
        "differences": found,
    }  # fmt: skip
    write_whole(FOLDER / "on_gpu.json", json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
