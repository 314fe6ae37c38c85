"""A price is counted in plain Python; the graph that is trained says whether it is right."""

import subprocess
import sys
from dataclasses import replace
from math import prod

import pytest

from utils import settings
from utils.experiments.ladder import RUNGS, rung_config
from utils.experiments.studies import STUDIES, config_for
from utils.networks.tflearn_cnn.building import build_cnn
from utils.networks.tflearn_cnn.compat import new_graph
from utils.networks.tflearn_cnn.config import BASELINE
from utils.networks.tflearn_cnn.price import Price, price

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly


def in_the_graph(config):
    """Return weights and multiplications of one picture, as the graph's own shapes have them."""
    graph = new_graph(seed=0)
    network = build_cnn(config, 128.0, 64.0)
    weights = sum(prod(map(int, one.shape)) for one in tf.compat.v1.trainable_variables())
    way = tf.compat.v1.graph_util.extract_sub_graph(graph.as_graph_def(), [network.op.name])
    operations = [graph.get_operation_by_name(node.name) for node in way.node]
    multiplications = sum(
        prod(one.inputs[1].shape[:-1]) * prod(one.outputs[0].shape[1:])
        for one in operations
        if one.type in ("Conv2D", "MatMul")
    )
    return Price(weights, int(multiplications))


@pytest.mark.parametrize("rung", [rung.name for rung in RUNGS])
def test_a_rungs_price_is_that_of_its_graph(rung):
    config = rung_config(rung)
    assert price(config) == in_the_graph(config)


@pytest.mark.parametrize(
    "fields",
    [
        {"layers": ((5, 7, 5), (3,)), "shortcut": True, "filter_size": 5, "dense_units": 9},
        {"layers": ((4, 6), (6, 6)), "shortcut": True, "batch_norm": True, "poolings": 1},
        {"layers": ((3,),) * 6, "batch_norm": True, "pooling": "average", "filter_size": 1},
        {"layers": ((4,), (5,)), "global_pooling": True, "dropout": 0.0, "poolings": 0},
        {"layers": ((4,), (5,)), "crop": 4, "schedule": "cosine", "average": 0.9},
        {"network": "nin", "layers": ((6, 5, 4), (7,), (3, 2))},
        {"network": "nin", "layers": ((6, 5),)},
        {"network": "vgg", "layers": ((4,), (5, 6), (3,), (3,), (2,)), "dense_units": 8},
        {"network": "resnet", "layers": ((4,) * 4, (4,) * 4, (9,) * 4), "dropout": 0.0},
        {"network": "resnet", "layers": ((6, 6),), "dropout": 0.0},
        {"network": "densenet", "layers": ((5,) * 3,) * 3, "dropout": 0.2},
    ],
    ids=str,
)
def test_the_price_of_every_kind_of_network_is_that_of_its_graph(fields):
    config = replace(BASELINE, **fields)
    assert price(config) == in_the_graph(config)


def test_the_price_of_the_studies_variants_is_that_of_their_graphs():
    configs = {
        config_for(name, variant) for name, one in STUDIES.items() for variant in one.variants
    }
    shapes = {replace(BASELINE, layers=one.layers, dropout=one.dropout) for one in configs}
    assert {one: price(one) for one in shapes} == {one: in_the_graph(one) for one in shapes}


def test_a_price_needs_no_tensorflow():
    code = (
        "import sys; from utils.experiments.ladder import rung_config\n"
        "from utils.networks.tflearn_cnn.price import price\n"
        "assert price(rung_config('resnet-20')).weights == 269722\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, check=True)
