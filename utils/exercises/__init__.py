"""Check an answer, ask a quiz, keep the progress: `check("01.1", answer)`, `quiz("01")`.

Nothing here knows TensorFlow or a data set. An exercise whose answer is a choice is a table in
`data/exercises/01.toml`, as `written.py` says, one in numbers stands in `checks/nb01.py` as
`own_numbers.py` says; any other is registered there, too. Both files are read when an exercise of
notebook 01 is first checked:

    from utils.exercises import call, exercise, number

    @exercise("01.1", hint="Which way does it grow?", more="Try it with 1 and with 2.")
    def twice(answer) -> None:              # returns when right, raises Wrong when not
        for x in (3, 4):
            number(call(answer, x), 2 * x, mistakes=[(x + 2, "Multiply, don't add.")])

A learner's function is called, and shown what was wanted for those arguments; of a value the right
one is never shown. An answer of None or `...`, or a function that returns None, is "not answered
yet".
"""

import lazy_loader

from utils.exercises import by_hand
from utils.exercises.calling import call
from utils.exercises.compare import array, cases, choice, equal, number, numbers
from utils.exercises.number_reading import as_numbers
from utils.exercises.own_numbers import Numbers, draws, given, numbers_of, value
from utils.exercises.registry import CheckFailed, check, evaluate, exercise, exercises, history
from utils.exercises.verdict import Unanswered, Verdict, Wrong

# The quiz brings ipywidgets along, which a terminal doesn't need.
__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"quiz_box": ["quiz"]})

by_hand.watch()  # a lesson's setup cell imports this: the lesson is opened

__all__ = [
    "CheckFailed",
    "Numbers",
    "Unanswered",
    "Verdict",
    "Wrong",
    "array",
    "as_numbers",
    "call",
    "cases",
    "check",
    "choice",
    "draws",
    "equal",
    "evaluate",
    "exercise",
    "exercises",
    "given",
    "history",
    "number",
    "numbers",
    "numbers_of",
    "quiz",
    "value",
]
