"""The options that several commands share: one name, one sentence, one meaning."""

from pathlib import Path
from typing import Annotated

import typer

from utils.errors import CourseError

__all__ = ["DataOption", "ProfileOption", "RunsOption", "with_flags"]


ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="How much work: smoke, quick or full.")
]


DataOption = Annotated[
    str | None, typer.Option("--data", help="auto, real (downloads) or sample (built in).")
]


RunsOption = Annotated[
    Path | None, typer.Option("--runs", help="The log root: the folder of all runs.")
]


def with_flags(error: CourseError) -> str:
    """Return an error's sentences with the flag in place of each argument that they name."""
    text = str(error)
    for name in error.arguments:
        text = text.replace(f"`{name}`", f"--{name.replace('_', '-')}")
    return text
