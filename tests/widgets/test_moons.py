"""Two moons: the arithmetic against independent truth, each study's effect, and the widget."""

import time
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.metrics import log_loss

from utils.errors import CourseError
from utils.networks.in_numpy.functions import binary_cross_entropy
from utils.networks.in_numpy.moons_network import (
    MoonsConfig,
    MoonsNetwork,
    half_moons,
    sets,
    train,
)
from utils.widgets.moons import STARTS, STUDIES, MoonsDrawing, describe, plane, two_moons

SEEDS = range(5)


def ends(study, **change):
    """Return training loss, validation loss and gap of each seed, (seeds, 3)."""
    histories = [train(MoonsConfig(**{**STARTS[study], **change, "seed": seed})) for seed in SEEDS]
    return np.array([(h.loss[-1], h.val_loss[-1], h.gap) for h in histories])


def test_without_noise_the_points_lie_on_the_curves_of_scikit_learn():
    x, y = half_moons(60, 0, seed=3)
    curves, classes = make_moons(20_000, shuffle=False, noise=None)
    curves = curves - [0.5, 0.25]
    for k in (0, 1):
        distances = np.linalg.norm(x[y == k][:, None] - curves[classes == k][None], axis=-1)
        assert (y == k).sum() == 30 and distances.min(axis=1).max() < 1e-3


def test_noise_has_the_standard_deviation_that_was_asked_for():
    still, _ = half_moons(4000, 0, seed=5)
    shaken, _ = half_moons(4000, 0.3, seed=5)
    assert np.std(shaken - still) == pytest.approx(0.3, rel=0.03)


def test_training_and_validation_points_are_fixed_and_differ():
    (x, y), (val_x, val_y) = sets(0.3)
    assert x.shape == (100, 2) and val_x.shape == (500, 2)
    assert y.sum() == 50 and val_y.sum() == 250
    assert not (x[:, None] == val_x[None]).all(axis=-1).any()


def test_the_loss_is_scikit_learns_cross_entropy():
    rng = np.random.default_rng(0)
    z, y = rng.normal(0, 3, 50), rng.integers(0, 2, 50)
    assert binary_cross_entropy(z, y) == pytest.approx(log_loss(y, 1 / (1 + np.exp(-z))), rel=1e-9)


def test_a_forward_pass_equals_one_by_hand():
    network = MoonsNetwork(1, 2, np.float64)
    network.weights[0][...] = [[1, -1], [2, 1]]
    network.biases[0][...] = [0.5, 0]
    network.weights[1][...] = [[3], [-2]]
    network.biases[1][...] = [1]
    # hidden: ReLU(1 + 4 + 0.5, -1 + 2) = 5.5, 1 and ReLU(-1 + 0.5, 1) = 0, 1
    assert network.logits(np.array([[1.0, 2.0], [-1.0, 0.0]])).tolist() == [15.5, -1.0]
    assert network.probabilities(np.array([[-1.0, 0.0]])) == pytest.approx([1 / (1 + np.e)])


@pytest.mark.parametrize("count", [1, 49, 50, 51, 130])
def test_probabilities_in_pieces_equal_those_in_one_go(count):
    network = MoonsNetwork.drawn(2, 8, np.random.default_rng(1))
    x = np.random.default_rng(2).normal(size=(count, 2)).astype(np.float32)
    np.testing.assert_allclose(
        network.probabilities(x), 1 / (1 + np.exp(-network.logits(x))), rtol=1e-5
    )


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("rate", [0, 0.4])
def test_gradients_equal_finite_differences(layers, decay, rate):
    rng = np.random.default_rng(layers)
    network = MoonsNetwork(layers, 5, np.float64)
    network.numbers[...] = rng.normal(0, 0.8, network.numbers.shape)
    x, y = rng.normal(size=(7, 2)), rng.integers(0, 2, 7)
    masks = [(rng.random((7, 5)) >= rate) / (1 - rate) for _ in range(layers)] if rate else []

    def total():
        penalty = decay / 2 * sum((w**2).sum() for w in network.weights)
        return binary_cross_entropy(network.logits(x, masks), y) + penalty

    gradients, step = network.gradients(x, y, decay, masks).copy(), 1e-6
    for k in range(len(network.numbers)):
        before = network.numbers[k]
        network.numbers[k] = before + step
        above = total()
        network.numbers[k] = before - step
        numeric = (above - total()) / (2 * step)
        network.numbers[k] = before
        assert gradients[k] == pytest.approx(numeric, abs=1e-7)


