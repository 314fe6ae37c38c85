"""A graph and its session: precision, seeds, leftovers, and quietness from the import on."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest

from utils import settings
from utils.networks.tflearn_cnn import compat
from utils.networks.tflearn_cnn.compat import new_graph, session_config, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

needs_bfloat16 = pytest.mark.skipif(
    compat.precision_in_use() != "bfloat16", reason="this CPU has no bfloat16"
)
PLAIN = tf.ConfigProto().graph_options.rewrite_options


# Precision


@pytest.mark.parametrize(
    ("bfloat16", "precision"),
    [(True, "bfloat16"), (False, "float32")],
)
def test_auto_on_a_cpu_is_bfloat16_where_it_multiplies_that(monkeypatch, bfloat16, precision):
    monkeypatch.setattr(compat, "gpus", lambda: [])
    monkeypatch.setattr(compat, "cpu_has_bfloat16", lambda: bfloat16)
    rewrite = session_config("auto").graph_options.rewrite_options
    assert compat.precision_in_use("auto") == precision
    on = rewrite.auto_mixed_precision_onednn_bfloat16 == PLAIN.ON
    assert on == (precision == "bfloat16")
    assert compat.precision_in_use("float32") == "float32"
    assert session_config("float32").graph_options.rewrite_options == PLAIN


@pytest.fixture
def gpu(monkeypatch):
    """Return a function that lets TensorFlow have a GPU of these details, as it tells of one."""
    experimental = tf.config.experimental
    before = experimental.tensor_float_32_execution_enabled()

    def has(**details: object) -> None:
        monkeypatch.setattr(compat, "gpus", lambda: ["GPU:0"])
        monkeypatch.setattr(compat, "cpu_has_bfloat16", lambda: True)
        monkeypatch.setattr(compat.tf.config.experimental, "get_device_details", lambda _: details)

    yield has
    experimental.enable_tensor_float_32_execution(before)


@pytest.mark.parametrize(
    ("details", "precision"),
    [
        ({"compute_capability": (6, 1)}, "float32"),  # GTX 1080
        ({"compute_capability": (7, 5)}, "float32"),  # T4
        ({"compute_capability": (8, 0)}, "TF32"),  # A100
        ({"compute_capability": (8, 9)}, "TF32"),  # L4
        ({"compute_capability": (12, 0)}, "TF32"),
        ({"device_name": "one of AMD's"}, "float32"),
    ],
)
def test_auto_on_a_gpu_is_tf32_where_it_has_that_and_never_float16(gpu, details, precision):
    gpu(**details)
    assert compat.precision_in_use("auto") == precision
    assert compat.precision_in_use("float32") == "float32"
    for asked in ("auto", "float32"):
        assert session_config(asked).graph_options.rewrite_options == PLAIN


def test_nvidias_own_switch_for_tf32_is_heeded(gpu, monkeypatch):
    gpu(compute_capability=(8, 0))
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert compat.precision_in_use("auto") == "float32"


def test_who_asks_for_float32_on_a_gpu_gets_no_tf32(gpu):
    gpu(compute_capability=(8, 0))
    enabled = tf.config.experimental.tensor_float_32_execution_enabled
    for precision in ("float32", "auto"):
        new_graph(precision=precision)
        assert enabled() == (precision == "auto")


# The real thing


def predictions(precision):
    """Return what an untrained network of large products says, in that precision."""
    new_graph(seed=3, precision=precision)
    network = tflearn.input_data([None, 16, 16, 3])
    network = tflearn.conv_2d(network, 32, 3, activation="relu")
    network = tflearn.fully_connected(
        network, 256, activation="relu", weights_init="uniform_scaling"
    )
    network = tflearn.fully_connected(network, 64, weights_init="uniform_scaling")
    network = tflearn.regression(network, loss="mean_square")
    images = np.random.default_rng(0).normal(size=(32, 16, 16, 3))
    model = tflearn.DNN(network)
    answer = model.predict(images)
    model.session.close()
    return answer


@needs_bfloat16
def test_bfloat16_changes_predictions_a_little():
    exact, rough = predictions("float32"), predictions("auto")
    difference = np.abs(rough - exact).max() / np.abs(exact).max()
    assert 0 < difference < 0.02


def test_float32_is_to_the_bit_what_a_session_without_settings_computes(monkeypatch):
    ours = predictions("float32")
    monkeypatch.setattr(compat, "session_config", lambda precision: tf.ConfigProto())
    assert np.array_equal(ours, predictions("float32"))


def test_the_session_has_the_settings_of_its_graph():
    new_graph(precision="float32")
    used = small_model()[0].session._config
    assert used.gpu_options.allow_growth
    assert used.graph_options.rewrite_options == PLAIN


# new_graph


def small_model():
    """Return a model of one layer in the present graph, and its weights."""
    layer = tflearn.fully_connected(tflearn.input_data([None, 2]), 2, regularizer="L2")
    return tflearn.DNN(tflearn.regression(layer)), layer.W


def drawn(seed):
    """Return first weights, a random op's value and both generators' next numbers."""
    new_graph(seed=seed)
    model, weights = small_model()
    noise = model.session.run(tf.random.normal([3]))
    return [*model.get_weights(weights).ravel(), *noise, random.random(), np.random.random()]


def test_the_same_seed_draws_the_same_and_another_draws_others():
    first, again, other = drawn(7), drawn(7), drawn(8)
    assert first == again
    assert not any(a == b for a, b in zip(first, other, strict=True))


def test_without_a_seed_each_graph_draws_anew():
    assert drawn(None)[:7] != drawn(None)[:7]


def test_a_new_graph_has_no_leftovers_of_the_last():
    new_graph()
    empty = {key: len(tf.get_collection(key)) for key in tf.get_default_graph().collections}
    small_model()
    first = [variable.name for variable in tf.global_variables()]
    graph = new_graph()
    assert graph is tf.get_default_graph()
    assert graph.get_operations() == []
    assert {key: len(tf.get_collection(key)) for key in graph.collections} == empty
    assert list(empty) == [tf.GraphKeys.GRAPH_CONFIG]
    small_model()
    assert [variable.name for variable in tf.global_variables()] == first


# Quietness, seen from outside


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own without any log level set."""
    clean = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-W", "default", "-c", code],
        capture_output=True,
        text=True,
        cwd=settings.ROOT,
        env=clean | environment,
    )


