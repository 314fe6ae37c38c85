"""The operations that the epoch's table reckons with, against TensorFlow's own count."""

import pytest

from benchmarks.epoch.flops import layer_flops, training_flops
from utils.networks.tflearn_cnn.config import BASELINE, Config

PRODUCTS = ("Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput", "MatMul")


def counted_by_tensorflow(config: Config) -> int:
    """Return TensorFlow's count of the products that a training step runs for one picture.

    The course's own graph, its batch of any size made a batch of one, cut down to what the
    training operation needs.
    """
    from utils.networks.tflearn_cnn.session import CnnSession

    import tensorflow as tf  # isort: skip  # after compat, which imports it quietly
    from tensorflow.python.framework import ops  # where the counts are registered
    from tensorflow.python.profiler.internal import flops_registry  # noqa: F401  # registers them

    network = CnnSession(config, mean=120.0, std=60.0)
    fed = {network.images.op.name, network.labels.op.name}
    graph = network.session.graph.as_graph_def()
    graph = tf.compat.v1.graph_util.extract_sub_graph(graph, [network.operation.train.name])
    for node in graph.node:
        node.attr.pop("_output_shapes", None)
        if node.name in fed:
            node.attr["shape"].shape.dim[0].size = 1
    network.close()
    with tf.Graph().as_default() as one:
        tf.import_graph_def(graph, name="")
    products = [op for op in one.get_operations() if op.type in PRODUCTS]
    assert len(products) >= 6
    return int(sum(ops.get_stats_for_node_def(one, op.node_def, "flops").value for op in products))


@pytest.mark.parametrize(
    "config",
    [
        BASELINE,
        Config(layers=((4,),), dense_units=8),
        Config(layers=((8, 12), (16,), (20, 24)), dense_units=30),
    ],
    ids=lambda config: config.layers_text,
)
def test_the_formula_counts_what_tensorflow_counts_in_the_courses_own_graph(config):
    assert training_flops(config.layers, config.dense_units) == counted_by_tensorflow(config)


def test_the_layers_of_the_baseline_are_counted_one_by_one():
    assert list(layer_flops(BASELINE.layers, BASELINE.dense_units)) == [
        2 * 3 * 3 * 3 * 32 * 32 * 32,
        2 * 3 * 3 * 32 * 64 * 16 * 16,
        2 * 3 * 3 * 64 * 64 * 16 * 16,
        2 * 8 * 8 * 64 * 512,
        2 * 512 * 10,
    ]
