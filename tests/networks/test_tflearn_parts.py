"""TFLearn 0.5's initializers, activations, losses, optimizers and metrics on today's TensorFlow."""

import inspect
import math

import numpy as np
import pytest
from tflearn_parts import fit_once, one_step, public

from utils.errors import CourseError
from utils.networks.tflearn_cnn.compat import new_graph, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 12)]


def dense(**options):
    """Return a network of one layer in a new graph, ready to be trained."""
    new_graph(seed=0, precision="float32")
    layer = {"weights_init": "uniform_scaling", "activation": "softmax"}
    layer |= {name: options.pop(name) for name in (*layer, "regularizer") if name in options}
    network = tflearn.fully_connected(tflearn.input_data([None, 4]), 3, **layer)
    return tflearn.regression(network, **{"optimizer": "sgd", "learning_rate": 0.1} | options)


def drawn(initializer, shape):
    """Return what an initializer draws, in a graph of its own."""
    with tf.Session() as session:
        return session.run(initializer(shape))


# Initializers: what spread they draw, of a filter of 5 x 5 x 8 inputs and 32 outputs

SHAPE = (5, 5, 8, 32)
IN, OUT = 5 * 5 * 8, 5 * 5 * 32
INITIALIZERS = {
    "zeros": 0,
    "uniform": math.sqrt(1 / 12),
    "uniform_scaling": math.sqrt(1 / IN),
    "normal": 0.02,
    "truncated_normal": 0.02 * 0.8796,  # of a normal distribution cut off at two deviations
    "xavier": math.sqrt(2 / (IN + OUT)),
    "variance_scaling": math.sqrt(2 / IN),
}


def test_every_part_that_tflearn_defines_is_tried():
    assert public(tflearn.initializations) == set(INITIALIZERS)
    assert public(tflearn.activations) == set(ACTIVATIONS)
    assert public(tflearn.objectives) == set(OBJECTIVES)
    assert public(tflearn.optimizers) - {"Optimizer"} == set(OPTIMIZERS)
    assert public(tflearn.regularizers) == set(REGULARIZERS)
    assert public(tflearn.metrics) - {"Metric"} == set(METRICS) | set(METRIC_OPS)
    assert public(tflearn.distances) == set(DISTANCES)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_layer_draws_its_weights_by_an_initializer_and_trains_them(name):
    new_graph(seed=0, precision="float32")
    values = drawn(tflearn.initializations.get(name)(), SHAPE)
    assert values.std() == pytest.approx(INITIALIZERS[name], rel=0.02)
    spread = 0.5 if name == "uniform" else 0
    assert values.mean() == pytest.approx(spread, abs=INITIALIZERS[name] / 20)
    loss, _, changed = fit_once(dense(weights_init=name), X, Y)
    assert math.isfinite(loss) and changed


@pytest.mark.parametrize("name", ["zeros", "uniform", "uniform_scaling", "normal"])
def test_an_initializer_that_is_given_a_shape_draws_at_once(name):
    new_graph(seed=0)
    with tf.Session() as session:
        values = session.run(getattr(tflearn.initializations, name)(shape=SHAPE))
    assert values.std() == pytest.approx(INITIALIZERS[name], rel=0.02)


N = {"FAN_IN": IN, "FAN_OUT": OUT, "FAN_AVG": (IN + OUT) / 2}


@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("mode", N)
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_variance_scaling_draws_the_variance_that_it_is_asked_for(factor, mode, uniform):
    new_graph(seed=1)
    scaled = tflearn.initializations.variance_scaling(factor, mode, uniform)
    values, std = drawn(scaled, SHAPE), math.sqrt(factor / N[mode])
    assert values.mean() == pytest.approx(0, abs=std / 20)
    assert values.std() == pytest.approx(std, rel=0.01)
    edge = math.sqrt(3) if uniform else 2 / 0.8796
    assert edge * 0.99 * std < np.abs(values).max() < edge * 1.001 * std


@pytest.mark.parametrize(
    ("shape", "variance"), [((40, 60), 2 / 100), ((50,), 1 / 50), ((3, 3, 8, 8), 1 / 72)]
)
def test_xavier_counts_the_connections_of_dense_layers_gates_and_filters(shape, variance):
    new_graph(seed=0)
    initializer = tflearn.initializations.xavier()
    with tf.Session() as session:
        values = np.array(session.run([initializer(shape) for _ in range(40)]))
    assert values.var() == pytest.approx(variance, rel=0.1)
    assert np.abs(values).max() <= math.sqrt(3 * variance)


