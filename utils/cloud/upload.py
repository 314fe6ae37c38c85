"""Which files of a folder are sent with a job: what .floydignore says, or git, and never data.

- With a .floydignore its patterns decide, as floyd-cli read them (floyd/manager/floyd_ignore.py
  and floyd/client/files.py): each fits the end of a path, `*.h5` or `lib` or `docs/*.md` anywhere;
  `!` keeps what another pattern leaves out, in whatever order; what lies in a folder that is left
  out can't be kept; `**` is no more than `*`; a slash in front means nothing.
- Without one, in a git checkout, what git has or would take: .gitignore decides.
- Without either, every file.

Left out in any case: what is made here and made again there, runs, data sets, `.env`.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from utils import settings
from utils.errors import CourseError

__all__ = ["code_line", "copy_code", "files_to_send", "size_of"]

_NAME = ".floydignore"
# Left out wherever they lie: histories, environments, caches, and secrets' usual place.
_NEVER = (
    *(".git", ".hg", ".svn", ".env", ".venv", "node_modules", "__pycache__", "*.pyc", "*.egg-info"),
    *(".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    *(".DS_Store", "Thumbs.db"),
)
_NEVER_AT_THE_TOP = ("runs",)
_TOP = PurePosixPath()
_RuleOut = Callable[[PurePosixPath], bool]


def files_to_send(folder: Path) -> list[Path]:
    """Return the files that go with a job, relative to its folder, in order.

    Links to files are files, as at FloydHub; links to folders, sockets and pipes aren't sent.
    Raises CourseError for a .floydignore that isn't text, and for a checkout that git can't read.
    """
    try:
        return [Path(path) for path in sorted(_found(folder))]
    except OSError as error:
        raise CourseError(
            f"{error.filename or folder} can't be read: {(error.strerror or str(error)).lower()}.",
            f"Give your user the right to it, or leave it out by {_NAME}.",
        ) from error


def size_of(folder: Path, files: list[Path]) -> int:
    """Return the bytes of the folder's files together."""
    return sum((folder / path).stat().st_size for path in files)


def _found(folder: Path) -> Iterable[PurePosixPath]:
    ignore = folder / _NAME
    if ignore.is_file():
        return _walk(folder, _TOP, _left_out_by(*_patterns(ignore)))
    return _by_git(folder) or _walk(folder, _TOP, lambda path: False)


def _patterns(file: Path) -> tuple[list[str], list[str]]:
    """Return the patterns that leave out and those that keep."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CourseError(f"{file} isn't UTF-8 text.", "Save it as UTF-8.") from error
    leave: list[str] = []
    keep: list[str] = []
    for line in map(str.strip, lines):
        if line.startswith("#"):
            continue
        if line.startswith("!"):
            keep.append(line[1:].removeprefix("/"))
        else:
            leave.append(line.removeprefix("\\").removeprefix("/"))
    return leave, keep


def _left_out_by(leave: list[str], keep: list[str]) -> _RuleOut:
    def left_out(path: PurePosixPath) -> bool:
        return any(_fits(path, one) for one in leave) and not any(_fits(path, one) for one in keep)

    return left_out


def _fits(path: PurePosixPath, pattern: str) -> bool:
    """Say whether a pattern fits the end of a path, part by part, as PurePath.match did then."""
    wanted = PurePosixPath(pattern).parts
    if not wanted or len(wanted) > len(path.parts):
        return False
    return all(map(fnmatchcase, path.parts[-len(wanted) :], wanted))


def _never(folder: Path, path: PurePosixPath) -> bool:
    """Say whether this file or folder is left out in any case, by its own name alone."""
    names = (*_NEVER, *_data_names(), *(_NEVER_AT_THE_TOP if len(path.parts) == 1 else ()))
    if any(fnmatchcase(path.name, name) for name in names):
        return True
    return (folder / path / "pyvenv.cfg").is_file()  # a virtual environment, whatever its name


def _data_names() -> set[str]:
    """Return the names under which the course's data sets lie on a disk."""
    from utils.data.catalogue import SETS

    return {name for one in SETS.values() for name in (one.found_as, one.archive.name)}


def _walk(folder: Path, inside: PurePosixPath, left_out: _RuleOut) -> Iterator[PurePosixPath]:
    """Yield the files under a folder, but for those that are left out and what lies in such."""
    with os.scandir(folder / inside) as entries:
        here = sorted(entries, key=lambda entry: entry.name)
    for entry in here:
        path = inside / entry.name
        if left_out(path) or _never(folder, path):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, path, left_out)
        elif entry.is_file():
            yield path


def _by_git(folder: Path) -> list[PurePosixPath]:
    """Return what git has or would take; nothing where there is no checkout, or it ignores all."""
    if not any((one / ".git").exists() for one in (folder.absolute(), *folder.absolute().parents)):
        return []
    names = {PurePosixPath(name) for name in _git_names(folder)}
    found: list[PurePosixPath] = []
    for path in names:
        if any(_never(folder, one) for one in (path, *path.parents[:-1])):
            continue
        whole = folder / path
        if whole.is_file():
            found.append(path)
        elif whole.is_dir() and not whole.is_symlink():  # another checkout within this one
            found += [path / one for one in files_to_send(whole)]
    return found


def _git_names(folder: Path) -> list[str]:
    remedy = f"Install or mend git, or write a {_NAME} beside floyd.yml."
    if shutil.which("git") is None:
        raise CourseError(f"{folder} is a git checkout, and git isn't installed.", remedy)
    # Not the checkout of the hook or the tool that may have started this; and a checkout of
    # another user's, as on a shared disk, is no danger where nothing is run.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "ls-files", "-z"]
    command += ["--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise CourseError(f"git can't list the files of {folder}: {said}", remedy)
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def code_line(folder: Path) -> str:
    """Return a sentence that says how much code would be sent."""
    files = _files(folder)
    return f"Sent: {len(files)} files of {folder}, {size_of(folder, files) / 1e6:.1f} MB."


def copy_code(folder: Path, name: str) -> Path:
    """Copy what is sent of a folder to build/cloud/NAME/code; return that folder.

    SkyPilot sends a folder whole, but for what .skyignore or .gitignore say; with an empty
    .skyignore in the copy it is these files and no others.
    """
    target = settings.BUILD / "cloud" / name / "code"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in _files(folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / path, target / path)
    (target / ".skyignore").write_text("", encoding="utf-8")
    return target


def _files(folder: Path) -> list[Path]:
    """Return the files to send; what was made in build/, the copies themselves too, is not."""
    return [path for path in files_to_send(folder) if settings.BUILD not in (folder / path).parents]
