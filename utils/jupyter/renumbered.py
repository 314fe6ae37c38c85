"""Copies of lessons that a new edition numbers anew move along: `05_mnist` became `06_mnist`.

Knows nothing of how an edition is taken into a copy.
"""

from pathlib import Path

from utils import settings
from utils.files import write_whole

__all__ = ["move_renumbered"]


def move_renumbered() -> str:
    """Move each copy whose lesson has another number now, with what it was made from.

    Exercises are named by their lesson's number, so what stands in the copy is asked for by the
    new one, and an answer stays an answer. A copy that has its new name already stays where it is.
    Returns a sentence of the solutions and lessons that moved, empty where none did.
    """
    now = {_subject(path): path.stem for path in settings.lessons(settings.NOTEBOOKS)}
    moved = {}
    for base in sorted(_originals().rglob("[0-9][0-9]_*.ipynb")):
        new = now.get(_subject(base), base.stem)
        if new != base.stem:
            _move(_copy(base), new)
            _move(base, new)  # the last: without it nobody knows that the other is the course's
            if not base.exists():
                moved[base.stem] = new
    told = ", ".join(f"{old} is {new} now" for old, new in moved.items())
    return f"Lessons have other numbers, and your copies too: {told}." if told else ""


def _originals() -> Path:
    return settings.work_dir() / ".originals"


def _copy(base: Path) -> Path:
    return settings.work_dir() / base.relative_to(_originals())


def _subject(path: Path) -> str:
    return path.stem[3:]


def _move(path: Path, stem: str) -> None:
    new = path.with_stem(stem)
    if not path.exists():
        return
    mark, other = (rf"\"{name[:2]}.".encode() for name in (path.stem, stem))
    content = path.read_bytes().replace(mark, other)
    if not new.exists():
        write_whole(new, content)
    if new.read_bytes() == content:
        path.unlink()