def test_one_epoch_with_all_points_a_step_is_one_step_down_the_gradient():
    config = MoonsConfig(batch_size=100, epochs=1, weight_decay=0.01, seed=4)
    (x, y), _ = sets(config.noise)
    first = MoonsNetwork.drawn(config.layers, config.units, np.random.default_rng(4))
    wanted = first.numbers - 0.3 * first.gradients(x, y, 0.01)
    np.testing.assert_allclose(train(config).network.numbers, wanted, atol=1e-5)


def test_a_training_is_the_same_each_time_and_another_with_another_seed():
    config = MoonsConfig(epochs=5, dropout=0.5)
    again = train.__wrapped__(config)
    assert again is not train(config)
    assert again.val_loss.tolist() == train(config).val_loss.tolist()
    assert train(replace(config, seed=1)).val_loss.tolist() != again.val_loss.tolist()


def test_the_plotted_loss_is_without_penalty_and_without_dropout():
    config = MoonsConfig(epochs=3, weight_decay=0.1, dropout=0.5)
    history = train(config)
    (x, y), (val_x, val_y) = sets(config.noise)
    for (points, classes), loss, accuracy in (
        ((x, y), history.loss, history.accuracy),
        ((val_x, val_y), history.val_loss, history.val_accuracy),
    ):
        probabilities = history.network.probabilities(points).astype(float)
        assert loss[-1] == pytest.approx(log_loss(classes, probabilities), rel=1e-4)
        assert accuracy[-1] == np.mean((probabilities > 0.5) == classes)
    assert len(history.loss) == 4


def test_dropout_keeps_its_share_and_the_mean(monkeypatch):
    seen = []
    real = MoonsNetwork.gradients

    def watched(self, x, y, decay=0.0, masks=()):
        seen.extend(masks)
        return real(self, x, y, decay, masks)

    monkeypatch.setattr(MoonsNetwork, "gradients", watched)
    train.__wrapped__(MoonsConfig(epochs=4, dropout=0.8))
    masks = np.concatenate([mask.ravel() for mask in seen])
    assert (masks == 0).mean() == pytest.approx(0.8, abs=0.01)
    assert masks.mean() == pytest.approx(1, abs=0.05)


# Each study's effect, in every one of five seeds.


def test_more_layers_bend_the_boundary_until_it_separates():
    line, one, three = (ends("layers", layers=layers) for layers in (0, 1, 3))
    assert (line[:, 0] > 0.26).all()  # a straight line can't
    assert three[:, 0].mean() < 0.5 * one[:, 0].mean() < 0.5 * line[:, 0].mean()


def test_many_neurons_overfit_and_dropout_narrows_the_gap():
    without, half = ends("dropout"), ends("dropout", dropout=0.5)
    assert (without[:, 2] > 0.45).all()
    assert (half[:, 2] < 0.75 * without[:, 2]).all()
    assert (half[:, 1] < without[:, 1]).all()


def test_l2_closes_the_gap_and_too_much_underfits():
    without, some, much = (ends("weight_decay", weight_decay=w) for w in (0, 0.01, 0.1))
    assert (some[:, 2] < 0.25 * without[:, 2]).all()
    assert (some[:, 1] < 0.6 * without[:, 1]).all()
    assert (much[:, 0] > 1.4 * some[:, 0]).all() and (much[:, 2] < 0.05).all()


def test_small_batches_are_noisy_and_large_ones_get_less_far():
    def noise(size):
        config = MoonsConfig(**{**STARTS["batch_size"], "batch_size": size})
        runs = [train(replace(config, seed=seed)).loss[-50:] for seed in SEEDS]
        return np.array([np.abs(np.diff(run)).mean() for run in runs])

    assert (noise(1) > 5 * noise(50)).all()
    assert (ends("batch_size", batch_size=100)[:, 0] > ends("batch_size")[:, 0] + 0.05).all()


def test_a_small_learning_rate_hardly_moves_and_a_large_one_diverges_silently():
    tiny, good = ends("learning_rate", learning_rate=0.001), ends("learning_rate")
    assert (tiny[:, 0] > 0.45).all() and (good[:, 0] < 0.2).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in SEEDS:
            config = MoonsConfig(**{**STARTS["learning_rate"], "learning_rate": 10.0, "seed": seed})
            history = train(config)
            assert history.diverged is not None and len(history.loss) == history.diverged
            assert np.isfinite(history.loss).all() and np.isfinite(history.val_loss).all()


