"""The numbers inside a trained network are those it answers with."""

import numpy as np
import pytest
from tiny import TINY, tiny_dataset

from utils.experiments.training import load_network, train
from utils.networks.tflearn_cnn.feature_maps import feature_maps, first_filters, probabilities
from utils.networks.tflearn_cnn.session import mean_and_std


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder, dataset = tmp_path_factory.mktemp("run") / "seed-0", tiny_dataset()
    train(TINY, dataset, folder)
    network = load_network(folder, dataset)
    yield network, dataset
    network.close()


def test_probabilities_are_those_that_accuracy_is_measured_by(trained):
    network, dataset = trained
    found = probabilities(network, dataset.validation.images)
    assert found.shape == (64, 10) and found.sum(axis=1) == pytest.approx(1, abs=1e-3)
    accuracy = np.mean(found.argmax(axis=1) == dataset.validation.labels)
    assert accuracy == pytest.approx(network.evaluate(dataset.validation)[1])


def test_a_map_is_the_first_layers_convolution_worked_out_by_hand(trained):
    network, dataset = trained
    image = dataset.validation.images[3]
    (name, maps), (pooling, smaller) = feature_maps(network, image)
    assert (name, pooling) == ("1  convolution", "2  pooling")
    assert maps.shape == (32, 32, 4) and smaller.shape == (16, 16, 4)
    mean, std = mean_and_std(dataset.subset(TINY.train_size, TINY.validation_size).train.images)
    window = (image[10:13, 20:23].astype(float) - mean) / std
    sums = np.einsum("ijc,ijcf->f", window, first_filters(network))
    graph = network.session.graph
    bias = network.session.run(graph.get_collection("trainable_variables")[1])
    assert maps[11, 21] == pytest.approx(np.maximum(sums + bias, 0), abs=0.05)
    assert smaller[5, 10] == pytest.approx(maps[10:12, 20:22].max(axis=(0, 1)), abs=0.05)
