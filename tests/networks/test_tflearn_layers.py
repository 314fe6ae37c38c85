"""Every layer of TFLearn 0.5 is built and trained for one step on today's TensorFlow."""

import math

import numpy as np
import pytest
from tflearn_parts import ROWS, one_step, public

from utils.networks.tflearn_cnn.compat import new_graph, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

layers = tflearn.layers
conv, core, recurrent = layers.conv, layers.core, layers.recurrent
MODULES = (conv, core, recurrent, layers.embedding_ops, layers.estimator, layers.merge_ops)
MODULES += (layers.normalization,)
IMAGE, STEPS, CUBE, ROW = (6, 6, 4), (5, 3), (4, 4, 4, 2), (4,)

# name of the layer: shape of an input's row, how it is built, shape of an output's row
LAYERS = {
    # convolutions
    "conv_2d": (IMAGE, lambda x: tflearn.conv_2d(x, 3, 3, activation="relu"), (6, 6, 3)),
    "conv_2d strides": (IMAGE, lambda x: tflearn.conv_2d(x, 3, [3, 1], 2, "valid"), (2, 3, 3)),
    "conv_2d_transpose": (
        IMAGE, lambda x: tflearn.conv_2d_transpose(x, 3, 3, [12, 12], strides=2), (12, 12, 3)
    ),
    "atrous_conv_2d": (IMAGE, lambda x: conv.atrous_conv_2d(x, 3, 3, rate=2), (6, 6, 3)),
    "grouped_conv_2d": (IMAGE, lambda x: conv.grouped_conv_2d(x, 2, 3, bias=True), (6, 6, 8)),
    "upscore_layer": (
        IMAGE, lambda x: tflearn.upscore_layer(x, 2, shape=[12, 12]), (12, 12, 2)
    ),
    "upscore_layer3d": (
        CUBE, lambda x: conv.upscore_layer3d(x, 2, shape=[8, 8, 8]), (8, 8, 8, 2)
    ),
    "conv_1d": (STEPS, lambda x: tflearn.conv_1d(x, 4, 3), (5, 4)),
    "conv_3d": (CUBE, lambda x: tflearn.conv_3d(x, 3, 3), (4, 4, 4, 3)),
    "conv_3d_transpose": (
        CUBE, lambda x: conv.conv_3d_transpose(x, 3, 3, [8, 8, 8], strides=2), (8, 8, 8, 3)
    ),
    "highway_conv_2d": (
        IMAGE, lambda x: tflearn.highway_conv_2d(x, 3, 3, activation="elu"), (6, 6, 3)
    ),
    "highway_conv_1d": (
        STEPS, lambda x: tflearn.highway_conv_1d(x, 3, 3, activation="elu"), (5, 3)
    ),
    # poolings
    "max_pool_2d": (IMAGE, lambda x: tflearn.max_pool_2d(x, 2), (3, 3, 4)),
    "avg_pool_2d": (IMAGE, lambda x: tflearn.avg_pool_2d(x, 3, strides=2), (3, 3, 4)),
    "upsample_2d": (IMAGE, lambda x: tflearn.upsample_2d(x, 2), (12, 12, 4)),
    "max_pool_1d": (STEPS, lambda x: tflearn.max_pool_1d(x, 2), (3, 3)),
    "avg_pool_1d": (STEPS, lambda x: tflearn.avg_pool_1d(x, 2), (3, 3)),
    "max_pool_3d": (CUBE, lambda x: tflearn.max_pool_3d(x, 2, strides=2), (2, 2, 2, 2)),
    "avg_pool_3d": (CUBE, lambda x: tflearn.avg_pool_3d(x, 2), (4, 4, 4, 2)),
    "global_max_pool": (IMAGE, lambda x: conv.global_max_pool(x), (4,)),
    "global_avg_pool": (IMAGE, lambda x: tflearn.global_avg_pool(x), (4,)),
    # blocks; each draws its first weights by "variance_scaling" unless told otherwise
    "residual_block": (
        IMAGE, lambda x: tflearn.residual_block(x, 1, 8, downsample=True), (3, 3, 8)
    ),
    "residual_bottleneck": (
        IMAGE, lambda x: tflearn.residual_bottleneck(x, 1, 2, 8, downsample=True), (3, 3, 8)
    ),
    "resnext_block": (IMAGE, lambda x: tflearn.resnext_block(x, 1, 8, 32), (6, 6, 8)),
    "densenet_block": (IMAGE, lambda x: tflearn.densenet_block(x, 2, 3), (3, 3, 3)),
    # core
    "fully_connected": (ROW, lambda x: tflearn.fully_connected(x, 3), (3,)),
    "dropout": ((40,), lambda x: tflearn.dropout(x, 0.5), (40,)),
    "custom_layer": (ROW, lambda x: tflearn.custom_layer(x, lambda y: 2 * y), (4,)),
    "reshape": (ROW, lambda x: tflearn.reshape(x, [-1, 2, 2]), (2, 2)),
    "flatten": (IMAGE, lambda x: tflearn.flatten(x), (144,)),
    "activation": (ROW, lambda x: tflearn.activation(x, "tanh"), (4,)),
    "highway": (
        ROW, lambda x: tflearn.highway(x, 4, activation="elu", transform_dropout=0.9), (4,)
    ),
    "time_distributed": (
        STEPS, lambda x: tflearn.time_distributed(x, tflearn.fully_connected, [2]), (5, 2)
    ),
    # normalization
    "batch_normalization": (IMAGE, lambda x: tflearn.batch_normalization(x), IMAGE),
    "local_response_normalization": (
        IMAGE, lambda x: tflearn.local_response_normalization(x), IMAGE
    ),
    "l2_normalize": (ROW, lambda x: layers.normalization.l2_normalize(x, 1), ROW),
    # recurrent
    "simple_rnn": (STEPS, lambda x: tflearn.simple_rnn(x, 4), (4,)),
    "simple_rnn return_seq": (STEPS, lambda x: tflearn.simple_rnn(x, 4, return_seq=True), (5, 4)),
    "lstm": (STEPS, lambda x: tflearn.lstm(x, 4, dropout=0.8), (4,)),
    "lstm dynamic": (STEPS, lambda x: tflearn.lstm(x, 4, dynamic=True), (4,)),
    "lstm dynamic return_seq": (
        STEPS, lambda x: tflearn.lstm(x, 4, dynamic=True, return_seq=True), (5, 4)
    ),
    "lstm stacked": (
        STEPS, lambda x: tflearn.lstm(tflearn.lstm(x, 4, return_seq=True), 2), (2,)
    ),
    "lstm xavier": (STEPS, lambda x: tflearn.lstm(x, 4, weights_init="xavier"), (4,)),
    "gru": (STEPS, lambda x: tflearn.gru(x, 4), (4,)),
    "gru dynamic": (STEPS, lambda x: tflearn.gru(x, 4, dynamic=True, dropout=(0.9, 0.9)), (4,)),
    "BasicRNNCell": (STEPS, lambda x: both_ways(x, tflearn.BasicRNNCell(3)), (6,)),
    "BasicLSTMCell": (STEPS, lambda x: both_ways(x, tflearn.BasicLSTMCell(3)), (6,)),
    "BasicLSTMCell batch_norm": (
        STEPS, lambda x: both_ways(x, tflearn.BasicLSTMCell(3, batch_norm=True)), (6,)
    ),
    "GRUCell": (STEPS, lambda x: both_ways(x, tflearn.GRUCell(3)), (6,)),
    "bidirectional_rnn": (
        STEPS,
        lambda x: both_ways(x, tflearn.GRUCell(3), dynamic=True, return_seq=True),
        (5, 6),
    ),
    "advanced_indexing_op": (
        STEPS, lambda x: recurrent.advanced_indexing_op(x, recurrent.retrieve_seq_length_op(x)),
        (3,),
    ),
    # merging
    "merge concat": (ROW, lambda x: tflearn.merge([x, 2 * x], "concat"), (8,)),
    "merge elemwise_sum": (ROW, lambda x: tflearn.merge([x, x], "elemwise_sum"), ROW),
    "merge elemwise_mul": (ROW, lambda x: tflearn.merge([x, x], "elemwise_mul"), ROW),
    "merge sum": (IMAGE, lambda x: tflearn.merge([x, x], "sum"), (6, 4)),
    "merge mean": (IMAGE, lambda x: tflearn.merge([x, x], "mean"), (6, 4)),
    "merge prod": (IMAGE, lambda x: tflearn.merge([x, x], "prod"), (6, 4)),
    "merge max": (IMAGE, lambda x: tflearn.merge([x, x], "max"), (6, 4)),
    "merge min": (IMAGE, lambda x: tflearn.merge([x, x], "min"), (6, 4)),
    "merge_outputs": (ROW, lambda x: tflearn.merge_outputs([x, x]), (8,)),
}  # fmt: skip
# Those that aren't tried by LAYERS' test but by one of their own, below.
OTHERS = {"DropoutWrapper", "embedding", "input_data", "multi_target_data", "one_hot_encoding"}
OTHERS |= {"regression", "retrieve_seq_length_op", "single_unit"}


