"""Typical wrong answers to the exercises of notebook 18, with the hint meant for each."""

import numpy as np

from utils.experiments import own_study
from utils.experiments.studies import Study


def undivided(w, b, gamma, beta, m, v):
    return w * gamma, (b - m) * gamma + beta


def by_variance(w, b, gamma, beta, m, v):
    scale = gamma / (v + 1e-5)
    return w * scale, (b - m) * scale + beta


def old_bias(w, b, gamma, beta, m, v):
    return w * gamma / np.sqrt(v + 1e-5), b


def bias_not_scaled(w, b, gamma, beta, m, v):
    scale = gamma / np.sqrt(v + 1e-5)
    return w * scale, b - m * scale + beta


def mean_forgotten(w, b, gamma, beta, m, v):
    scale = gamma / np.sqrt(v + 1e-5)
    return w * scale, b * scale + beta


def weights_alone(w, b, gamma, beta, m, v):
    return w * gamma / np.sqrt(v + 1e-5)


def asked(field, variants, expected=None, **base):
    study = own_study("mine", "Does it help?", field, variants, base)
    return study, expected if expected is not None else dict.fromkeys(variants, 60)


KINDS = {"largest": "max", "mean": "average"}
DECAYS = {"weak": 0.0001, "own": 0.001}
DENSE = {"256": 256, "512": 512}

WRONG = {
    "18.1": [
        (1_054_218, "What does the second one need"),
        (1_049_088, "The layers behind it differ"),
        (1_047_798, "an output layer as well"),
        (1_052_416, "Biases count too"),
        (266_496, "side × side numbers"),
        (69_888, "every place of each map"),
    ],
    "18.2": [
        (undivided, "What does the normalisation divide by"),
        (by_variance, "divides by a root"),
        (old_bias, "The bias changes as well"),
        (bias_not_scaled, "The old bias is multiplied"),
        (mean_forgotten, "The mean m is taken off"),
        (weights_alone, "returns two things"),
    ],
    "18.3": [
        (({"pooling": KINDS}, {}), "`own_study` returns one"),
        (asked("dropout", {"0": 0.0, "0.5": 0.5}), "another field"),
        (asked("batch_norm", {"without": False, "with": True}), "another field"),
        (asked("weight_decay", DECAYS), "very same training"),
        (asked("dense_units", DENSE, global_pooling=True), "very same training"),
        (asked("pooling", KINDS, {"largest": 60}), "largest, mean"),
        (asked("pooling", KINDS, {"largest": 0.6, "mean": 0.6}), "Guessing gives 10"),
        (asked("pooling", KINDS, {"largest": 160, "mean": 60}), "One field"),
        ((Study("mine", "It helps.", "pooling", KINDS), {"largest": 1, "mean": 2}), "Where is its"),
        (
            (Study("mine", "Longer?", "epochs", {"8": 8, "9": 9}), {"8": 60, "9": 61}),
            "Work and luck",
        ),
        ((Study("mine", "So?", "pooling", {"mean": "average"}), {"mean": 60}), "own value"),
    ],
}
