"""Typical wrong answers to notebook 01's exercises, each with a part of the hint meant for it."""


def answer_of(w, b, x):
    return 1 if w @ x + b > 0 else 0


def update_with_the_sign_turned_round(w, b, x, y, learning_rate):
    error = answer_of(w, b, x) - y
    return w + learning_rate * error * x, b + learning_rate * error


def update_that_forgets_the_bias(w, b, x, y, learning_rate):
    error = y - answer_of(w, b, x)
    return w + learning_rate * error * x, b


def update_that_forgets_the_rate(w, b, x, y, learning_rate):
    error = y - answer_of(w, b, x)
    return w + error * x, b + error


def update_whenever_the_answer_is_yes(w, b, x, y, learning_rate):
    return w + learning_rate * y * x, b + learning_rate * y


def update_that_returns_the_weights_alone(w, b, x, y, learning_rate):
    return w + learning_rate * (y - answer_of(w, b, x)) * x


WRONG = {
    "01.1": [
        ((-1, 1, -0.5), "have changed places"),
        ((1, 1, -0.5), "That is OR"),
        ((1, -1, 0.5), "the bias must not be above 0"),
        ((1, -1), "the bias last"),
    ],
    "01.2": [
        (update_with_the_sign_turned_round, "The sign is turned round"),
        (update_that_forgets_the_bias, "The bias has to learn too"),
        (update_that_forgets_the_rate, "The learning rate is missing"),
        (update_whenever_the_answer_is_yes, "use the error, not y"),
        (update_that_returns_the_weights_alone, "the new w and the new b"),
    ],
    "01.3": [
        ((1, 1, -1.5), "That is h1 AND h2"),
        ((1, 0, -0.5), "That is OR itself"),
        ((-1, 1, 0.5), "the opposite of XOR"),
    ],
    "01.4": [
        ((1, 1, 1, -0.5), "One vote is enough"),
        ((1, 1, 1, -2.5), "All three are needed"),
    ],
}
