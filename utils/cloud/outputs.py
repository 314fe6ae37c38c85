"""What a job made or changed comes into outputs/<launch>/, over nothing that is there.

Runs have a place of their own, the log root; what has none there comes here too. Knows folders
only: neither clouds nor ssh.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from pathspec import GitIgnoreSpec

from utils import settings
from utils.cloud.upload import NEVER, SENT, data_names, digest
from utils.experiments.import_runs import bring_runs
from utils.files import whole, write_whole

__all__ = ["BROUGHT", "bring_all", "is_empty", "left_out", "terms"]

BROUGHT = "brought.json"  # what this program has put into outputs/, to tell it from a person's
_SHOWN = 6  # names in a sentence


def terms(name: str) -> str:
    """Return what a launch promises to bring, said before it starts."""
    outputs = settings.outputs_dir() / name
    return (
        f"What comes back: runs into {settings.runs_dir()}; all else that the job makes or changes "
        f"in its folder or in /output, notebooks and progress too, into {outputs}. Nothing that "
        "you have is overwritten. Environments, caches and data sets don't come."
    )


def left_out() -> list[str]:
    """Return the patterns of what is no result: .gitignore's language, which rsync reads alike."""
    course = (
        "/build/course-data",
        "/build/jupyter",
        "/build/cloud",
        "/build/launch",
        "/.skyignore",
    )
    copies = ("/work/.*", f"/work/{settings.START}")  # the start page is written at each start
    return [*NEVER, *data_names(), *course, *copies]


def is_empty(made: Path, notes: Path) -> bool:
    """Say whether a job's folder has neither a run nor anything else that the job made."""
    return next(_made(made, _sent(notes)), None) is None


def bring_all(made: Path, notes: Path, name: str = "") -> list[str]:
    """Bring runs into the log root, all else into outputs/<name>; say in sentences what came.

    made: the job's folder, or a copy of it. notes: the folder of SENT; there is noted what was
    brought. name: the launch's, where SENT doesn't say it.

    A file in outputs/ that a person has changed since stays, and the new one is put beside it.
    Bringing twice does no harm.
    """
    sentences = bring_runs(made / "runs", settings.runs_dir())
    target = settings.outputs_dir() / str(_read(notes / SENT).get("name", name))
    brought = _read(notes / BROUGHT)
    came: list[str] = []
    links: list[str] = []
    try:
        for path in _made(made, _sent(notes)):
            name = path.relative_to(made).as_posix()
            if path.is_symlink() and not _stays_inside(path, made):
                links.append(name)
            elif not _is_in_log_root(path, made):
                came += _bring(path, name, target, brought)
    finally:
        write_whole(notes / BROUGHT, json.dumps(brought, indent=1))
    return sentences + _sentences(came, links, target)


def _made(made: Path, sent: Mapping[str, str]) -> Iterator[Path]:
    """Yield files and links below a job's folder that weren't sent, or not as they are now."""
    skip = GitIgnoreSpec.from_lines(left_out())
    for top, folders, names in os.walk(made):
        inside = Path(top).relative_to(made)
        folders[:] = [one for one in folders if not skip.match_file(f"{inside / one}/")]
        if "pyvenv.cfg" in names:  # an environment, whatever its name
            folders[:] = names[:] = []
        for one in [*folders, *names]:
            path = made / inside / one
            if skip.match_file(inside / one) or not (path.is_symlink() or path.is_file()):
                continue
            if path.is_symlink() or not _was_sent(path, (inside / one).as_posix(), sent):
                yield path


def _was_sent(path: Path, name: str, sent: Mapping[str, str]) -> bool:
    """Say whether a file is as it was sent, or JupyterLab's copy of a lesson as that was sent."""
    lesson = f"notebooks/{name.removeprefix('work/')}" if name.startswith("work/") else name
    known = {sent[one] for one in (name, lesson) if one in sent}
    return bool(known) and digest(path) in known


def _stays_inside(link: Path, made: Path) -> bool:
    to = link.readlink()
    place = Path(os.path.normpath(link.parent / to))
    return not to.is_absolute() and place.is_relative_to(made)


def _is_in_log_root(path: Path, made: Path) -> bool:
    """Say whether a file of a run has come into the log root; hidden ones are a copying tool's."""
    inside = path.relative_to(made)
    if inside.parts[0] != "runs":
        return False
    if any(part.startswith(".") for part in inside.parts):
        return True
    ours = settings.runs_dir() / inside.relative_to("runs")
    return path.is_file() and ours.is_file() and digest(ours) == digest(path)


def _bring(path: Path, name: str, target: Path, brought: dict[str, str]) -> list[str]:
    """Put a file or a link into its place, or beside what isn't ours there; return its name."""
    now = _content(path)
    if brought.get(name) == now and os.path.lexists(target / name):
        return []
    place = _free(target / name, now, brought.get(name))
    if place is None:
        brought[name] = now
        return []
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.unlink(missing_ok=True)
        place.symlink_to(now)
    else:
        with whole(place) as beside:
            shutil.copy2(path, beside)
    brought[name] = now
    return [place.relative_to(target).as_posix()]


def _content(path: Path) -> str:
    """Return what tells one file, or one link, from another."""
    return str(path.readlink()) if path.is_symlink() else digest(path)


def _free(place: Path, now: str, before: str | None) -> Path | None:
    """Return where something may go: its place, or one beside; None where it is there already.

    now, before: what it is, and what was put there last.
    """
    for number in count(2):
        if not os.path.lexists(place):
            return place
        there = _content(place) if place.is_symlink() or place.is_file() else ""
        if there == now:
            return None
        if there and there == before:
            return place
        stem = place.name.removesuffix(place.suffix).removesuffix(f" ({number - 1})")
        place = place.with_name(f"{stem} ({number}){place.suffix}")
    raise AssertionError("counting ends never")


def _sentences(came: list[str], links: list[str], target: Path) -> list[str]:
    lines = []
    if came:
        files = f"{len(came)} file{'s' * (len(came) != 1)} that the job made or changed"
        lines.append(f"{files} came into {target}: {_listed(came)}.")
    if notebooks := [one for one in came if one.endswith(".ipynb")]:
        lines.append(f"Notebooks among them: {_listed(notebooks)}. Your own are as they were.")
    if progress := [one for one in came if PurePosixPath(one).name.startswith("progress")]:
        lines.append(f"What was noted of progress there: {_listed(progress)}; yours is as it was.")
    if links:
        lines.append(f"Links that lead out of the job's folder stayed there: {_listed(links)}.")
    return lines


def _listed(names: list[str]) -> str:
    shown = [one if one.isprintable() else ascii(one) for one in sorted(names)]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _sent(notes: Path) -> dict[str, str]:
    return dict(_read(notes / SENT).get("files", {}))


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
