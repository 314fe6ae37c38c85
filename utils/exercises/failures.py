"""Where in the learner's own code an exception came from, and what it says, without a traceback.

Knows nothing of exercises.
"""

import sysconfig
import traceback
from pathlib import Path

__all__ = ["is_learners", "raised", "where_it_failed"]

_OURS = str(Path(__file__).resolve().parents[1])
_LIBRARIES = tuple(sysconfig.get_paths()[kind] for kind in ("stdlib", "platstdlib"))
_LONGEST = 200


def _learners_line(error: BaseException) -> traceback.FrameSummary | None:
    """Return the deepest frame of the traceback that is the learner's: not ours, no library's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        name = frame.filename
        library = "site-packages" in name or name.startswith(("<frozen", _OURS, *_LIBRARIES))
        if not library:
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


def raised(error: BaseException) -> str:
    """Return the rest of a sentence: `raised ValueError: no such axis, in line 3: …`.

    An exception without a text, or whose text can't be had, is named alone.
    """
    if isinstance(error, SystemExit | GeneratorExit):
        return f"left by `{type(error).__name__}` instead of returning{where_it_failed(error)}"
    kind = "MemoryError" if isinstance(error, MemoryError) else type(error).__name__
    try:
        text = " ".join(str(error).split()).rstrip(".")
    except Exception:  # a learner's own exception may do anything
        text = ""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"raised {kind}{f': {text}' if text else ''}{where_it_failed(error)}"
