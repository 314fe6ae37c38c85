"""Time what an epoch costs more that logs weights, mistakes and classes, and not curves alone.

    python benchmarks/event_files.py                          # 12 pairs of epochs on CIFAR-10
    python benchmarks/event_files.py --pairs 4

One network trains the `quick` profile's pictures in batches of 96. Epochs come in pairs: one logs
all that a run logs, one its curves alone, without asking for predictions; the order alternates
from pair to pair. The difference is taken pair by pair; ± is the 95 % t interval of its mean.
Seconds are the clock's, and the processor's, user and system together.
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from utils.data import load
from utils.data.dataset import Split
from utils.experiments.event_log import RunLog, event_files
from utils.experiments.event_pictures import confusion_of
from utils.experiments.statistics import interval
from utils.experiments.studies import config_for
from utils.experiments.training import TRAIN_MEASURED, train_epoch
from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.session import EVALUATION_BATCH, CnnSession, mean_and_std


def means_alone(network: CnnSession, split: Split) -> tuple[float, float]:
    """Return loss and accuracy as `evaluate` did before it asked for predictions."""
    op, total = network.operation, np.zeros(2)
    tflearn.is_training(False, network.session)
    for start in range(0, len(split), EVALUATION_BATCH):
        batch = slice(start, start + EVALUATION_BATCH)
        feed = {network.images: split.images[batch], network.labels: split.labels[batch]}
        means = network.session.run([op.loss, op.metric], feed)
        total += np.multiply(means, len(split.labels[batch]))
    loss, accuracy = total / len(split)
    return float(loss), float(accuracy)


class Trained:
    """One network, and the event file that it logs into."""

    def __init__(self, folder: Path) -> None:
        self.config = config_for("layers", "baseline", "quick", seed=0)
        whole = load("cifar10")
        self.data = whole.subset(self.config.train_size, self.config.validation_size)
        self.network = CnnSession(self.config, *mean_and_std(self.data.train.images))
        self.names, self.epochs = whole.class_names, 0
        self.log = RunLog(
            folder, "bench", self.config.hparams(), classes=self.names, graph=self.network.graph()
        )

    def epoch(self, everything: bool) -> dict[str, float]:
        """Train, measure and log an epoch; return its seconds by the clock and the processor."""
        self.epochs += 1
        started, busy = time.perf_counter(), time.process_time()
        loss, accuracy = train_epoch(self.network, self.config, self.data.train, self.epochs)
        row: dict[str, Any] = {"epoch": self.epochs, "loss": loss, "accuracy": accuracy}
        few = self.data.train.first(TRAIN_MEASURED)
        if everything:
            row["val_loss"], row["val_accuracy"], said = self.network.measure(self.data.validation)
            labels = self.data.validation.labels
            row["confusion"] = confusion_of(labels, said, len(self.names))
            row["train_accuracy"] = self.network.evaluate(few)[1]
            self.log.epoch(row, self.network.layers())
        else:
            row["val_loss"], row["val_accuracy"] = means_alone(self.network, self.data.validation)
            row["train_accuracy"] = means_alone(self.network, few)[1]
            self.log.epoch(row)
        return {"clock": time.perf_counter() - started, "processor": time.process_time() - busy}


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=12)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as scratch:
        trained = Trained(Path(scratch))
        with closing(trained.network):
            trained.epoch(True), trained.epoch(False)  # the first ones warm up
            found: dict[bool, list[dict[str, float]]] = {True: [], False: []}
            for number in range(pairs):
                for everything in (True, False) if number % 2 else (False, True):
                    found[everything].append(trained.epoch(everything))
            trained.log.close()
        size = event_files(Path(scratch))[0].stat().st_size
    result: dict[str, Any] = {"pairs": pairs, "bytes_an_epoch": round(size / (pairs + 1))}
    for kind in ("clock", "processor"):
        plain = np.array([one[kind] for one in found[False]])
        more = np.array([one[kind] for one in found[True]]) - plain
        result[kind] = {
            "seconds_curves_alone": round(float(plain.mean()), 3),
            "more_seconds": round(float(more.mean()), 4),
            "more_percent": round(100 * float(more.mean() / plain.mean()), 2),
            "interval_percent": round(100 * interval(more) / float(plain.mean()), 2),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
