"""Seconds an epoch and peak memory of the baseline: the course's loop against the article's code.

    python benchmarks/epoch.py                      # 10,000 pictures, both, in turn; ratio
    python benchmarks/epoch.py --side course --images 50000 --epochs 1 --rounds 1

"article" is the TFLearn code of the article this course grew from, with float32 pictures:
`ImagePreprocessing` and `ImageAugmentation` (flip, rotation up to 25°) in Python threads,
`DNN.fit` for training. "course" is utils/experiments/training.py. Same network, batch size and
pictures;
neither validates. Each measurement is a process of its own; the first epoch, which warms up,
isn't counted. Needs real CIFAR-10 (COURSE_DATA, or `course data fetch cifar10`).
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from utils.networks.tflearn_cnn.session import CnnSession, mean_and_std


def article(images: np.ndarray, labels: np.ndarray, epochs: int) -> list[float]:
    """Train by the article's own code; return seconds an epoch."""
    from utils.networks.tflearn_cnn.compat import new_graph, tflearn

    new_graph(seed=0, precision="float32")
    floats = images.astype(np.float32) / 255
    one_hot = np.eye(10, dtype=np.float32)[labels]
    prep = tflearn.ImagePreprocessing()
    prep.add_featurewise_zero_center()
    prep.add_featurewise_stdnorm()
    augmentation = tflearn.ImageAugmentation()
    augmentation.add_random_flip_leftright()
    augmentation.add_random_rotation(max_angle=25.0)
    network = tflearn.input_data(
        [None, 32, 32, 3], data_preprocessing=prep, data_augmentation=augmentation
    )
    network = tflearn.conv_2d(network, 32, 3, activation="relu")
    network = tflearn.max_pool_2d(network, 2)
    network = tflearn.conv_2d(network, 64, 3, activation="relu")
    network = tflearn.conv_2d(network, 64, 3, activation="relu")
    network = tflearn.max_pool_2d(network, 2)
    network = tflearn.fully_connected(network, 512, activation="relu")
    network = tflearn.dropout(network, 0.5)
    network = tflearn.fully_connected(network, 10, activation="softmax")
    network = tflearn.regression(network, optimizer="adam", loss="categorical_crossentropy",
                                 learning_rate=0.001)  # fmt: skip
    model = tflearn.DNN(network, tensorboard_verbose=0)
    clock = EpochClock(tflearn)
    model.fit(floats, one_hot, n_epoch=epochs, shuffle=True, show_metric=True, batch_size=96,
              snapshot_epoch=False, callbacks=[clock.callback], run_id="article")  # fmt: skip
    return clock.seconds


class EpochClock:
    """Times TFLearn's epochs through its own callback."""

    def __init__(self, tflearn: object) -> None:
        self.seconds: list[float] = []
        clock = self

        class Callback(tflearn.callbacks.Callback):  # type: ignore[name-defined]  # known at run time
            def on_epoch_begin(self, training_state: object) -> None:
                clock.started = time.perf_counter()

            def on_epoch_end(self, training_state: object) -> None:
                clock.seconds.append(time.perf_counter() - clock.started)

        self.callback = Callback()


def course(images: np.ndarray, labels: np.ndarray, epochs: int) -> list[float]:
    """Train by the course's loop; return seconds an epoch."""
    from utils.data import Split
    from utils.experiments import training
    from utils.networks.tflearn_cnn.config import BASELINE

    network = CnnSession(BASELINE, *mean_and_std(images))
    split, seconds = Split(images, labels), []
    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        training.train_epoch(network, BASELINE, split, epoch)
        seconds.append(time.perf_counter() - started)
    return seconds


def measure_here(side: str, count: int, epochs: int) -> dict[str, float]:
    """Return the median seconds an epoch and this process's peak memory in MB (10⁶ bytes)."""
    from utils.data import load

    dataset = load("cifar10", source="real")
    images = np.concatenate([dataset.train.images, dataset.validation.images])[:count]
    labels = np.concatenate([dataset.train.labels, dataset.validation.labels])[:count]
    del dataset
    seconds = {"article": article, "course": course}[side](images, labels, epochs + 1)[1:]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": statistics.median(seconds), "peak_mb": peak * unit / 1e6}


def measure(side: str, count: int, epochs: int) -> dict[str, float]:
    """Measure in a process of its own, so that memory and graph are its own too."""
    command = [sys.executable, __file__, "--child", "--side", side,
               "--images", str(count), "--epochs", str(epochs)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout[done.stdout.rindex("{") :])  # after TFLearn's own lines


def main() -> None:
    """Measure the sides in turn and print a line each, then the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["article", "course"])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=3, help="counted epochs a measurement")
    parser.add_argument("--rounds", type=int, default=2, help="measurements a side, in turn")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_here(options.side, options.images, options.epochs)))
        return
    sides = [options.side] if options.side else ["article", "course"]
    results: dict[str, list[float]] = {side: [] for side in sides}
    for round_ in range(options.rounds):
        for side in sides:
            got = measure(side, options.images, options.epochs)
            results[side].append(got["seconds"])
            print(
                f"round {round_ + 1}  {side:8}{got['seconds']:7.2f} s an epoch of"
                f" {options.images:,} pictures  {got['peak_mb']:6.0f} MB peak",
                flush=True,
            )
    if len(sides) == 2:
        pairs = [c / a for a, c in zip(results["article"], results["course"], strict=True)]
        print(f"course / article, round by round: {', '.join(f'{ratio:.2f}' for ratio in pairs)}")


if __name__ == "__main__":
    main()
