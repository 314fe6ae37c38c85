"""`course reference`: a table of data/reference/ made anew by its script, or the list of them.

Finds the scripts by their files, runs them as processes of their own, and imports none.
"""

import ast
import datetime
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from utils import settings
from utils.errors import CourseError

__all__ = ["reference"]


def reference(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A table's name.")] = None,
) -> None:
    """Make a table of data/reference/ anew, by its own script.

    Without a name: which there are, what each is for, how old it is. What
    follows the name is handed to the script. It keeps each finished part:
    after an interruption repeat the same command, and it goes on.
    """
    scripts = _scripts(settings.ROOT)
    if name is None:
        print("\n".join(_listed(settings.ROOT, scripts)))
        return
    if name not in scripts:
        raise CourseError(
            f"There is no table {name!r} that a script makes.",
            f"Choose one of: {', '.join(scripts)}.",
        )
    command = [sys.executable, "-m", f"tools.reference.{name}", *context.args]
    raise typer.Exit(subprocess.run(command, cwd=settings.ROOT, check=False).returncode)


def _scripts(root: Path) -> dict[str, Path]:
    """Return the scripts by their tables' names; raise CourseError where there is none."""
    folder = root / "tools" / "reference"
    found = {path.stem: path for path in sorted(folder.glob("*.py"))}
    if not found:
        raise CourseError(
            f"The scripts that make the tables aren't here: {folder}.",
            "Give the command in a clone of the course's repository, which has them.",
        )
    return found


def _listed(root: Path, scripts: dict[str, Path]) -> list[str]:
    """Return a line a table: its name, when it was made, what it is for."""
    widest = max(map(len, scripts))
    lines = []
    for name, path in scripts.items():
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()
        age = _age(root / "data" / "reference" / name)
        lines.append(f"{name:{widest}}  {age:13}  {first[0] if first else ''}".rstrip())
    return lines


def _age(stem: Path) -> str:
    """Say how old a table is, or a network without one, by the date that it holds itself."""
    about, network = stem.with_suffix(".json"), stem.with_suffix(".keras")
    if about.exists():
        record = json.loads(about.read_text(encoding="utf-8"))
        made = record.get("date") or record.get("ended")
    elif network.exists():
        with zipfile.ZipFile(network) as file:
            made = json.loads(file.read("metadata.json"))["date_saved"]
    else:
        return "not made yet"
    if not made:
        return "undated"
    today = datetime.datetime.now(datetime.UTC).date()
    days = (today - datetime.date.fromisoformat(made[:10])).days
    return f"{days} day{'s' if days != 1 else ''} old" if days > 0 else "of today"