@pytest.mark.parametrize(
    "field, value",
    [("dropout", 1.0), ("dropout", -0.1), ("batch_size", 0), ("batch_size", 101), ("epochs", 0),
     ("learning_rate", 0), ("weight_decay", -1), ("layers", -1), ("units", 0), ("seed", -1)],
)  # fmt: skip
def test_a_recipe_that_makes_no_sense_is_refused(field, value):
    with pytest.raises(CourseError, match=field):
        MoonsConfig(**{field: value})


# The widget. Laying one out takes 0.3 s, so tests that move it share one a study.


@cache
def short(study):
    """Return the study's widget with trainings of six epochs."""
    return two_moons(study, epochs=6)


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_shows_its_own_control_and_the_seed(study):
    widget = short(study)
    extra = ["units"] if study == "layers" else []
    assert list(widget.controls) == [study, *extra, "seed"]
    moved = [control for name, control in widget.controls.items() if name != "seed"]
    assert not any(control.continuous_update for control in moved)


def test_all_controls_are_there_unless_one_is_asked_for():
    assert list(two_moons(epochs=2).controls) == [*STUDIES, "seed"]
    assert list(two_moons(("dropout", "units"), epochs=2).controls) == ["dropout", "units", "seed"]


@pytest.mark.parametrize(
    "study, value",
    [("layers", 0), ("layers", 3), ("dropout", 0.8), ("weight_decay", 0.1), ("batch_size", 100),
     ("learning_rate", 0.001), ("learning_rate", 10.0)],
)  # fmt: skip
def test_moving_a_control_shows_what_the_training_says(study, value):
    widget, config = short(study), MoonsConfig(**{**STARTS[study], "epochs": 6, study: value})
    widget.move(**{study: value, "seed": 0})
    history, shades = train(config), plane(config)
    drawing = MoonsDrawing(8.4, 3.7, config=config)
    drawing.draw(history, shades)
    assert widget.picture.png == drawing.png()
    assert (widget.picture.alt, widget.picture.text) == describe(config, history, shades)


def test_the_picture_depends_on_the_controls_alone_not_on_the_way_there():
    widget = short("learning_rate")
    widget.move(learning_rate=0.3, seed=0)
    before = widget.picture.png
    widget.controls["learning_rate"].value = 10.0  # hides shades and boundary, shows a word
    assert widget.picture.png != before
    widget.controls["learning_rate"].value = 0.3
    assert widget.picture.png == before


def test_the_caption_holds_the_numbers():
    history = train(MoonsConfig())
    text = two_moons("dropout").picture.text
    for part in (
        "drop rate 0,",
        "200 epochs (2,000 steps)",
        f"training loss {history.loss[-1]:.3f}",
        f"validation loss {history.val_loss[-1]:.3f}",
        f"gap +{history.gap:.3f}",
        f"{100 * history.val_accuracy[-1]:.1f} %",
    ):
        assert part in text


def test_a_diverged_training_is_said_in_words():
    widget = two_moons("learning_rate", learning_rate=10.0)
    assert "diverged" in widget.picture.alt and "diverged" in widget.picture.text
    assert "nan" not in (widget.picture.alt + widget.picture.text).lower()


@pytest.mark.parametrize("study", STUDIES)
def test_no_end_of_a_slider_gives_a_nan_or_a_refusal(study):
    widget = short(study)
    control = widget.controls[study]
    options = getattr(control, "options", None)
    low, high = (options[0][1], options[-1][1]) if options else (control.min, control.max)
    for value in (low, high):
        for seed in (0, 9):
            widget.move(**{study: value, "seed": seed})
            said = f"{widget.picture.alt} {widget.picture.text}".lower()
            assert not widget.picture.problem and "nan" not in said and "inf" not in said


def test_a_network_that_answers_the_same_everywhere_has_no_boundary():
    config = MoonsConfig(epochs=1)
    history, shades = train(config), np.full((56, 74), 0.7, np.float32)
    alt, text = describe(config, history, shades)
    assert "no boundary" in alt and "the same class everywhere" in text
    assert "same class everywhere" not in describe(config, history, plane(config))[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": "depth"},
        {"fields": ()},
        {"rate": 3},
        {"fields": "dropout", "dropout": 0.9},
        {"fields": "learning_rate", "learning_rate": 0.2},
        {"fields": "layers", "layers": 5},
    ],
)
def test_what_isnt_there_is_refused_by_name(wrong):
    with pytest.raises(CourseError, match="There is no"):
        two_moons(**wrong)


def test_the_longest_training_takes_less_than_two_seconds_of_a_core():
    config = MoonsConfig(**{**STARTS["batch_size"], "batch_size": 1, "layers": 3})
    start = time.process_time()
    train.__wrapped__(config)
    assert time.process_time() - start < 2
