"""The course's side: its network and its training loop, as `course train` runs them."""

from dataclasses import replace

from benchmarks.epoch.task import Clock, Pictures, Training


def train(training: Training, pictures: Pictures, clock: Clock) -> dict[str, str | float]:
    """Train by utils/experiments/training.py."""
    import tensorflow as tf

    from utils.data import Split
    from utils.experiments.training import train_epoch
    from utils.networks.tflearn_cnn.compat import precision_in_use
    from utils.networks.tflearn_cnn.config import Config
    from utils.networks.tflearn_cnn.session import CnnSession

    config = replace(Config.from_dict(vars(training.config)), precision=training.precision)
    if not training.augmented:
        config = replace(config, flip=False, rotation=0.0)
    split = Split(pictures.images, pictures.labels)
    network = CnnSession(config, pictures.mean, pictures.std)
    for epoch in range(1, training.epochs + 1):
        clock.start()
        train_epoch(network, config, split, epoch)
        clock.stop()
    validation = Split(pictures.validation_images, pictures.validation_labels)
    return {
        "accuracy": network.evaluate(validation)[1],
        "precision": precision_in_use(config.precision),
        "library": f"TFLearn on TensorFlow {tf.__version__}",
    }
