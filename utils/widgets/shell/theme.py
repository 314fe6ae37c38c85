"""For which theme a widget's picture is drawn: a light page, or a dark one.

Knows no page: the browser tells `Picture.dark`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["for_dark_page", "is_for_dark_page"]

_dark: ContextVar[bool] = ContextVar("dark", default=False)


@contextmanager
def for_dark_page(dark: bool = True) -> Iterator[None]:
    """Have every Canvas and Board in here give its picture for a dark page, or for a light one."""
    token = _dark.set(dark)
    try:
        yield
    finally:
        _dark.reset(token)


def is_for_dark_page() -> bool:
    """Say which of both is wanted now: light, unless told otherwise."""
    return _dark.get()