def both_ways(x, cell, **options):
    """Run a cell of 3 units from the first step to the last, another like it back."""
    back = tflearn.BasicRNNCell(3)
    return tflearn.bidirectional_rnn(x, cell, back, **options)


def test_every_layer_that_tflearn_defines_is_tried():
    assert {name.split()[0] for name in LAYERS} | OTHERS == public(*MODULES)


# A second or more each, and others of their layer's are tried every time.
LONG = {"BasicLSTMCell batch_norm", "lstm dynamic return_seq", "lstm stacked", "lstm xavier"}
LONG |= {"simple_rnn return_seq"}
NAMES = [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in LAYERS]


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_trains_itself_and_what_lies_before_it(name):
    shape, build, output = LAYERS[name]
    step = one_step(build, shape)
    assert math.isfinite(step.loss)
    assert step.shape == output
    assert "ahead" in step.moved
    assert step.stayed == set()


@pytest.mark.parametrize("name", ["conv_2d", "lstm"])
def test_the_trial_of_layers_sees_one_that_does_not_train(name):
    shape, build, _ = LAYERS[name]
    step = one_step(lambda x: tf.stop_gradient(build(x)) + tf.reduce_sum(x), shape)
    assert step.moved == {"ahead"}
    assert step.stayed


# Those with other inputs


