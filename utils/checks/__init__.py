"""Exercise checks: `check("01.1", answer)` says whether an answer is right, and hints if not.

Nothing here knows TensorFlow or a data set. The exercises of notebook 01 are registered in
`nb01.py`, which is imported when one of them is first checked:

    from utils.checks import Wrong, call, exercise, number

    @exercise("01.1")
    def nand_weights(answer) -> None:       # returns when right, raises Wrong when not
        number(answer, 0.5, tolerance=0.01, hint="Which inputs must stay below zero?",
               mistakes=[(-0.5, "The sign is turned round: the bias is *added*.")])

An answer of None or `...`, or a function that returns None, is "not answered yet".
"""

from utils.checks.compare import array, call, cases, choice, equal, number
from utils.checks.registry import CheckFailed, check, evaluate, exercise, exercises, history
from utils.checks.verdict import Unanswered, Verdict, Wrong

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
]
