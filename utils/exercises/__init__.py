"""Check an answer, ask a quiz, keep the progress: `check("01.1", answer)`, `quiz("01")`.

Nothing here knows TensorFlow or a data set. An exercise whose answer is a number, an array or a
choice is a table in `data/exercises/01.toml`, as `written.py` says; any other is registered in
`checks/nb01.py`. Both are read when an exercise of notebook 01 is first checked:

    from utils.exercises import Wrong, call, exercise, number

    @exercise("01.1")
    def nand_weights(answer) -> None:       # returns when right, raises Wrong when not
        number(answer, 0.5, tolerance=0.01, hint="Which inputs must stay below zero?",
               mistakes=[(-0.5, "The sign is turned round: the bias is *added*.")])

An answer of None or `...`, or a function that returns None, is "not answered yet".
"""

import lazy_loader

from utils.exercises.compare import array, call, cases, choice, equal, number
from utils.exercises.registry import CheckFailed, check, evaluate, exercise, exercises, history
from utils.exercises.verdict import Unanswered, Verdict, Wrong

# The quiz brings ipywidgets along, which a terminal doesn't need.
__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"quiz_box": ["quiz"]})

__all__ = [
    "CheckFailed",
    "Unanswered",
    "Verdict",
    "Wrong",
    "array",
    "call",
    "cases",
    "check",
    "choice",
    "equal",
    "evaluate",
    "exercise",
    "exercises",
    "history",
    "number",
    "quiz",
]
