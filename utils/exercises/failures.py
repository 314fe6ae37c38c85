"""Where in the learner's own code an exception came from, without a traceback.

Knows nothing of exercises.
"""

import traceback
from pathlib import Path

__all__ = ["is_learners", "where_it_failed"]

_HERE = str(Path(__file__).resolve().parent)


def _learners_line(error: BaseException) -> traceback.FrameSummary | None:
    """Return the deepest frame of the traceback that is the learner's: not ours, no library's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        library = "site-packages" in frame.filename or frame.filename.startswith("<frozen")
        if not library and not frame.filename.startswith(_HERE):
            return frame
    return None


def is_learners(error: BaseException) -> bool:
    """Say whether the exception passed through code of the learner's."""
    return _learners_line(error) is not None


def where_it_failed(error: BaseException) -> str:
    """Return `, in line 3: return 1 / x`, or a full stop where no line is known."""
    frame = _learners_line(error)
    if frame is None or frame.lineno is None:
        return "."
    return f", in line {frame.lineno}{f': `{frame.line}`' if frame.line else ''}."