def test_an_initializers_seed_fixes_its_weights_and_its_type_is_kept():
    new_graph(seed=0)
    for make in (tflearn.initializations.xavier, tflearn.initializations.variance_scaling):
        first, again, other = (drawn(make(seed=seed), [4, 5]) for seed in (7, 7, 8))
        assert np.array_equal(first, again) and not np.array_equal(first, other)
        assert drawn(make(dtype=tf.float64), [4, 5]).dtype == np.float64


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"mode": "fan_in"}, "'fan_in'; it must be FAN_IN, FAN_OUT or FAN_AVG"),
        ({"factor": 0}, "a number above 0"),
        ({"factor": math.nan}, "a number above 0"),
        ({"dtype": tf.int32}, "tf.float32"),
    ],
)
def test_variance_scaling_says_in_a_sentence_what_it_cannot_draw(options, word):
    with pytest.raises(CourseError, match=word):
        tflearn.initializations.variance_scaling(**options)


@pytest.mark.parametrize("name", ["xavier", "variance_scaling"])
def test_what_is_put_back_takes_the_arguments_of_tflearns_own(name):
    source = inspect.getsource(tflearn.initializations)
    own: dict = {"tf": tf}
    exec(source[source.index(f"def {name}(") :].split('"""')[0] + "pass", own)
    mended = inspect.signature(getattr(tflearn.initializations, name)).parameters
    for parameter in inspect.signature(own[name]).parameters.values():
        assert mended[parameter.name].default == parameter.default
    assert list(mended) == list(inspect.signature(own[name]).parameters)


# Activations: what they make of x

GELU = math.sqrt(2 / math.pi)
ACTIVATIONS = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.1 * x),
    "prelu": lambda x: np.where(x > 0, x, 0),  # its slope on the left starts at 0 and is trained
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "crelu": lambda x: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=1),
    "selu": lambda x: 1.0507 * np.where(x > 0, x, 1.67326 * np.expm1(x)),
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(GELU * (x + 0.044715 * x**3))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_its_formula_and_lets_gradients_through(name):
    new_graph(seed=0, precision="float32")
    values = np.linspace(-8, 8, 30, dtype=np.float32).reshape(6, 5)
    out = tflearn.activation(tf.constant(values), name)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(out), ACTIVATIONS[name](values), atol=1e-4)
    step = one_step(lambda x: tflearn.activation(x, name), (5,))
    assert step.moved == {"ahead"} | ({"PReLU/alphas"} if name == "prelu" else set())


# Losses


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def cross_entropy(p, y):
    return -(y * np.log(p)).sum(axis=1).mean()


def of_each(p, y):
    return np.log1p(np.exp(p)) - y * p


def ranks(p, y):
    """Return what roc_auc_score sums: how far each 0's score comes within 0.2 of each 1's."""
    short = 0.2 - (p[y == 1][None, :] - p[y == 0][:, None])
    return (np.maximum(short, 0) ** 3).sum()


