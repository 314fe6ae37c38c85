"""Typical wrong answers to notebook 05's exercises, each with a part of the hint meant for it."""

import numpy as np

SHARP = [np.full((2, 2), 10.0), np.array([-5.0, -15.0])]  # an OR and an AND
XOR = [*SHARP, np.array([[10.0], [-10.0]]), np.array([-5.0])]
GENTLE = [*SHARP, np.array([[-3.0], [3.0]]), np.array([1.5])]  # right, and not sure
TWINS = [np.ones((2, 2)), np.zeros(2), np.array([[2.0], [2.0]]), np.zeros(1)]
NOTHING = [np.array([[0.1, -0.1], [0.2, 0.1]]), np.zeros(2), np.array([[0.1], [0.1]]), np.zeros(1)]


def without_the_activation(dz2, W2, h):
    return dz2 @ W2.T


def by_the_sigmoids_rule(dz2, W2, h):
    return dz2 @ W2.T * h * (1 - h)


def without_the_weights(dz2, W2, h):
    return dz2 * (1 - h**2)


def link_with_a_slope_everywhere(z):
    return max(z, 0.0), 1.0


def link_with_its_number_twice(z):
    return max(z, 0.0), max(z, 0.0)


def link_that_lets_all_through(z):
    return z, 1.0 if z > 0 else 0.0


def differences(loss, gradient, place, back=1.0):
    found = np.zeros_like(place)
    for index in np.ndindex(place.shape):
        up, down = place.copy(), place.copy()
        up[index] += 1e-5
        down[index] -= back * 1e-5
        found[index] = gradient(place)[index] - (loss(up) - loss(down)) / ((1 + back) * 1e-5)
    return found


WRONG = {
    "05.1": [
        (XOR, "has learned XOR"),
        (GENTLE, "not far enough"),
        (TWINS, "are twins"),
        (NOTHING, "still on the plateau"),
        (SHARP, "Four arrays are wanted"),
        ([np.zeros((2, 3)), *XOR[1:]], "W1 has 4 numbers"),
    ],
    "05.2": [
        (without_the_activation, "The second link is missing"),
        (by_the_sigmoids_rule, "That is the sigmoid's slope"),
        (without_the_weights, "The weights are missing"),
    ],
    "05.3": [
        (link_with_a_slope_everywhere, "To the left of 0 ReLU is flat"),
        (link_with_its_number_twice, "ReLU's number once more"),
        (link_that_lets_all_through, "Negative numbers become 0"),
        (lambda z: z * 3.5 + 1, "A pair is wanted"),
    ],
    "05.4": [
        (lambda *all_three: differences(*all_three).max(), "in either direction"),
        (lambda *all_three: np.abs(differences(*all_three)).mean(), "not their mean"),
        (lambda *all_three: np.abs(differences(*all_three)).sum(), "not their sum"),
        (lambda *all_three: np.abs(differences(*all_three, back=0)).max(), "Measure two-sided"),
    ],
}
