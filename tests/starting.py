"""Heavy starts of servers, in whichever of the test processes: one at a time, however slow."""

import os
import tempfile
from pathlib import Path

from filelock import FileLock

# Seconds in which even a slow and busy machine has started anything. What is waited for is
# asked whether it still lives, so that only what hangs takes so long to fail.
LONG = 1800

_LOCK = Path(tempfile.gettempdir(), f"course-tests-{getattr(os, 'getuid', int)()}.lock")


def one_at_a_time() -> FileLock:
    """Return a context that holds back the heavy starts of all other test processes."""
    return FileLock(_LOCK)
