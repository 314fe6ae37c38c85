"""docs/tflearn.md sets TFLearn beside Keras: both programs run, and its table is true."""

import inspect
import json
import re
import subprocess
import sys

import pytest

from utils import settings
from utils.networks.tflearn_cnn.compat import tflearn

PAGE = (settings.ROOT / "docs" / "tflearn.md").read_text(encoding="utf-8")
PROGRAMS = dict(
    zip(("TFLearn", "Keras"), re.findall(r"```python\n(.*?)```", PAGE, re.S), strict=True)
)
KERAS = """
import inspect, json, keras, numpy as np
defaults = lambda use: {
    name: each.default for name, each in inspect.signature(use).parameters.items()
    if isinstance(each.default, (str, int, float))
}
layers, optimizers = keras.layers, keras.optimizers
dropped = layers.Dropout(0.2)(np.ones((1, 10_000), "float32"), training=True)
said = keras.losses.binary_crossentropy(np.ones((1, 1)), np.full((1, 1), 0.5))
falling = optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
kinds = [
    kind for kind in vars(optimizers).values()
    if inspect.isclass(kind) and "learning_rate" in inspect.signature(kind).parameters
    and kind is not optimizers.Optimizer
]
print(json.dumps({
    "penalty": float(keras.regularizers.L2(1.0)(np.full(4, 1.0, "float32"))),
    "dropped": float((np.array(dropped) == 0).mean()), "of a half": float(said[0]),
    "Conv2D": defaults(layers.Conv2D), "Dense": defaults(layers.Dense),
    "Adam": defaults(optimizers.Adam), "norm": defaults(layers.BatchNormalization),
    "clipnorm": inspect.signature(optimizers.Adam).parameters["global_clipnorm"].default,
    "at once": np.array(layers.Dense(2)(np.ones((1, 3)))).shape,
    "batch": "will default to 32" in inspect.getdoc(keras.Model.fit),
    "falling": [kind.__name__ for kind in kinds if kind(learning_rate=falling)],
    "callbacks": [name for name in vars(keras.callbacks)],
    "loaded": keras.models.load_model("saved.keras").count_params(),
}))
"""


def printed(code, folder):
    """Return what a program prints, run in a folder and a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def keras_said(tmp_path_factory):
    """Return where the page's program in Keras ran, the number it ended with, and the defaults."""
    folder = tmp_path_factory.mktemp("keras")
    *_, weights, defaults = printed(PROGRAMS["Keras"] + KERAS, folder).splitlines()
    return folder, weights, json.loads(defaults)


def files(folder):
    return {path.name for path in folder.iterdir() if path.is_file()}


WEIGHTS = re.search(r"both count ([\d,]+) weights", PAGE).group(1)


def test_the_pages_program_in_tflearn_trains_saves_and_counts_its_weights(tmp_path):
    said = printed(PROGRAMS["TFLearn"], tmp_path)
    weights = re.search(r"(\d+)\s*$", said).group(1)  # before it are commands to a terminal
    assert f"{int(weights):,}" == WEIGHTS
    assert files(tmp_path) == {
        "checkpoint", "saved.data-00000-of-00001", "saved.index", "saved.meta"
    }  # fmt: skip


@pytest.mark.slow  # Keras in a process of its own
def test_the_pages_program_in_keras_does_the_same(keras_said):
    folder, weights, defaults = keras_said
    assert f"{int(weights):,}" == WEIGHTS == f"{defaults['loaded']:,}"
    assert files(folder) == {"saved.keras"}


def row(name):
    """Return TFLearn's and Keras's side of a row of the page's table."""
    return re.search(rf"^\| {re.escape(name)} \| (.*?) \| (.*?) \|$", PAGE, re.M).groups()


def default(use, name):
    return inspect.signature(use).parameters[name].default


@pytest.mark.slow  # Keras in a process of its own
def test_what_the_page_says_of_keras_is_so(keras_said):
    found = keras_said[2]
    assert row("L2 penalty of strength s")[1] == "s · Σw²" and found["penalty"] == 4
    assert found["dropped"] == pytest.approx(0.2, abs=0.03)
    assert f"`{found['Conv2D']['padding']}`" in row("edges of a convolution")[1]
    for layer, name in (("Conv2D", "a convolution"), ("Dense", "a dense layer")):
        initializer = f"`{found[layer]['kernel_initializer']}`"
        assert initializer in row(f"first weights of {name}")[1]
    assert f"{found['Adam']['epsilon']:.0e}" == row("Adam's epsilon")[1]
    norm = found["norm"]
    assert f"keeps {norm['momentum']}, epsilon {norm['epsilon']}" == row("batch normalization")[1]
    assert found["clipnorm"] is None and found["at once"] == [1, 2]
    assert found["batch"] and row("batch unless told")[1] == "32"
    assert {"SGD", "Adam", "RMSprop", "Adagrad", "Ftrl"} <= set(found["falling"])
    assert {
        "EarlyStopping", "ModelCheckpoint", "LearningRateScheduler", "TensorBoard", "CSVLogger"
    } <= set(found["callbacks"])  # fmt: skip
    assert found["of a half"] == pytest.approx(0.6931, abs=1e-3)


def test_what_the_table_says_of_tflearn_is_so():
    conv, dense = tflearn.conv_2d, tflearn.fully_connected
    assert f"`{default(conv, 'padding')}`" in row("edges of a convolution")[0]
    assert f"`{default(conv, 'weights_init')}`" in row("first weights of a convolution")[0]
    assert f"`{default(dense, 'weights_init')}`" in row("first weights of a dense layer")[0]
    spread = default(tflearn.initializations.truncated_normal, "stddev")
    assert f"of {spread}," in row("first weights of a dense layer")[0]
    assert f"{default(tflearn.Adam, 'epsilon'):.0e}" == row("Adam's epsilon")[0]
    norm = tflearn.batch_normalization
    assert row("batch normalization")[0] == (
        f"keeps {default(norm, 'decay')} of its means, epsilon {default(norm, 'epsilon')}"
    )
    assert row("gradients")[0].endswith(f"longer than {default(tflearn.DNN, 'clip_gradients'):.0f}")
    assert str(default(tflearn.regression, "batch_size")) == row("batch unless told")[0]


def test_what_the_page_says_of_callbacks_and_rates_is_so():
    callbacks = tflearn.callbacks
    moments = [name for name in vars(callbacks.Callback) if name.startswith("on_")]
    assert len(moments) == 8 and "eight moments" in PAGE
    own = {
        name for name, kind in vars(callbacks).items()
        if inspect.isclass(kind) and issubclass(kind, callbacks.Callback)
    }  # fmt: skip
    assert own == {"Callback", "ChainCallback", "TermLogger", "ModelSaver"}
    decaying = {
        name for name in ("SGD", "RMSProp", "Adam", "Momentum", "AdaGrad", "Ftrl", "AdaDelta",
                          "ProximalAdaGrad", "Nesterov")
        if "lr_decay" in inspect.signature(getattr(tflearn, name)).parameters
    }  # fmt: skip
    assert decaying == {"SGD", "Momentum", "Nesterov"}