def test_embedding_looks_rows_up_and_trains_them():
    step = one_step(lambda x: tflearn.embedding(x, 7, 4), (5,), integers=7)
    assert (step.shape, step.moved) == ((5, 4), {"Embedding/W"})


def test_a_dynamic_layer_finds_where_a_row_of_zeros_ends_a_sequence():
    new_graph()
    rows = tf.constant([[[3.0], [5.0], [0.0]], [[1.0], [1.0], [1.0]]])
    with tf.Session() as session:
        assert session.run(recurrent.retrieve_seq_length_op(rows)).tolist() == [2, 3]


def test_one_hot_encoding_turns_numbers_into_rows():
    step = one_step(lambda x: tflearn.one_hot_encoding(x, 3), (), integers=3)
    assert (step.shape, step.moved, step.stayed) == ((3,), set(), set())


def test_single_unit_weighs_each_number_of_a_row():
    new_graph(seed=0, precision="float32")
    entry = tflearn.input_data([None])
    network = tflearn.single_unit(entry, activation="linear")
    network = tflearn.regression(network, optimizer="sgd", loss="mean_square", metric="R2")
    model = tflearn.DNN(network)
    before = model.get_weights(network.W)
    assert math.isfinite(model.fit_batch(np.ones(3), np.zeros(3)))
    assert not np.array_equal(model.get_weights(network.W), before)


def test_targets_of_several_outputs_are_put_in_one_row():
    new_graph(seed=0, precision="float32")
    tflearn.multi_target_data(["one", "two"], [None, 2])
    left = tflearn.fully_connected(tflearn.input_data([None, 3]), 2)
    both = tflearn.merge([left, 2 * left], "concat", axis=0)
    targets = tf.concat(tf.get_collection(tf.GraphKeys.TARGETS), axis=0)
    network = tflearn.regression(
        both, placeholder=None, loss=tflearn.mean_square(both, targets), metric=None
    )
    model = tflearn.DNN(network)
    before = model.get_weights(left.W)
    rows = {"one/Y:0": np.ones((ROWS, 2)), "two/Y:0": np.ones((ROWS, 2))}
    feed = {tf.get_default_graph().get_tensor_by_name(name): y for name, y in rows.items()}
    assert math.isfinite(model.fit_batch(np.ones((ROWS, 3)), feed))
    assert not np.array_equal(model.get_weights(left.W), before)


def test_merge_knows_and_and_or():
    new_graph()
    x = tf.constant([[True, False], [False, False]])
    with tf.Session() as session:
        found = session.run([tflearn.merge([x, x], mode) for mode in ("and", "or")])
    assert [each.tolist() for each in found] == [[False, False], [True, False]]


def test_a_regression_trains_only_the_weights_it_is_given():
    new_graph(seed=0, precision="float32")
    first = tflearn.fully_connected(tflearn.input_data([None, 3]), 4, activation="tanh")
    last = tflearn.fully_connected(first, 2, activation="softmax")
    model = tflearn.DNN(tflearn.regression(last, trainable_vars=[last.W]))
    before = model.session.run([first.W, last.W, last.b])
    model.fit_batch(np.ones((ROWS, 3)), np.eye(2)[:ROWS])
    after = model.session.run([first.W, last.W, last.b])
    same = [np.array_equal(x, y) for x, y in zip(before, after, strict=True)]
    assert same == [True, False, True]