OBJECTIVES = {
    "softmax_categorical_crossentropy": lambda p, y: cross_entropy(softmax(p), y),
    "categorical_crossentropy": lambda p, y: cross_entropy(p / p.sum(1, keepdims=True), y),
    "binary_crossentropy": lambda p, y: of_each(p, y).mean(),
    "weighted_crossentropy": lambda p, y: of_each(p, y).mean(),  # its weight is 1 by itself
    "mean_square": lambda p, y: ((p - y) ** 2).mean(),
    "hinge_loss": lambda p, y: np.maximum(1 - y * p, 0).mean(),
    "roc_auc_score": ranks,
    "weak_cross_entropy_2d": lambda p, y: cross_entropy(softmax(p), y),
    "contrastive_loss": lambda p, y: (y * p**2 + (1 - y) * np.maximum(1 - p, 0) ** 2).sum() / 2,
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_loss_is_its_formula_and_trains(name):
    network = dense(loss=name)
    model = tflearn.DNN(network)
    said = model.predict(X)
    before = model.session.run(tf.trainable_variables()[0])
    assert model.fit_batch(X, Y) == pytest.approx(OBJECTIVES[name](said, Y), rel=1e-3)
    assert not np.array_equal(model.session.run(tf.trainable_variables()[0]), before)


# Optimizers and penalties

FALLING = {"lr_decay": 0.9, "decay_step": 1}
OPTIMIZERS = {
    "SGD": FALLING, "RMSProp": {}, "Adam": {}, "Momentum": FALLING, "AdaGrad": {}, "Ftrl": {},
    "AdaDelta": {}, "ProximalAdaGrad": {}, "Nesterov": FALLING,
}  # fmt: skip
REGULARIZERS = {"L1": lambda w: np.abs(w).sum(), "L2": lambda w: (w**2).sum() / 2}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_lowers_the_loss_by_name_and_as_an_object(name):
    for optimizer in (name.lower(), getattr(tflearn.optimizers, name)(0.1, **OPTIMIZERS[name])):
        first, model, changed = fit_once(dense(optimizer=optimizer), X, Y)
        assert changed
        for _ in range(3):
            last = model.fit_batch(X, Y)
        assert last < first


def test_a_rate_that_falls_falls_at_each_step():
    _, model, _ = fit_once(dense(optimizer=tflearn.SGD(0.1, **FALLING)), X, Y)
    (rate,) = tf.get_collection(tf.GraphKeys.LR_VARIABLES)
    rates = []
    for _ in range(3):
        rates.append(float(model.session.run(rate)))
        model.fit_batch(X, Y)
    assert rates == pytest.approx([0.09, 0.081, 0.0729], rel=1e-5)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_regularizer_is_a_penalty_of_its_formula(name):
    _, model, changed = fit_once(dense(regularizer=name), X, Y)
    (penalty,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    weights = model.session.run(tf.trainable_variables()[0])
    assert changed
    assert model.session.run(penalty) == pytest.approx(0.001 * REGULARIZERS[name](weights))


# Metrics and distances


def r2(p, y):
    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def accuracy(p, y):
    return (p.argmax(axis=1) == y.argmax(axis=1)).mean()


def among_two(p, y):
    return np.mean([row.argmax() in each.argsort()[-2:] for row, each in zip(y, p, strict=True)])


metrics = tflearn.metrics
METRICS = {
    "Accuracy": (metrics.Accuracy, accuracy),
    "Top_k": (lambda: metrics.Top_k(2), among_two),
    "R2": (metrics.R2, r2),
    "WeightedR2": (metrics.WeightedR2, lambda p, y: ((p - X) ** 2).sum() / ((y - X) ** 2).sum()),
    "Prediction_Counts": (lambda: metrics.Prediction_Counts(metrics.Accuracy()), accuracy),
}
METRIC_OPS = {
    "accuracy_op": accuracy,
    "binary_accuracy_op": lambda p, y: ((p > 0) == y).mean(),
    "top_k_op": accuracy,
    "r2_op": r2,
    "weighted_r2_op": lambda p, y: (p**2).sum() / (y**2).sum(),
}
DISTANCES = {
    "euclidean": lambda a, b: np.sqrt(((a - b) ** 2).sum(axis=0)),
    "cosine": lambda a, b: 1 - a @ b,
}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_its_formula_while_a_network_trains(name, capfd):
    metric, formula = METRICS[name]
    new_graph(seed=0, precision="float32")
    network = tflearn.fully_connected(tflearn.input_data([None, 4]), 4, activation="softmax")
    model = tflearn.DNN(tflearn.regression(network, metric=metric()))
    targets = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, 12)]
    (value,) = model.evaluate(X, targets, batch_size=12)
    assert value == pytest.approx(formula(model.predict(X), targets), rel=1e-4)
    assert math.isfinite(model.fit_batch(X, targets))


@pytest.mark.parametrize("name", [*METRIC_OPS, *DISTANCES])
def test_an_operation_on_two_tables_is_its_formula(name):
    new_graph()
    p = np.random.default_rng(1).normal(size=(3, 3)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)
    where = metrics if name in METRIC_OPS else tflearn.distances
    more = [[tf.zeros([3, 3])]] if name == "weighted_r2_op" else []
    with tf.Session() as session:
        value = session.run(getattr(where, name)(tf.constant(p), tf.constant(y), *more))
    np.testing.assert_allclose(value, (METRIC_OPS | DISTANCES)[name](p, y), rtol=1e-4)
