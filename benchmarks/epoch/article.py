"""The article's side: the TFLearn code of the article that this course grew from.

Float32 pictures; `ImagePreprocessing` and `ImageAugmentation` in Python threads; `DNN.fit`.
"""

from typing import Any

import numpy as np

from benchmarks.epoch.task import Clock, Pictures, Training


def train(training: Training, pictures: Pictures, clock: Clock) -> dict[str, str | float]:
    """Train by the article's own code, through TFLearn's own loop."""
    import tensorflow as tf

    from utils.networks.tflearn_cnn.compat import new_graph, tflearn

    config = training.config
    new_graph(seed=config.seed, precision="float32")
    model = tflearn.DNN(_network(tflearn, training.augmented), tensorboard_verbose=0)
    one_hot = np.eye(10, dtype=np.float32)[pictures.labels]
    floats = pictures.images.astype(np.float32) / 255
    model.fit(floats, one_hot, n_epoch=training.epochs, shuffle=True, show_metric=True,
              batch_size=config.batch_size, snapshot_epoch=False, run_id="article",
              callbacks=[_callback(tflearn, clock)])  # fmt: skip
    return {
        "accuracy": _accuracy(model, pictures),
        "precision": "float32",
        "library": f"TFLearn on TensorFlow {tf.__version__}",
    }


def _network(tflearn: Any, augmented: bool) -> Any:
    prep = tflearn.ImagePreprocessing()
    prep.add_featurewise_zero_center()
    prep.add_featurewise_stdnorm()
    augmentation = tflearn.ImageAugmentation() if augmented else None
    if augmentation:
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
    return tflearn.regression(network, optimizer="adam", loss="categorical_crossentropy",
                              learning_rate=0.001)  # fmt: skip


def _callback(tflearn: Any, clock: Clock) -> Any:
    class Epochs(tflearn.callbacks.Callback):
        def on_epoch_begin(self, training_state: object) -> None:
            clock.start()

        def on_epoch_end(self, training_state: object) -> None:
            clock.stop()

    return Epochs()


def _accuracy(model: Any, pictures: Pictures) -> float:
    right = 0
    for start in range(0, len(pictures.validation_labels), 1000):
        part = slice(start, start + 1000)
        floats = pictures.validation_images[part].astype(np.float32) / 255
        guesses = np.argmax(model.predict(floats), axis=1)
        right += int(np.sum(guesses == pictures.validation_labels[part]))
    return right / len(pictures.validation_labels)
