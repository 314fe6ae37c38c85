"""Typical wrong answers to the exercises of notebook 12, with the hint meant for each."""


def while_learning(history):
    last = max(history, key=lambda row: row["epoch"])
    return last["accuracy"] - last["val_accuracy"]


def turned_round(history):
    last = max(history, key=lambda row: row["epoch"])
    return last["val_accuracy"] - last["train_accuracy"]


def wherever_it_stands(history):
    return history[-1]["train_accuracy"] - history[-1]["val_accuracy"]


WRONG = {
    "12.1": [
        (lambda x, mask, p: x * mask, "must be scaled up"),
        (lambda x, mask, p: x * mask / p, "not by the part dropped"),
    ],
    "12.2": [(0.8, "what TFLearn *keeps*"), (20, "as a fraction")],
    "12.3": [(20, "they *multiply*"), (100, "have changed places")],
    "12.4": [
        (while_learning, "measured while learning"),
        (turned_round, "training minus validation"),
        (wherever_it_stands, "The last one has the largest"),
    ],
}
