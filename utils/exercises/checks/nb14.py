"""The exercises of notebook 14: the edge of a parabola, a dead neuron, which rate next."""

from typing import Any

from utils.exercises import Wrong, call, choice, exercise, number


@exercise("14.1")
def edge(answer: Any) -> None:
    number(
        answer,
        1 / 3,
        1e-3,
        name="The edge",
        hint="Write 3 w² as a/2 · w². The edge is 2/a.",
        mistakes=[
            (2 / 3, "That is 2 / 3: but L = a/2 · w², so 3 is a/2, and a is 6."),
            (1 / 6, "At 1/a it is there in one step. The edge is twice as far: 2/a."),
            (6, "That is a, the steepness. The edge is 2/a."),
            (4 / 3, "a is 6, not 3/2: 3 w² is a/2 · w²."),
        ],
    )


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


@exercise("14.3")
def next_rates(answer: Any) -> None:
    choice(
        answer,
        "b",
        {
            "a": "0.01 already fails. Ten times more is further into the wrong direction.",
            "c": "One per cent apart: the seeds scatter by far more than that can change.",
            "d": "That measures luck at one rate. It can't find a better one.",
        },
        hint="Answer with one of the letters a, b, c, d.",
    )
