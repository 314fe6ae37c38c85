"""What a config's network costs: its weights, and the multiplications that one picture takes.

Counted in the graph itself, so no formula can differ from what is trained.
"""

from functools import cache
from math import prod
from typing import Any, NamedTuple

from utils.networks.tflearn_cnn.building import build_cnn
from utils.networks.tflearn_cnn.config import Config

import tensorflow as tf  # isort: skip  # after building, which imports it quietly

__all__ = ["Price", "price"]


class Price(NamedTuple):
    """weights: numbers that are learned, biases among them.

    multiplications: of all convolutions and dense layers for one picture, as a table of
    multiply-adds has them; what pooling, normalization and activations take isn't in it.
    """

    weights: int
    multiplications: int


@cache
def price(config: Config) -> Price:
    """Return the price of a config's network."""
    graph = tf.Graph()
    with graph.as_default():
        network = build_cnn(config, 128.0, 64.0)
        weights = sum(prod(map(int, one.shape)) for one in tf.compat.v1.trainable_variables())
    way = tf.compat.v1.graph_util.extract_sub_graph(graph.as_graph_def(), [network.op.name])
    operations = [graph.get_operation_by_name(node.name) for node in way.node]
    return Price(weights, sum(map(_multiplications, operations)))


def _multiplications(operation: Any) -> int:
    """Return how many multiplications an operation takes for one picture."""
    if operation.type not in ("Conv2D", "MatMul"):
        return 0
    weights, given = operation.inputs[1].shape, operation.outputs[0].shape[1:]
    each = prod(weights[:-1])  # of one number that is given
    return int(each * prod(given))
