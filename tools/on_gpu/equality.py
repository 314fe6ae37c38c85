"""Hold the JAX program against the course's own: the same weights, pictures and order in both.

    python -m tools.on_gpu.equality

Needs JAX beside TensorFlow, and CIFAR-10. For each recipe of the ladder and of the studies,
nothing drawn at random: the first weights are TensorFlow's; then both take the same steps, the
last of them on a smaller batch. Said is by how much shares, losses and weights differ at most, in
data/reference/on_gpu_equality.json; TensorFlow computes by oneDNN's kernels, both on the CPU. The
turning of pictures and the drawing of first weights are held against TensorFlow's as well.
"""

import datetime
import json
import platform
import sys
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

from utils.networks.onednn import use

use("oneDNN")  # before TensorFlow is imported

import jax
import numpy as np

from tools.on_gpu.augmentation import moved, turned
from tools.on_gpu.jobs import NAMES
from tools.on_gpu.network import first_weights
from tools.on_gpu.training import Trainer, learning_rate
from tools.study_tables import FOLDER, TABLES
from utils.data import Split, load
from utils.files import write_whole
from utils.networks.processor import cpu_name
from utils.networks.tflearn_cnn.augmentation import _apply, transforms
from utils.networks.tflearn_cnn.compat import kernels_in_use, tflearn
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.running_mean import kept_variables
from utils.networks.tflearn_cnn.session import CnnSession, mean_and_std

import tensorflow as tf  # isort: skip

BATCH, PICTURES = 12, 116  # ten steps, the last of 8 pictures
PLAIN = {"dropout": 0.0, "flip": False, "rotation": 0.0, "crop": 0, "batch_size": BATCH,
         "precision": "float32", "epochs": 1, "train_size": None, "seed": 3}  # fmt: skip
# What may differ at most; float32 has 6e-8 of a number, and ten steps carry it on. `weights` are
# by how far they have moved: Adam's step has the size of the rate even where a slope is nothing
# but rounding, so that single weights part.
TOLERANCES = {"turned": 1e-4, "moved": 1e-6, "shares": 1e-5, "val_loss": 3e-3, "losses": 3e-3,
              "weights": 0.02, "spread": 4.5, "bound": 0.05, "mean": 4.5}  # fmt: skip


def recipes() -> dict[Config, str]:
    """Return each recipe that is trained, with nothing drawn at random, and a run's name."""
    found: dict[Config, str] = {}
    for table in map(TABLES.__getitem__, reversed(NAMES)):  # the quickest first
        for name in table.runs:
            found.setdefault(replace(table.config(name, 0), **PLAIN), name)
    return found


def differences(config: Config, train: Split, validation: Split) -> dict[str, float]:
    """Train an epoch in both programs; return by how much they differ at most.

    shares: of the probabilities before the first step. losses: of the steps, relative.
    val_loss: after the last step, as it is measured for the table, relative.
    weights: how far what is kept after the last lies apart, by how far it has moved from the
        first: of the norms over all layers.
    spread, bound, mean: of what each program draws, over layers of 500 weights and more and over
        all first factors of normalisations: of the standard deviations and of the means, in
        standard errors; of the largest sizes, relative.
    """
    told = SimpleNamespace(**asdict(config), pooled_sets=config.pooled_sets)
    mean, std = mean_and_std(train.images)
    of = [(one.images, one.labels.astype(np.int32)) for one in (train, validation)]
    trainer = Trainer(told, *of, mean, std)
    network = CnnSession(config, mean, std)
    first = network.session.run(kept_variables())
    mine = first_weights(told, config.seed)[:2]
    shapes = [[one.shape for one in some] for some in ((*mine[0], *mine[1]), first)]
    assert shapes[0] == shapes[1], shapes
    found = _drawn(mine[0], first[: len(mine[0])])

    weights = first[: len(mine[0])], first[len(mine[0]) :]
    tflearn.is_training(False, network.session)
    its_shares = network.session.run(network.model.net, {network.images: train.images[:BATCH]})
    shares = jax.jit(trainer.shares)(weights, train.images[:BATCH])
    found["shares"] = np.abs(shares - its_shares).max()

    order = np.random.default_rng((config.seed, 1)).permutation(len(train))
    tflearn.is_training(True, network.session)
    losses = []
    for start in range(0, len(train), BATCH):
        rows = order[start : start + BATCH]
        rate = learning_rate(told, start / len(train))
        losses.append(network.step(train.images[rows], train.labels[rows], rate)[0])
    state, means, _ = trainer.steps(trainer.start(config.seed, weights), config.seed, 1)
    found["losses"] = np.abs(means[:, 0] / losses - 1).max()
    with network.averaged():
        last = network.session.run(kept_variables())
        its_loss = network.evaluate(validation)[0]
    network.close()
    found["val_loss"] = abs(trainer.measure(state)["val_loss"] / its_loss - 1)
    mine = [np.asarray(one) for group in trainer.kept(state) for one in group]
    found["weights"] = _apart(mine, last) / _apart(last, first)
    return {name: float(f"{value:.2g}") for name, value in found.items()}


