"""Take a new edition of the course into the learner's copies, and keep all that they wrote.

Knows nothing of how cells are merged.
"""

from collections.abc import Iterator
from pathlib import Path

from utils import settings
from utils.files import write_whole
from utils.jupyter import checkout
from utils.jupyter.merge import as_stored, is_changed, merge, parse, same_outputs
from utils.jupyter.renumbered import move_renumbered
from utils.jupyter.work import Copy, State, all_copies, follow, follow_all, keep, numbers, working

__all__ = ["update"]

MARK = "You wrote this in notebooks/, and the cell above in work/; delete the one you don't want."
PACKAGES = {"constraints.txt", "pyproject.toml", "requirements.txt"}


def update(pull: bool = True) -> Iterator[str]:
    """Fetch a new edition, merge it into the copies, and yield a sentence for each thing done.

    pull: False takes what lies in notebooks/ already.
    Raises CourseError where an edition can't be fetched or taken; nothing is lost then.
    """
    with working():
        if pull:
            yield from _pull()
        if moved := move_renumbered():
            yield moved
        yield from _told(follow_all(merging=True))


def _pull() -> Iterator[str]:
    if settings.own_dir() != settings.ROOT:
        yield f"Nothing is fetched: {settings.ROOT} isn't yours to write to."
        return
    if not checkout.is_checkout():
        yield (
            f"Nothing is fetched: {settings.ROOT} is no git checkout. To have a newer edition, "
            "unpack it over this folder, then update again."
        )
        return
    checkout.fetch()
    yield from _clear()
    changed = checkout.advance()
    yield "A new edition has come." if changed else "Upstream has no other edition."
    if PACKAGES & set(changed):
        yield "It needs other packages: pip install -r requirements.txt. (`make lab` does it too.)"


def _clear() -> Iterator[str]:
    """Bring what was written in notebooks/ itself into the copies, and give git's own back."""
    names = [name for name in sorted(checkout.touched() or ()) if checkout.stored(name) is not None]
    kept = {name: aside for name in names if (aside := _bring_home(name))}
    if names:
        checkout.give_back(names)
    if kept:
        yield (
            f"What you wrote in {', '.join(f'notebooks/{name}' for name in kept)} is in work/ now. "
            f"As it was it is kept in {', '.join(str(path) for path in kept.values())}, "
            "and git's own is back."
        )


def _bring_home(name: str) -> Path | None:
    """Merge what was written in a file of notebooks/ into its copy; return where it is kept."""
    copy, stored = Copy(name), checkout.stored(name)
    if stored is None or not copy.source.exists():
        return None
    base = parse(stored)
    theirs = parse(copy.source.read_bytes(), like=base)
    if base and theirs and not is_changed(base, theirs) and same_outputs(base, theirs):
        return None  # it was opened, no more
    aside = keep(copy.source)
    if base is None or theirs is None or copy not in all_copies():
        return aside
    follow(copy, stored, merging=True)
    mine = parse(copy.path.read_bytes(), like=base)
    if mine is not None:
        merged = as_stored(merge(base, mine, theirs, MARK).notebook)
        if merged != as_stored(mine):
            if is_changed(base, mine):
                keep(copy.path)
            write_whole(copy.path, merged)
    return aside


def _told(states: dict[Copy, State]) -> Iterator[str]:
    def those(*wanted: State) -> list[Copy]:
        return [copy for copy, state in states.items() if state in wanted]

    if taken := those(State.FOLLOWED, State.MERGED, State.BESIDE):
        yield f"{numbers(taken)} the new edition and what you wrote."
        yield "Where JupyterLab has one open: File, Reload Notebook from Disk."
    else:
        yield "Your copies have the newest edition."
    if those(State.MERGED, State.BESIDE):
        yield f"What you had changed is kept as it was in {settings.work_dir() / 'kept'}"
    if beside := those(State.BESIDE):
        yield (
            f"{numbers(beside)} cells that you and the edition have changed: "
            "yours stand first, the new ones behind them say so."
        )
    for copy in those(State.DAMAGED):
        yield (
            f"{copy.path} can't be read as a notebook and was left; "
            f"`course reset {Path(copy.name).stem}` gives the original back and keeps that file."
        )
    for copy in those(State.UNKNOWN):
        yield f"{copy.source} was run or changed: it isn't the edition's own, and was passed over."
