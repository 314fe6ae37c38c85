"""A TOML file read and its tables checked: one sentence names the file and the place.

Knows nothing of what the tables mean.
"""

import base64
import tomllib
from pathlib import Path
from typing import Any

from utils.errors import CourseError

__all__ = ["keys", "read", "text"]


# Bytes: five times our longest file. What is deeply nested takes tomllib the square of its length.
MOST = 12_000


def read(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
        if len(content) > MOST:
            raise ValueError(f"it is longer than {MOST} bytes")
        found = tomllib.loads(content.decode("utf-8"))
        if set(found) == {"packed"}:  # a class's release: nobody is to read it in passing
            found = tomllib.loads(base64.b64decode(found["packed"]).decode("utf-8"))
        return found
    except (
        OSError,
        ValueError,
        TypeError,
        RecursionError,
    ) as error:  # TOMLDecodeError says the line
        raise CourseError(
            f"{path.name} can't be read as TOML ({error}).",
            f"Compare that place with another file in data/{path.parent.name}.",
        ) from error


def keys(part: Any, needed: set[str], allowed: set[str], where: str) -> None:
    """Raise CourseError where a table lacks a key, or has one that nobody reads."""
    if not isinstance(part, dict):
        raise CourseError(f"{where} isn't a table.", "Put its name in square brackets.")
    if missing := sorted(needed - set(part)):
        raise CourseError(f"{where} has no `{missing[0]}`.", "Write one.")
    if unknown := sorted(set(part) - needed - allowed):
        names = ", ".join(sorted(needed | allowed))
        raise CourseError(f"{where} has an unknown `{unknown[0]}`.", f"Known are: {names}.")


def text(part: dict[str, Any], key: str, where: str) -> str:
    """Return a text on one line; its marks for code come in pairs."""
    value = part[key]
    if not isinstance(value, str) or not value.strip():
        raise CourseError(f"{where}: `{key}` isn't a text.", "Write it in quotation marks.")
    if value.count("`") % 2:
        raise CourseError(f"{where}: `{key}` has an odd number of backticks.", "Add one.")
    return " ".join(value.split())