def _apart(some: Any, others: Any) -> float:
    pairs = zip(some, others, strict=True)
    return sum(float(((a - b) ** 2).sum(dtype=np.float64)) for a, b in pairs) ** 0.5


def _drawn(mine: list[np.ndarray], its: list[np.ndarray]) -> dict[str, float]:
    """Return how far drawn weights differ from TensorFlow's; see `differences`."""
    pairs = list(zip(mine, its, strict=True))
    large = [pair for pair in pairs if pair[1].ndim > 1 and pair[1].size > 500]
    factors = [pair for pair in pairs if pair[1].ndim == 1 and pair[1].any()]
    if factors:
        both = (np.concatenate(some) for some in zip(*factors, strict=True))
        large.append(tuple(some - 1 for some in both))
    found = {"spread": 0.0, "bound": 0.0, "mean": 0.0}
    for a, b in large:
        root = b.size**0.5  # the standard errors are those of normal numbers; others have less
        each = {"mean": abs(a.mean() - b.mean()) / b.std() * root / 2**0.5,
                "spread": abs(a.std() / b.std() - 1) * root}  # fmt: skip
        if b.ndim > 1:  # a normal distribution that isn't cut off has no bound
            each["bound"] = abs(np.abs(a).max() / np.abs(b).max() - 1)
        found |= {name: max(found[name], float(value)) for name, value in each.items()}
    return found


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
    apart = {name: np.abs(np.asarray(mine[name]) - wanted[name]).max() for name in wanted}
    return {name: float(f"{one:.2g}") for name, one in apart.items()}


def main() -> None:
    """Measure what the file lacks, and write it after each recipe.

    Ends with an error where a tolerance is exceeded.
    """
    dataset = load("cifar10", "real").subset(PICTURES, 250)
    versions = {"jax": jax.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}
    about: dict[str, Any] = {
        "machine": cpu_name(), "kernels": kernels_in_use(),
        "versions": versions | {"python": platform.python_version()},
        "pictures": PICTURES, "batch": BATCH, "tolerances": TOLERANCES,
    }  # fmt: skip
    path = FOLDER / "on_gpu_equality.json"
    before = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    same = all(before.get(name) == value for name, value in about.items())
    found = before["differences"] if same else {"augmentation": turning()}
    for config, name in recipes().items():
        if name not in found:
            found[name] = differences(config, dataset.train, dataset.validation)
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            told = about | {"date": today, "differences": found}
            write_whole(path, json.dumps(told, indent=1) + "\n")
        print(name, found[name], flush=True)
    over = [f"{name}: {what} {value}" for name, each in found.items()
            for what, value in each.items() if not value <= TOLERANCES[what]]  # fmt: skip
    if over:
        sys.exit("More than its tolerance: " + "; ".join(over))


if __name__ == "__main__":
    main()
