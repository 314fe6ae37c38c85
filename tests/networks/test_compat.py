"""TFLearn on today's TensorFlow: what the course uses of it does what NumPy says it should."""

import math

import numpy as np
import pytest
from scipy import signal

from utils.networks.tflearn_cnn.compat import new_graph, quiet_fit, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
CLASS = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
Y = np.eye(2, dtype=np.float32)[CLASS]


@pytest.fixture(autouse=True)
def graph():
    """Give each test a graph of its own, in plain float32."""
    return new_graph(seed=0, precision="float32")


def session():
    """Return a session in which all variables have their first values, not in training mode."""
    opened = tf.Session()
    tflearn.config.init_training_mode()
    opened.run(tf.global_variables_initializer())
    tflearn.is_training(False, opened)
    return opened


def model(optimizer="sgd", loss="categorical_crossentropy", learning_rate=0.1, **layer):
    """Return a network of one layer, its weights and biases."""
    units, activation = (2, "softmax") if loss == "categorical_crossentropy" else (1, "linear")
    dense = tflearn.fully_connected(
        tflearn.input_data([None, 3]), units, activation=activation, name="dense", **layer
    )
    network = tflearn.regression(dense, optimizer=optimizer, loss=loss, learning_rate=learning_rate)
    return tflearn.DNN(network), dense.W, dense.b


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# Layers


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_input_data_takes_numbers_of_its_type(dtype):
    entry = tflearn.input_data([None, 4, 4, 3], dtype=tf.as_dtype(dtype))
    fed = np.arange(48).reshape(1, 4, 4, 3).astype(dtype)
    assert entry.dtype.base_dtype == dtype
    assert np.array_equal(session().run(entry, {entry: fed}), fed)
    assert tf.get_collection(tf.GraphKeys.INPUTS) == [entry]


def test_fully_connected_is_a_product_plus_a_bias():
    entry = tflearn.input_data([None, 3])
    dense = tflearn.fully_connected(entry, 5, activation="relu", bias_init="normal")
    out, w, b = session().run([dense, dense.W, dense.b], {entry: X})
    assert w.shape == (3, 5)
    np.testing.assert_allclose(out, np.maximum(X @ w + b, 0), rtol=1e-5, atol=1e-6)


def test_fully_connected_flattens_pictures():
    entry = tflearn.input_data([None, 4, 4, 3])
    assert tflearn.fully_connected(entry, 5).W.shape.as_list() == [48, 5]


def test_conv_2d_slides_its_filters_without_turning_them_over():
    images = RNG.normal(size=(2, 6, 5, 3)).astype(np.float32)
    entry = tflearn.input_data([None, 6, 5, 3])
    layer = tflearn.conv_2d(entry, 4, 3, activation="relu", bias_init="normal")
    out, w, b = session().run([layer, layer.W, layer.b], {entry: images})
    assert out.shape == (2, 6, 5, 4)
    for n, k in np.ndindex(2, 4):
        maps = [
            signal.correlate2d(images[n, :, :, c], w[:, :, c, k], mode="same") for c in range(3)
        ]
        np.testing.assert_allclose(out[n, :, :, k], np.maximum(sum(maps) + b[k], 0), atol=1e-5)


def test_max_pool_2d_keeps_the_largest_of_each_square():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    entry = tflearn.input_data([None, 4, 4, 1])
    out = session().run(tflearn.max_pool_2d(entry, 2), {entry: image})
    assert out[0, :, :, 0].tolist() == [[5, 7], [13, 15]]


def test_dropout_drops_and_scales_while_training_and_does_nothing_otherwise():
    entry = tflearn.input_data([None, 10_000])
    layer, ones = tflearn.dropout(entry, 0.8), np.ones((1, 10_000), np.float32)
    opened = session()
    assert np.array_equal(opened.run(layer, {entry: ones}), ones)
    tflearn.is_training(True, opened)
    first, second = opened.run(layer, {entry: ones}), opened.run(layer, {entry: ones})
    assert set(np.unique(first).tolist()) == {0.0, 1.25}
    assert first.mean() == pytest.approx(1, abs=0.03)  # keeps 0.8, not 0.2
    assert not np.array_equal(first, second)


