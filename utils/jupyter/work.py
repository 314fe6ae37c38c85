"""The learner's copies of the notebooks, in `work/`: what they write in, while `notebooks/` stays.

Beside the copies, `.originals/` holds what each was made from, and `kept/` what was replaced.
Knows nothing of JupyterLab.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import count
from pathlib import Path

from utils import settings
from utils.errors import CourseError
from utils.files import lock, write_whole
from utils.jupyter import checkout
from utils.jupyter.merge import as_stored, is_changed, merge, parse, same_edition, same_outputs
from utils.jupyter.renumbered import move_renumbered

__all__ = ["Copy", "State", "all_copies", "follow", "follow_all", "keep", "make_copies"]
__all__ += ["numbers", "reset", "working"]

MARK = "New edition of the cell above, which you had changed; delete the one you don't want."


@dataclass(frozen=True)
class Copy:
    """A notebook of the course and the learner's copy of it.

    name: below notebooks/ and work/ alike, such as `solutions/06_mnist.ipynb`.
    """

    name: str

    @property
    def source(self) -> Path:
        return settings.NOTEBOOKS / self.name

    @property
    def path(self) -> Path:
        return settings.work_dir() / self.name

    @property
    def base(self) -> Path:
        """What the copy was made from. It isn't there where that isn't known."""
        return settings.work_dir() / ".originals" / self.name


class State(Enum):
    """How a copy stands to the edition.

    CURRENT: it came from it. FOLLOWED: it was never changed, and comes from it now. WAITS: it is
    changed, and nobody has asked to merge. MERGED, BESIDE: it was; in BESIDE cells stand side by
    side. DAMAGED: it can't be read. UNKNOWN: the edition's own notebook isn't known.
    """

    CURRENT, FOLLOWED, WAITS, MERGED, BESIDE, DAMAGED, UNKNOWN = range(7)


def all_copies(selection: str | None = None) -> list[Copy]:
    """Return the chosen lessons' copies, each with that of its solutions; the start page has none.

    selection: see `utils.jupyter.run_all.select`.
    """
    chosen = settings.lessons(settings.NOTEBOOKS)
    if selection is not None:
        from utils.jupyter.run_all import select  # it imports much that a start can do without

        chosen = select(selection, settings.NOTEBOOKS)
    names = [path.name for path in chosen]
    solutions = {path.name for path in settings.lessons(settings.NOTEBOOKS / "solutions")}
    return [Copy(name) for name in names] + [
        Copy(f"solutions/{name}") for name in names if name in solutions
    ]


def numbers(copies: Iterable[Copy]) -> str:
    """Return `Notebook 06 has` or `Notebooks 06, 11 have`, for a sentence."""
    found = sorted({Path(one.name).name[:2] for one in copies})
    plural = len(found) > 1
    return f"Notebook{'s' * plural} {', '.join(found)} {'have' if plural else 'has'}"


@contextmanager
def working() -> Iterator[None]:
    """Let one process at a time change the copies."""
    with lock(settings.work_dir() / ".lock"):
        yield


def _original(copy: Copy, touched: set[str] | None) -> bytes | None:
    """Return the edition's own notebook, None where that isn't known.

    touched: see `checkout.touched`. Without git, what holds outputs was run: it is no original.
    """
    if touched is not None and copy.name in touched:
        return checkout.stored(copy.name)
    content = copy.source.read_bytes()
    return None if touched is None and b'"output_type"' in content else content


def make_copies() -> Path:
    """Copy each notebook, solutions too, that the folder of copies doesn't have; return it.

    A copy that was never changed follows a new edition; of the others a sentence is printed.
    """
    with working():
        moved = move_renumbered()
        states = follow_all()
    if moved:
        print(moved, flush=True)
    if waiting := [copy for copy, state in states.items() if state is State.WAITS]:
        print(
            f"{numbers(waiting)} a new edition: `course update` brings it into your copies "
            "and keeps what you wrote.",
            flush=True,
        )
    return settings.work_dir()


def follow_all(merging: bool = False) -> dict[Copy, State]:
    """Make the copies that aren't there, and let the others follow the edition; see `follow`."""
    _furnish()
    touched = checkout.touched()
    start = Copy(settings.START)
    if not start.path.exists():
        write_whole(start.path, start.source.read_bytes())
    return {copy: follow(copy, _original(copy, touched), merging) for copy in all_copies()}


