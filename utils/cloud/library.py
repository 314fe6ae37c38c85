"""SkyPilot's library: imported late (7 s), with its usage collection off, or named as missing."""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

from utils.errors import CourseError

__all__ = ["close_state", "in_words", "need_skypilot", "skypilot", "why_no_skypilot"]

# SkyPilot sends its maintainers a record of each call unless this is set before it is imported;
# its server, a child of this process, inherits it.
_NO_USAGE = {"SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}
_INSTALL = "Install it with: pip install -e '.[cloud]'."


def why_no_skypilot() -> CourseError | None:
    """Return why SkyPilot can't be used on this machine, or None where it can."""
    if sys.platform == "win32":
        return CourseError(
            "SkyPilot doesn't run on Windows itself.",
            "Use it in WSL, or run the job here with --local.",
        )
    if importlib.util.find_spec("sky") is None:
        return CourseError("SkyPilot, the extra `cloud`, isn't installed.", _INSTALL)
    return None


def need_skypilot() -> None:
    """Raise CourseError where SkyPilot can't be used on this machine."""
    if problem := why_no_skypilot():
        raise problem


def skypilot() -> Any:
    """Import SkyPilot and return it; raise CourseError where it can't be used."""
    need_skypilot()
    os.environ.update(_NO_USAGE)
    import sky

    return sky


def close_state() -> None:
    """Let only this user into ~/.sky: SkyPilot's server keeps each launch there, its token too."""
    state = Path.home() / ".sky"
    state.mkdir(exist_ok=True)
    state.chmod(0o700)


def in_words(error: BaseException) -> str:
    """Return what an error of SkyPilot says, as one line without colours or a full stop."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return (" ".join(lines[:3]) if lines else type(error).__name__)[:400].rstrip(".")