# Losses, penalties and optimizers


def test_mean_square_and_the_first_step_of_sgd():
    network, w, b = model("sgd", "mean_square", learning_rate=0.1)
    w0, b0 = network.get_weights(w), network.get_weights(b)
    target = X.sum(axis=1, keepdims=True) / 4
    error = X @ w0 + b0 - target
    loss = network.fit_batch(X, target)
    assert loss == pytest.approx(np.mean(error**2), rel=1e-5)
    step = 0.1 * 2 * X.T @ error / len(X)
    np.testing.assert_allclose(network.get_weights(w), w0 - step, atol=1e-6)
    np.testing.assert_allclose(network.get_weights(b), b0 - 0.1 * 2 * error.mean(), atol=1e-6)


def gradient(network, w, b):
    """Return loss and gradient of categorical_crossentropy by NumPy."""
    p = softmax(X @ network.get_weights(w) + network.get_weights(b))
    return -np.mean(np.log(p[np.arange(len(X)), CLASS])), X.T @ (p - Y) / len(X)


def test_categorical_crossentropy_is_the_mean_of_minus_the_logarithms():
    network, w, b = model()
    loss, _ = gradient(network, w, b)
    assert network.fit_batch(X, Y) == pytest.approx(loss, rel=1e-5)


def test_adams_first_step_is_the_learning_rate_against_the_gradients_sign():
    network, w, b = model("adam", learning_rate=0.01)
    w0, (_, slope) = network.get_weights(w), gradient(network, w, b)
    network.fit_batch(X, Y)
    np.testing.assert_allclose(network.get_weights(w), w0 - 0.01 * np.sign(slope), atol=1e-5)


def test_rmsprops_first_step_divides_by_the_root_of_the_mean_square():
    network, w, b = model("rmsprop", learning_rate=0.01)
    w0, (_, slope) = network.get_weights(w), gradient(network, w, b)
    network.fit_batch(X, Y)
    mean_square = 0.9 * 1 + 0.1 * slope**2  # TensorFlow starts it at one
    step = 0.01 * slope / np.sqrt(mean_square)
    np.testing.assert_allclose(network.get_weights(w), w0 - step, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "penalty"), [("L1", lambda w: np.abs(w).sum()), ("L2", lambda w: (w**2).sum() / 2)]
)
def test_a_regularizer_puts_its_penalty_among_the_losses(name, penalty):
    network, w, _ = model(regularizer=name, weight_decay=0.5)
    (term,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    value = network.session.run(term)
    assert value == pytest.approx(0.5 * penalty(network.get_weights(w)), rel=1e-5)


@pytest.mark.parametrize(("name", "slope"), [("L1", np.sign), ("L2", lambda w: w)])
def test_a_penalty_shrinks_weights_that_nothing_else_moves(name, slope):
    network, w, _ = model("sgd", regularizer=name, weight_decay=0.01, learning_rate=0.1)
    w0 = network.get_weights(w)
    network.fit_batch(np.zeros_like(X), Y)
    np.testing.assert_allclose(
        network.get_weights(w), w0 - 0.1 * 0.01 * slope(w0), rtol=1e-4, atol=1e-8
    )


def test_without_a_regularizer_there_is_no_penalty():
    model()
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == []


# The model: fit, predict, evaluate, save, load, callbacks


def fit(network, epochs=1, callbacks=(), **options):
    """Fit quietly, without the shuffling that mixes up labels now and then in TFLearn."""
    with quiet_fit():
        network.fit(
            X, Y, n_epoch=epochs, batch_size=10, shuffle=False, callbacks=list(callbacks), **options
        )


@pytest.fixture(autouse=True)
def own_log_folder(monkeypatch, tmp_path):
    """Keep what `fit` writes for TensorBoard out of /tmp/tflearn_logs."""
    whole = tflearn.DNN.__init__
    monkeypatch.setattr(
        tflearn.DNN,
        "__init__",
        lambda self, *args, **options: whole(
            self, *args, **{"tensorboard_dir": str(tmp_path / "logs"), **options}
        ),
    )


@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 1.0), ("adam", 0.1), ("rmsprop", 0.05)])
def test_fit_learns_what_a_line_can_separate(optimizer, rate):
    network, _, _ = model(optimizer, learning_rate=rate)
    fit(network, epochs=30)
    assert (network.predict(X).argmax(axis=1) == CLASS).mean() > 0.9


