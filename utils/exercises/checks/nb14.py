"""The exercise of notebook 14 that needs a program: a dead neuron."""

from typing import Any

from utils.exercises import Wrong, call, exercise


@exercise("14.2")
def is_dead(answer: Any) -> None:
    for w, b, wanted in ((1, 0, False), (1, -1.5, False), (1, -2, True), (-1, 0.5, True),
                         (0.015, -0.03, True), (-1, 1, False)):  # fmt: skip
        got = call(answer, w, b)
        if bool(got) != wanted:
            raise Wrong(
                f"`is_dead({w}, {b})` is not right.",
                got=got,
                wanted=wanted,
                hint=_hint(w, b, wanted),
            )


def _hint(w: float, b: float, wanted: bool) -> str:
    outputs = ", ".join(f"{max(0.0, w * x + b):g}" for x in (0.5, 1, 2))
    if wanted:
        return f"Its outputs are {outputs}: all are 0, at exactly 0 too, so no gradient comes."
    return f"Its outputs are {outputs}: *one* that is above 0 keeps it alive."
