"""Typical wrong answers to the exercises of notebook 11, with the hint meant for each."""


def without_pooling(layers, k):
    size, step = 1, 1
    for layer_set in layers:
        size += (k - 1) * step * len(layer_set)
        step *= 2
    return size


def same_step(layers, k):
    return 1 + sum((k - 1) * len(layer_set) + 1 for layer_set in layers)


WRONG = {
    "11.1": [(93248 + 131584, "The last layer counts too"), (229_216, "has a bias too")],
    "11.2": [(without_pooling, "Pooling sees more too"), (same_step, "the step doubles")],
    "11.3": [("a", "tell an effect from luck"), ("c", "another network")],
}