def follow(copy: Copy, content: bytes | None, merging: bool = False) -> State:
    """Make a copy that isn't there; let one that was never changed follow the edition.

    content: the edition's notebook; None where it isn't known, so that there is nothing to follow.
    merging: take the edition into a changed copy too; what that was is kept aside.
    """
    if not copy.path.exists():
        return _begin(copy, content)
    if content is None:
        return State.UNKNOWN
    if copy.base.exists() and copy.base.read_bytes() == content:
        return State.CURRENT
    new = parse(content)
    if new is None:
        return State.UNKNOWN
    base = parse(copy.base.read_bytes()) if copy.base.exists() else None
    mine = parse(copy.path.read_bytes(), like=base or new)
    if mine is None:
        return State.DAMAGED
    state = State.CURRENT
    if is_changed(new, mine) if base is None else not same_edition(base, new):
        changed = base is None or is_changed(base, mine)
        if changed and not merging:
            return State.WAITS
        merged, beside = merge(base, mine, new, MARK)
        if changed:
            keep(copy.path)
        write_whole(copy.path, as_stored(merged))
        state = (State.BESIDE if beside else State.MERGED) if changed else State.FOLLOWED
    write_whole(copy.base, content)
    return state


def _begin(copy: Copy, content: bytes | None) -> State:
    """Make a copy of what lies in notebooks/, with what was written there by then."""
    lies = copy.source.read_bytes()
    write_whole(copy.path, lies if content is None or parse(lies) is not None else content)
    if content is not None:
        write_whole(copy.base, content)
    return State.CURRENT


def keep(path: Path) -> Path:
    """Copy a notebook to `kept/` under a name that says when and that nothing has; return it."""
    inside = settings.work_dir() if path.is_relative_to(settings.work_dir()) else settings.NOTEBOOKS
    place = settings.work_dir() / "kept" / path.relative_to(inside)
    when = datetime.now().strftime("%Y-%m-%d %H%M")
    for number in count(1):
        more = f" ({number})" if number > 1 else ""
        aside = place.with_name(f"{place.stem} {when}{more}{place.suffix}")
        if not os.path.lexists(aside):
            break
    write_whole(aside, path.read_bytes())
    return aside


def reset(selection: str | None = None) -> dict[Copy, Path | None]:
    """Give the originals back; return the copies that weren't, each with where it is kept now.

    selection: as `all_copies` takes it; a lesson's solutions are given back with it. The path is
    None where there was no copy. Raises CourseError where an original isn't known.
    """
    done: dict[Copy, Path | None] = {}
    with working():
        touched = checkout.touched()
        for copy in all_copies(selection):
            content = _original(copy, touched)
            if content is None and copy.base.exists():
                content = copy.base.read_bytes()
            if content is None:
                raise CourseError(
                    f"{copy.source} isn't as it was stored, and no original of it is known.",
                    "Get the course's file again, then try once more.",
                )
            if not _is(copy, content):
                done[copy] = keep(copy.path) if copy.path.exists() else None
                write_whole(copy.path, content)
            write_whole(copy.base, content)
    return done


def _is(copy: Copy, content: bytes) -> bool:
    """Say whether a copy is that notebook, without outputs of its own."""
    if not copy.path.exists():
        return False
    mine, new = parse(copy.path.read_bytes()), parse(content)
    if mine is None or new is None:
        return copy.path.read_bytes() == content
    return not is_changed(new, mine) and same_outputs(new, mine)


def _furnish() -> None:
    """Where the copies don't lie in the course's folder, put what they point to beside them.

    And what was written in ~/deep-learning-course/notebooks, where copies lay before, is copied.
    """
    own = settings.own_dir()
    if own == settings.ROOT:
        return
    own.mkdir(parents=True, exist_ok=True)
    for name in ("data", "docs", "README.md"):
        link, target = own / name, settings.ROOT / name
        if link.is_symlink() and link.readlink() != target:  # the course has moved
            link.unlink()
        with suppress(FileExistsError):
            link.symlink_to(target)
    if not (settings.work_dir() / ".originals").exists():  # the first time
        for copy in all_copies():
            before = own / "notebooks" / copy.name
            if before.exists() and not copy.path.exists():
                write_whole(copy.path, before.read_bytes())