def test_predict_gives_probabilities_and_evaluate_the_share_of_right_answers():
    network, w, b = model()
    p = network.predict(X)
    expected = softmax(X @ network.get_weights(w) + network.get_weights(b))
    np.testing.assert_allclose(p, expected, atol=1e-6)
    (share,) = network.evaluate(X, Y, batch_size=10)
    assert share == pytest.approx((p.argmax(axis=1) == CLASS).mean())
    assert 0 < share < 1


def test_a_saved_model_predicts_the_same_in_a_new_graph(tmp_path):
    network, _, _ = model("adam")
    fit(network, epochs=2)
    before = network.predict(X)
    network.save(str(tmp_path / "model"))
    network.session.close()
    new_graph(seed=99, precision="float32")
    loaded, _, _ = model("adam")
    assert not np.array_equal(loaded.predict(X), before)
    loaded.load(str(tmp_path / "model"))
    assert np.array_equal(loaded.predict(X), before)


class Diary(tflearn.callbacks.Callback):
    """Writes down when it is called."""

    def __init__(self):
        self.calls = []

    def on_train_begin(self, training_state):
        self.calls.append("train begins")

    def on_epoch_begin(self, training_state):
        self.calls.append(f"epoch {training_state.epoch} begins")

    def on_batch_end(self, training_state, snapshot=False):
        self.calls.append(f"batch {training_state.step}")
        assert math.isfinite(training_state.loss_value)

    def on_epoch_end(self, training_state):
        self.calls.append(f"epoch {training_state.epoch} ends")

    def on_train_end(self, training_state):
        self.calls.append("train ends")


def test_callbacks_are_called_in_their_order():
    network, diary = model()[0], Diary()
    fit(network, epochs=2, callbacks=[diary])
    batches = [[f"batch {4 * e + i}" for i in range(1, 5)] for e in range(2)]
    assert diary.calls == [
        "train begins",
        *("epoch 1 begins", *batches[0], "epoch 1 ends"),
        *("epoch 2 begins", *batches[1], "epoch 2 ends"),
        "train ends",
    ]


def test_a_callback_may_stop_the_training():
    class Enough(tflearn.callbacks.Callback):
        def on_epoch_end(self, training_state):
            raise StopIteration

    network, diary = model()[0], Diary()
    with pytest.raises(StopIteration):
        fit(network, epochs=5, callbacks=[diary, Enough()])
    assert diary.calls[-2:] == ["epoch 1 ends", "train ends"]


# quiet_fit


def test_quiet_fit_keeps_tflearns_lines_back_but_not_a_callbacks_own(capsys):
    class Talker(tflearn.callbacks.Callback):
        def on_epoch_end(self, training_state):
            print("epoch", training_state.epoch)

    network, _, _ = model()
    fit(network, epochs=2, callbacks=[Talker()], show_metric=True, validation_set=0.1)
    assert capsys.readouterr().out == "epoch 1\nepoch 2\n"


def test_tflearn_speaks_again_after_quiet_fit_even_after_an_error(capsys):
    network, _, _ = model()
    with pytest.raises(ZeroDivisionError), quiet_fit():
        print(1 // 0)
    network.fit(X, Y, n_epoch=1)
    assert "Training samples: 40" in capsys.readouterr().out
    assert "print" not in vars(tflearn.helpers.trainer)
