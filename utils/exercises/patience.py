"""Say in a cell that a check takes long, and how to stop it; then give the place to the verdict.

Knows nothing of exercises.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock, Timer
from typing import Any

from IPython.display import display

__all__ = ["shown_after"]


@contextmanager
def shown_after(seconds: float, waiting: object) -> Iterator[Callable[[object], None]]:
    """Yield what shows the result; where that takes so long, `waiting` stands there till then."""
    lock, place = Lock(), []
    finished = False

    def wait() -> None:
        with lock:
            if not finished:
                place.append(display(waiting, display_id=True))

    def show(result: object) -> None:
        nonlocal finished
        timer.cancel()
        with lock:
            finished = True
        handle: Any = place[0] if place else None
        display(result) if handle is None else handle.update(result)

    # In the cell's own context: there a kernel keeps which cell it is whose output this is.
    timer = Timer(seconds, copy_context().run, [wait])
    timer.daemon = True
    timer.start()
    try:
        yield show
    finally:
        timer.cancel()
