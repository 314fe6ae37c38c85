"""The CNN of the studies and its augmentation, run for real on small batches."""

from contextlib import closing
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage

from utils.experiments.studies import STUDIES, config_for
from utils.networks.tflearn_cnn.augmentation import DRAWN, augment, transforms
from utils.networks.tflearn_cnn.compat import new_graph, tflearn
from utils.networks.tflearn_cnn.config import BASELINE
from utils.networks.tflearn_cnn.layers import cifar_cnn
from utils.networks.tflearn_cnn.session import CnnSession

import tensorflow.compat.v1 as tf  # isort: skip


def first_weights(config):
    """Build the network; return its trainable weights by name."""
    new_graph(seed=config.seed)
    model = tflearn.DNN(cifar_cnn(config, 120.0, 60.0))
    variables = tf.trainable_variables()
    values = dict(zip([v.name for v in variables], model.session.run(variables), strict=True))
    model.session.close()
    return values


@pytest.mark.parametrize("name", [name for name in STUDIES if name != "layers"])
def test_all_variants_of_a_study_start_from_the_same_weights(name):
    starts = [
        first_weights(config_for(name, variant, seed=5)) for variant in STUDIES[name].variants
    ]
    for other in starts[1:]:
        assert other.keys() == starts[0].keys()
        assert all(np.array_equal(other[key], starts[0][key]) for key in other)


def test_the_layers_study_shares_the_first_convolutions_weights():
    starts = [
        first_weights(config_for("layers", variant)) for variant in STUDIES["layers"].variants
    ]
    assert all(np.array_equal(start["Conv2D/W:0"], starts[0]["Conv2D/W:0"]) for start in starts)


def test_another_seed_gives_other_weights():
    one, two = first_weights(BASELINE), first_weights(replace(BASELINE, seed=1))
    assert not np.array_equal(one["Conv2D/W:0"], two["Conv2D/W:0"])
    assert not np.array_equal(one["FullyConnected_1/W:0"], two["FullyConnected_1/W:0"])


@pytest.mark.parametrize(
    ("variant", "parameters"),
    # 3×3×3×32+32, then the convolutions, then (4096 | 1024 | 8192)×512+512, then 512×10+10.
    [("baseline", 896 + 18496 + 36928 + 2097664 + 5130),
     ("three-sets", 896 + 18496 + 36928 + 524800 + 5130),
     ("one-set", 896 + 4194816 + 5130)],
)  # fmt: skip
def test_a_variant_has_the_parameters_counted_by_hand(variant, parameters):
    weights = first_weights(config_for("layers", variant))
    assert sum(value.size for value in weights.values()) == parameters


@pytest.mark.parametrize(("regularizer", "losses"), [("none", 0), ("L1", 4), ("L2", 4)])
def test_the_penalty_is_on_every_hidden_layer(regularizer, losses):
    config = replace(BASELINE, regularizer=regularizer)
    new_graph(seed=0)
    model = tflearn.DNN(cifar_cnn(config, 120.0, 60.0))
    penalties = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert len(penalties) == losses
    if losses:
        weights = [v for v in tf.trainable_variables() if v.name.endswith("/W:0")][:4]
        got, values = model.session.run([sum(penalties), weights])
        norm = {"L1": lambda w: np.abs(w).sum(), "L2": lambda w: (w**2).sum() / 2}[regularizer]
        assert got == pytest.approx(0.001 * sum(norm(value) for value in values), rel=1e-3)
    model.session.close()


def run_transform(images, angles, mirrored):
    new_graph(seed=0)
    rows = transforms(
        tf.constant(angles, tf.float32), tf.constant(mirrored, tf.float32), *images.shape[1:3]
    )
    out = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.constant(images), transforms=rows, output_shape=images.shape[1:3],
        fill_value=0.0, interpolation="BILINEAR", fill_mode="CONSTANT",
    )  # fmt: skip
    with tf.Session() as session:
        return session.run(out)


def test_a_mirrored_picture_is_the_picture_mirrored():
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype(np.float32)
    out = run_transform(images, [0.0, 0.0], [-1.0, 1.0])
    np.testing.assert_allclose(out[0], images[0][:, ::-1], atol=1e-5)
    np.testing.assert_allclose(out[1], images[1], atol=1e-5)


