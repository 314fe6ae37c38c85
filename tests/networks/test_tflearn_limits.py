"""What of TFLearn 0.5 is mended, what can't be, and what does something else than it says."""

import importlib
import queue
import re
import subprocess
import sys
import threading

import numpy as np
import pytest

from utils import settings
from utils.errors import CourseError
from utils.networks.tflearn_cnn.compat import new_graph, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

PAGE = (settings.ROOT / "docs" / "tflearn.md").read_text(encoding="utf-8")


def rows(heading):
    """Return the names in the first column of the page's table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


# What is mended

BARE = """
import PIL.Image, numpy as np, sys, warnings
warnings.simplefilter("ignore")
import tensorflow.compat.v1 as tf
from tensorflow.python import pywrap_tensorflow
from tensorflow.python.util import nest

def lacks(action):
    try:
        action()
    except (AttributeError, ImportError, NotImplementedError) as error:
        print(error)

def fresh():
    for name in [name for name in sys.modules if name.split(".")[0] == "tflearn"]:
        del sys.modules[name]
    import tflearn

lacks(fresh)
nest.is_sequence = nest.is_nested
lacks(fresh)
PIL.Image.ANTIALIAS = PIL.Image.LANCZOS
import tflearn
crop = tflearn.ImageAugmentation()
crop.add_random_crop((4, 4), 2)
lacks(lambda: crop.apply(np.zeros((1, 4, 4, 3))))
lacks(lambda: tflearn.initializations.uniform_scaling(shape=[2, 3]))
lacks(lambda: pywrap_tensorflow.NewCheckpointReader)
lacks(tflearn.initializations.xavier)
lacks(tflearn.initializations.variance_scaling)
"""
MENDED = ("is_sequence", "ANTIALIAS", "pad", "random_ops", "NewCheckpointReader")
MENDED += ("xavier", "variance_scaling")


def test_the_page_lists_all_that_is_mended():
    assert rows("What is mended") == {*MENDED, "init_training_mode", "VocabularyProcessor"}


@pytest.mark.slow  # what changes it is a new release of a library
def test_each_name_that_is_put_back_is_missed_without(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BARE], capture_output=True, text=True, cwd=tmp_path
    )
    lines = [line for line in done.stdout.splitlines() if "curses" not in line]
    assert len(lines) == len(MENDED), done.stderr
    for name, line in zip(MENDED, lines, strict=True):
        assert name in line


def test_a_tensor_is_read_from_a_checkpoint_by_its_name(tmp_path):
    new_graph(seed=0)
    dense = tflearn.fully_connected(tflearn.input_data([None, 3]), 2)
    model = tflearn.DNN(tflearn.regression(dense))
    model.save(str(tmp_path / "model"))
    read = tflearn.utils.read_tensor_in_checkpoint("FullyConnected/W", str(tmp_path / "model"))
    assert np.array_equal(read, model.get_weights(dense.W))


def test_dropout_in_a_dynamic_layer_may_be_a_graphs_first_layer():
    new_graph(seed=0)
    out = tflearn.gru(tflearn.input_data([None, 4, 2]), 3, dynamic=True, dropout=0.5)
    model = tflearn.DNN(tflearn.regression(tflearn.fully_connected(out, 2, "softmax")))
    assert np.isfinite(model.fit_batch(np.ones((2, 4, 2)), np.eye(2)))


# What doesn't work


def counted():
    network = tflearn.fully_connected(tflearn.input_data([None, 3]), 1)
    tflearn.regression(network, metric=tflearn.metrics.Prediction_Counts(tflearn.Accuracy()))


def joined_state():
    cells = [tflearn.BasicLSTMCell(3, state_is_tuple=False) for _ in range(2)]
    tflearn.bidirectional_rnn(tflearn.input_data([None, 4, 2]), *cells)


BROKEN = {
    "tflearn.estimators": (
        lambda: importlib.import_module("tflearn.estimators"), ModuleNotFoundError
    ),
    "VocabularyProcessor": (lambda: tflearn.data_utils.VocabularyProcessor(10), CourseError),
    "Prediction_Counts": (counted, TypeError),
    "BasicLSTMCell": (joined_state, TypeError),
    "reshape": (lambda: tflearn.reshape([tf.ones([2, 2]), tf.ones([2, 2])], [8]), ValueError),
    "add_activation_regularizer": (
        lambda: tflearn.helpers.regularizer.add_activation_regularizer(tf.ones([2])),
        NotImplementedError,
    ),
    "SequenceAugmentation": (tflearn.SequenceAugmentation, NotImplementedError),
    "sequence_padding": (
        lambda: tflearn.SequencePreprocessing().sequence_padding(), NotImplementedError
    ),
    "resize": (lambda: tflearn.ImagePreprocessing().resize(2, 2), NotImplementedError),
    "blur": (lambda: tflearn.ImagePreprocessing().blur(), NotImplementedError),
    "TFRecordsFlow": (
        lambda: tflearn.data_flow.TFRecordsFlow(tf.train.Coordinator()), NotImplementedError
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_page_says_does_not_work_does_not(name):
    new_graph()
    use, error = BROKEN[name]
    with pytest.raises(error):
        use()
    assert rows("What doesn't work") == set(BROKEN)


# What does something else than its name or its text says


def made(layer, shape):
    """Return what a layer makes of ones; its weights are as they were drawn."""
    new_graph(seed=0, precision="float32")
    entry = tflearn.input_data([None, *shape])
    out = layer(entry)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(out, {entry: np.ones((2, *shape))})


def nothing_where_its_input_should_be(layer):
    return not made(lambda x: layer(x), (8, 8, 4)).any()


def two_scalings():
    for factor in (1.0, 3.0):
        new_graph(seed=0)
        with tf.Session() as session:
            make = tflearn.initializations.uniform_scaling(factor=factor, seed=1)
            yield session.run(make([3, 3]))


def shape_of_grouped():
    new_graph()
    tflearn.resnext_block(tflearn.input_data([None, 8, 8, 4]), 1, 8, 32)
    (weights,) = [v for v in tf.trainable_variables() if "Grouped" in v.name]
    return tuple(weights.shape)


def accuracy_of_a_tenth():
    new_graph()
    metric = tflearn.metrics.binary_accuracy_op(tf.constant([[0.1]]), tf.constant([[0.0]]))
    with tf.Session() as session:
        return session.run(metric)


def lengths_of_embedded():
    new_graph()
    entry = tflearn.input_data([None, 4])
    length = tflearn.embedding(entry, 7, 2).seq_length
    with tf.Session() as session:
        return session.run(length, {entry: [[3, 5, 0, 0], [1, 1, 1, 1]]}).tolist()


def means_of_channels():
    prepare = tflearn.ImagePreprocessing()
    prepare.add_samplewise_zero_center(per_channel=True)
    (image,) = prepare.apply([np.stack([np.zeros((2, 2)), np.ones((2, 2))], axis=2)])
    return image.mean(axis=(0, 1)).tolist()


def waits_for_ever():
    broken = tflearn.ImageAugmentation()
    broken.methods, broken.args = [lambda batch: 1 / 0], [None]
    flow = tflearn.data_flow.FeedDictFlow(
        {"x": np.ones((4, 2))}, tf.train.Coordinator(), num_threads=1, daug_dict={"x": broken}
    )
    flow.start()
    with pytest.raises(queue.Empty):
        flow.next(timeout=0.5)
    return True


FAULTS = {
    "residual_bottleneck": lambda: nothing_where_its_input_should_be(
        lambda x: tflearn.residual_bottleneck(x, 1, 2, 4, batch_norm=False, weights_init="zeros")
    ),
    "downsample": lambda: (
        made(lambda x: tflearn.residual_block(x, 2, 4, downsample=True), (8, 8, 4)).shape
        == (2, 2, 2, 4)
    ),
    "resnext_block": lambda: shape_of_grouped() == (3, 3, 4, 32),
    "densenet_block": lambda: (
        made(lambda x: tflearn.densenet_block(x, 2, 3), (8, 8, 4)).shape == (2, 4, 4, 3)
    ),
    "highway_conv_2d": lambda: nothing_where_its_input_should_be(
        lambda x: tflearn.highway_conv_2d(x, 4, 3, weights_init="zeros")
    ),
    "highway_conv_1d": lambda: (
        not made(lambda x: tflearn.highway_conv_1d(x, 4, 3, weights_init="zeros"), (8, 4)).any()
    ),
    "uniform_scaling": lambda: np.array_equal(*two_scalings()),
    "ProximalAdaGrad": lambda: isinstance(
        tflearn.ProximalAdaGrad().get_tensor(), tf.train.AdagradOptimizer
    ),
    "deconv_2d": lambda: tflearn.deconv_2d is tflearn.upsample_2d,
    "seq_length": lambda: lengths_of_embedded() != [2, 4],
    "Accuracy": lambda: accuracy_of_a_tenth() == 0,
    "per_channel": lambda: means_of_channels() == [-0.5, 0.5],
    "fit": waits_for_ever,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_tflearns_own_is_as_the_page_has_it(name, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda details: None)
    assert FAULTS[name]()
    assert rows("What does something else than it says") == set(FAULTS)
