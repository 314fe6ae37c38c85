"""Train the dense network of notebook 06 and save it as data/reference/mnist_dense.keras.

    course reference mnist_dense

The lesson's own network and recipe (55,000 pictures, rmsprop, batch 128, 5 epochs, seed 0), for the
drawing pad of later notebooks. Compared on nothing; the validation and test accuracy are printed,
and data/reference/test_openings.toml says that the test set was opened.
"""

from tools.measuring import main, real_data
from utils.data import open_test_set
from utils.networks.quiet import quiet_stderr
from utils.settings import ROOT

with quiet_stderr():
    import keras
    from keras import layers

SAVED = ROOT / "data" / "reference" / "mnist_dense.keras"


def script() -> None:
    """Train, save without the optimizer, print what it reads."""
    data = real_data("mnist")
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name="mnist_dense",
    )
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(data.train.images, data.train.labels, batch_size=128, epochs=5, verbose=2)
    what, by = (
        "the accuracy of the dense network, seed 0",
        "tools/reference/mnist_dense.py",
    )
    test = open_test_set(data, what, "report it; nothing was chosen", by=by)
    for name, part in (("validation", data.validation), ("test", test)):
        _, accuracy = model.evaluate(part.images, part.labels, verbose=0)
        print(f"{name}: {accuracy:.2%}")
    # clone_model would compile the clone too, and save an optimizer with it
    plain = keras.Sequential.from_config(model.get_config())
    plain.set_weights(model.get_weights())
    plain.save(SAVED)
    print(f"Saved: {SAVED}, {SAVED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(script)
