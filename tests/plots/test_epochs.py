"""The curves of notebooks 06 and 10: what is drawn is what was noted."""

import math

from utils import plots

ROWS = [
    {"epoch": 1, "loss": 0.7, "val_loss": 0.6, "train_accuracy": 0.5, "val_accuracy": 0.55},
    {"epoch": 2, "loss": 0.5, "val_loss": 0.58, "train_accuracy": 0.9, "val_accuracy": 0.7},
]


def drawn(axes) -> dict[str, list[list[float]]]:
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


def test_loss_and_accuracy_are_drawn_for_both_parts_by_epoch() -> None:
    loss, accuracy = plots.loss_and_accuracy(ROWS).axes
    assert drawn(loss) == {"training": [[1, 0.7], [2, 0.5]], "validation": [[1, 0.6], [2, 0.58]]}
    assert drawn(accuracy) == {
        "training": [[1, 0.5], [2, 0.9]],
        "validation": [[1, 0.55], [2, 0.7]],
    }
    assert [axes.get_ylabel() for axes in (loss, accuracy)] == ["loss $L$", "accuracy"]
    assert all(float(tick).is_integer() for tick in loss.get_xticks())


def test_the_loss_of_guessing_is_a_line_across() -> None:
    loss, accuracy = plots.loss_and_accuracy(ROWS, guessing=math.log(2)).axes
    assert [line.get_ydata() for line in loss.lines][-1] == [math.log(2)] * 2
    assert len(loss.lines) == 3 and len(accuracy.lines) == 2
