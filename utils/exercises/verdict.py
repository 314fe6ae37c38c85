"""What a check can say: right, wrong and why, or not answered yet.

Knows nothing of how answers are compared or shown.
"""

from dataclasses import dataclass
from typing import Any

__all__ = ["Unanswered", "Verdict", "Wrong"]


class Wrong(Exception):
    """An answer that isn't right.

    message: what is wrong, as one sentence; it stands in the box at once.
    got, wanted: the two values side by side; None leaves that side out. Wanted is shown where a
        learner's function was called: the result for those arguments. Of a value it is the answer.
    details: a sentence on which parts are wrong; shown where wanted is, and nowhere else.
    hint: what to think about next, where the exercise's own hint would be too general.
    """

    def __init__(
        self,
        message: str,
        *,
        got: object = None,
        wanted: object = None,
        hint: str = "",
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.got = got
        self.wanted = wanted
        self.hint = hint
        self.details = details


class Unanswered(Exception):
    """An answer that still has its stub in it."""


@dataclass(frozen=True, eq=False)  # eq=False: got and wanted may be arrays
class Verdict:
    """What one check found.

    answered: False where the stub is still in place; then passed is False too.
    message: one sentence; got and wanted as in Wrong. hint, more: the two steps of help, which
        are folded away until the learner asks for them.
    """

    passed: bool
    answered: bool
    message: str
    got: Any = None
    wanted: Any = None
    hint: str = ""
    exercise: str = ""
    more: str = ""
