"""Typical wrong answers to the exercises of notebook 14, with the hint meant for each."""

WRONG = {
    "14.1": [(8 * 2000 / 96, "There are no parts of steps"), (840, "the number of *steps*")],
    "14.2": [(192, "only by the root of that factor"), (48, "*more* noise")],
    "14.3": [(0.001 * 96 / 2000, "The other way round"), (0.00456435, "the root rule")],
}
