"""Typical wrong answers to the exercises of notebook 13, with the hint meant for each."""

import numpy as np

WRONG = {
    "13.1": [
        (lambda w, gradient, rate, strength: w - rate * gradient, "That is the loss alone"),
        (
            lambda w, gradient, rate, strength: w - rate * (gradient + strength * np.sign(w)),
            "That is L1",
        ),
    ],
    "13.2": [(0.001, "L1 pulls far harder"), (0.001 / 0.015, "Which way round")],
    "13.3": [("overfitting", "Here there is none"), ("nothing", "No gap, but")],
}
