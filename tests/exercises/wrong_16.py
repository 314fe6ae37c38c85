"""Typical wrong answers to the exercises of notebook 16, with the hint meant for each."""

WRONG = {
    "16.1": [(0.040569, "For a sample it is one less"), (0.022632, "endlessly many seeds")],
    "16.2": [(0.65, "chosen by the test set"), (0.66, "luck is in it")],
    "16.3": [(16, "with the factor 2"), (15, "with the factor 1.96")],
}