def test_a_turned_picture_is_what_scipy_turns_it_to():
    image = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=(32, 32)), 2)
    out = run_transform(image[None, :, :, None].astype(np.float32), [np.radians(20)], [1.0])
    wanted = ndimage.rotate(image, 20, reshape=False, order=1)
    inner = np.s_[7:-7, 7:-7]  # inside, where no corner turns in
    np.testing.assert_allclose(out[0, :, :, 0][inner], wanted[inner], atol=1e-3)


def test_augmentation_works_while_training_and_only_then():
    images = np.random.default_rng(2).normal(size=(64, 32, 32, 3)).astype(np.float32)
    new_graph(seed=3)
    out = augment(tf.constant(images), flip=True, rotation=25.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tflearn.is_training(False, session)
        assert np.array_equal(session.run(out), images)
        tflearn.is_training(True, session)
        one, two = session.run(out), session.run(out)
    assert not np.array_equal(one, two)
    untouched = np.mean([np.allclose(a, b, atol=1e-4) for a, b in zip(one, images, strict=True)])
    mirrored = np.mean(
        [np.allclose(a, b[:, ::-1], atol=1e-4) for a, b in zip(one, images, strict=True)]
    )
    assert 0.08 < untouched < 0.45 and 0.08 < mirrored < 0.45  # a quarter each, of 64


def masks(network, steps):
    """Return which of the dense layer's outputs each of some steps keeps, and its turns."""
    graph = network.session.graph
    [out], [dense] = (graph.get_collection(f"layer_tensor/{name}")
                         for name in ("Dropout", "FullyConnected"))  # fmt: skip
    feed = {network.images: np.zeros((32, 32, 32, 3), np.uint8), dense: np.ones((32, 512))}
    tflearn.is_training(True, network.session)
    drawn = [network.session.run([out, *graph.get_collection(DRAWN)], feed) for _ in range(steps)]
    return [mask for mask, _ in drawn], [turns for _, turns in drawn]


def test_masks_and_turns_differ_from_step_to_step_and_from_seed_to_seed():
    drawn = []
    for seed in (0, 1):
        with closing(CnnSession(replace(BASELINE, seed=seed), 120.0, 60.0)) as network:
            drawn += masks(network, 4)
    for of_one_kind in (drawn[0] + drawn[2], drawn[1] + drawn[3]):
        assert not any(np.array_equal(a, b) for a, b in combinations(of_one_kind, 2))


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_dropout_drops_at_its_rate_and_keeps_the_mean(rate):
    with closing(CnnSession(replace(BASELINE, dropout=rate), 120.0, 60.0)) as network:
        kept = np.stack(masks(network, 8)[0])
    assert set(np.unique(kept)) == {0.0, np.float32(1 / (1 - rate))}
    # 131,072 draws: five standard errors are less than 0.007.
    assert np.mean(kept == 0) == pytest.approx(rate, abs=0.007)


def test_steps_that_are_skipped_draw_what_steps_that_are_taken_draw():
    images = np.random.default_rng(0).integers(0, 256, (96, 32, 32, 3), np.uint8)
    labels, drawn = np.arange(96) % 10, []
    for taken in (True, False):
        with closing(CnnSession(BASELINE, 120.0, 60.0)) as network:
            tflearn.is_training(True, network.session)
            for size in (96, 40) if taken else ():
                network.step(images[:size], labels[:size])
            network.skip([] if taken else [96, 40])
            drawn.append(masks(network, 1))
    for of_taken, of_skipped in zip(*drawn, strict=True):
        assert np.array_equal(of_taken, of_skipped)


def test_dropout_is_on_only_while_training():
    new_graph(seed=0)
    model = tflearn.DNN(cifar_cnn(replace(BASELINE, flip=False, rotation=0.0), 120.0, 60.0))
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    feed = {model.inputs[0]: images}
    answers = model.net
    tflearn.is_training(False, model.session)
    quiet = [model.session.run(answers, feed) for _ in range(2)]
    tflearn.is_training(True, model.session)
    noisy = [model.session.run(answers, feed) for _ in range(2)]
    model.session.close()
    assert np.array_equal(*quiet) and not np.array_equal(*noisy)
    np.testing.assert_allclose(quiet[0].sum(axis=1), 1, atol=1e-3)
