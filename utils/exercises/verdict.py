"""What a check can say: right, wrong and why, or not answered yet.

Knows nothing of how answers are compared or shown.
"""

from dataclasses import dataclass
from typing import Any

__all__ = ["Unanswered", "Verdict", "Wrong"]


class Wrong(Exception):
    """An answer that isn't right.

    message: what is wrong, as one sentence; it stands in the box at once.
    got, wanted: the two values side by side; None leaves that side out.
    hint: what to think about next; it is folded away until the learner asks for it.
    """

    def __init__(
        self, message: str, *, got: object = None, wanted: object = None, hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.got = got
        self.wanted = wanted
        self.hint = hint


class Unanswered(Exception):
    """An answer that still has its stub in it."""


@dataclass(frozen=True, eq=False)  # eq=False: got and wanted may be arrays
class Verdict:
    """What one check found.

    answered: False where the stub is still in place; then passed is False too.
    message: one sentence; got, wanted and hint as in Wrong.
    """

    passed: bool
    answered: bool
    message: str
    got: Any = None
    wanted: Any = None
    hint: str = ""
    exercise: str = ""