# From the import to the second training: each may be the first to make a library speak.
TRAINING = """
from utils.networks.tflearn_cnn.compat import new_graph, quiet_fit, tflearn
import numpy as np
for optimizer in ("sgd", "adam", "rmsprop"):
    new_graph(seed=0)
    network = tflearn.input_data([None, 8, 8, 3])
    network = tflearn.conv_2d(network, 4, 3, activation="relu", regularizer="L2")
    network = tflearn.max_pool_2d(network, 2)
    network = tflearn.dropout(tflearn.fully_connected(network, 64, activation="relu"), 0.5)
    network = tflearn.fully_connected(network, 2, activation="softmax")
    network = tflearn.regression(network, optimizer=optimizer)
    model = tflearn.DNN(network, tensorboard_dir=FOLDER)
    x, y = np.ones((32, 8, 8, 3)), np.eye(2)[np.arange(32) % 2]
    with quiet_fit():
        model.fit(x, y, n_epoch=2, validation_set=0.1, show_metric=True)
    model.predict(x)
    model.save(FOLDER + "/model")
    model.load(FOLDER + "/model")
    model.evaluate(x, y)
    print("trained")
"""


def test_a_whole_training_prints_nothing_but_the_programs_own_lines(tmp_path):
    done = run(f"FOLDER = {str(tmp_path)!r}\n{TRAINING}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "trained\n" * 3, "")


# Keras, which TensorFlow's import would bring along


TFLEARN = "from utils.networks.tflearn_cnn.compat import new_graph, tflearn\n"


def printed(code: str, **environment: str) -> list[str]:
    """Return what code prints in a Python of its own, word by word."""
    done = run(code, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_tflearn_comes_without_keras_scikit_learn_and_pandas():
    loaded = "import sys\nprint(*{'keras', 'sklearn', 'pandas', 'tflearn'} & set(sys.modules))"
    findable = "import sys\nsys.modules.pop('sklearn', None)\n"  # where it is installed
    assert printed(findable + TFLEARN + loaded) == ["tflearn"]


@pytest.mark.parametrize("before", [None, "0", "1", "true"])
def test_the_environment_is_afterwards_what_it_was(before, monkeypatch):
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    given = {} if before is None else {"TF_USE_LEGACY_KERAS": before}
    code = TFLEARN + "import os\nprint(os.environ.get('TF_USE_LEGACY_KERAS'))"
    assert printed(code, **given) == [str(before)]


def test_the_environment_is_put_back_after_an_import_that_fails(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('broken')", encoding="utf-8")
    code = (
        f"try:\n    {TFLEARN}except ImportError as error:\n    print(error)\n"
        "import os\nprint(os.environ.get('TF_USE_LEGACY_KERAS'))"
    )
    paths = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    assert run(code, PYTHONPATH=paths).stdout.split() == ["broken", "None"]


# Keras 3 after TFLearn: one class by either name, and gradients by GradientTape.
KERAS = """
import tensorflow as tf
import keras
from tensorflow.keras import layers
assert tf.keras.__version__ == keras.__version__ and keras.__version__.startswith("3.")
assert tf.keras.layers.Dense is keras.layers.Dense is layers.Dense
assert tf.losses.MeanSquaredError is keras.losses.MeanSquaredError
assert tf.optimizers.Adam is keras.optimizers.Adam
with tf.Graph().as_default():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    slope = tape.gradient(y, x)
    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.global_variables_initializer())
        print(session.run(slope))
"""
KERAS_FIRST = """
from utils.networks.quiet import quiet_stderr
with quiet_stderr():
    import keras
"""
LEARNS = """
new_graph(seed=0)
network = tflearn.fully_connected(tflearn.input_data([None, 2]), 1)
tflearn.DNN(tflearn.regression(network, loss="mean_square")).fit_batch([[0.0, 1.0]], [[1.0]])
print("learns")
"""


@pytest.mark.parametrize(
    "code",
    [
        TFLEARN + KERAS + LEARNS,
        TFLEARN + LEARNS + KERAS,
        KERAS_FIRST + TFLEARN + KERAS + LEARNS,
    ],
    ids=["keras, then a training", "keras after a training", "keras before"],
)
def test_keras_is_keras_3_before_and_after_tflearn(code):
    assert sorted(printed(code)) == ["6.0", "learns"]


def test_where_keras_2_is_installed_tensorflow_imports_what_it_always_did(tmp_path):
    """It would keep to Keras 2 otherwise: `from tensorflow.keras import …` finds its folder."""
    made = tmp_path / "tf_keras" / "api" / "_v2" / "keras"
    made.mkdir(parents=True)
    for folder in (made, made.parent, made.parent.parent, tmp_path / "tf_keras"):
        (folder / "__init__.py").write_text("__version__ = '2.0'\n", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    code = TFLEARN + "import sys\nprint('keras' in sys.modules, 'tf_keras' in sys.modules)"
    assert printed(code, PYTHONPATH=paths) == ["True", "False"]


def test_importing_tflearn_prints_nothing_even_without_curses(tmp_path):
    (tmp_path / "curses.py").write_text("raise ModuleNotFoundError('No module named _curses')")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run("from utils.networks.tflearn_cnn.compat import tflearn", PYTHONPATH=paths)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
