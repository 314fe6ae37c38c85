"""Keras's side: `fit` on a tf.data pipeline; its settings are reasoned where they stand."""

from typing import Any

from benchmarks.epoch.task import Clock, Pictures, Training


def train(training: Training, pictures: Pictures, clock: Clock) -> dict[str, str | float]:
    """Train by `Model.fit`."""
    from utils.networks.quiet import quiet_stderr

    with quiet_stderr():
        import keras
        import tensorflow as tf

    keras.utils.set_random_seed(training.config.seed)
    if training.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = _network(keras, training.config)
    model.compile(
        optimizer=keras.optimizers.Adam(training.config.learning_rate, epsilon=1e-8),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # XLA, Keras's default, takes more processor time
    )
    ticks = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clock.start(),
        on_epoch_end=lambda epoch, logs: clock.stop(),
    )
    batches = _training_batches(keras, tf, training, pictures)
    model.fit(batches, epochs=training.epochs, verbose=0, callbacks=[ticks])
    _, accuracy = model.evaluate(_validation_batches(tf, pictures), verbose=0)
    return {
        "accuracy": accuracy,
        "precision": training.precision,
        "library": f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
    }


def _network(keras: Any, config: Any) -> Any:
    """Build the network; first weights as TFLearn draws them."""
    layers = keras.layers

    def hidden() -> dict[str, Any]:
        uniform = keras.initializers.VarianceScaling(1.0, "fan_in", "uniform")
        return {"activation": "relu", "kernel_initializer": uniform}

    network = keras.Sequential([keras.Input((32, 32, 3))])
    for layer_set in config.layers:
        for filters in layer_set:
            network.add(layers.Conv2D(filters, 3, padding="same", **hidden()))
        network.add(layers.MaxPooling2D(2, padding="same"))
    network.add(layers.Flatten())
    network.add(layers.Dense(config.dense_units, **hidden()))
    network.add(layers.Dropout(config.dropout))
    normal = keras.initializers.TruncatedNormal(stddev=0.02)
    network.add(layers.Dense(10, dtype="float32", kernel_initializer=normal))
    return network


def _training_batches(keras: Any, tf: Any, training: Training, pictures: Pictures) -> Any:
    """Return the batches of an epoch, in a new order each time it is begun.

    Indices are shuffled and a batch's pictures gathered at once.
    """
    images, labels = tf.constant(pictures.images), tf.constant(pictures.labels)
    n, seed = len(pictures.labels), training.config.seed
    turn = keras.layers.RandomRotation(
        25 / 360, fill_mode="constant", fill_value=0.0, seed=seed, dtype="float32"
    )
    mirror = keras.layers.RandomFlip("horizontal", seed=seed, dtype="float32")

    def batch(chosen: Any) -> tuple[Any, Any]:
        floats = _standardised(tf, tf.gather(images, chosen), pictures)
        if training.augmented:
            # RandomRotation turns every picture; here, as on the other sides, every other one.
            coin = tf.random.uniform([tf.shape(chosen)[0], 1, 1, 1]) < 0.5
            floats = tf.where(coin, turn(mirrored := mirror(floats), training=True), mirrored)
        return floats, tf.gather(labels, chosen)

    order = tf.data.Dataset.range(n).shuffle(n, seed=seed).batch(training.config.batch_size)
    return order.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _validation_batches(tf: Any, pictures: Pictures) -> Any:
    both = (pictures.validation_images, pictures.validation_labels)
    batches = tf.data.Dataset.from_tensor_slices(both).batch(1000)
    return batches.map(lambda images, labels: (_standardised(tf, images, pictures), labels))


def _standardised(tf: Any, images: Any, pictures: Pictures) -> Any:
    return (tf.cast(images, tf.float32) - pictures.mean) / pictures.std
