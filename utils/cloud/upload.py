"""Which files of a folder are sent with a job, and their copy; never data sets, never runs.

- With a .floydignore its patterns decide, read as git reads a .gitignore.
- Without one, in a git checkout, what git has or would take: .gitignore decides.
- Without either, every file.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pathspec import GitIgnoreSpec

from utils import settings
from utils.errors import CourseError
from utils.files import write_whole

__all__ = ["NEVER", "SENT", "code_line", "copy_code", "copy_files", "data_names", "digest"]
__all__ += ["files_to_send", "size_of", "whole_inputs"]

SENT = "sent.json"  # beside a copy: whose it is and what each file was

_NAME = ".floydignore"
# Left out in any case: histories, environments, caches, secrets' usual place.
NEVER = (
    *(".git", ".hg", ".svn", ".env", ".venv", "node_modules", "__pycache__", "*.pyc", "*.egg-info"),
    *(".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    *(".DS_Store", "Thumbs.db"),
)
_RESULTS = ("/runs", "/outputs")  # of earlier jobs


def files_to_send(folder: Path) -> list[Path]:
    """Return the files that go with a job, relative to its folder, in order.

    Links to files are files, as at FloydHub; links to folders, sockets and pipes aren't sent.
    Raises CourseError for a .floydignore that can't be read, a folder that the user has no right
    to, and a checkout that git can't list.
    """
    ignore = folder / _NAME
    never = GitIgnoreSpec.from_lines([*NEVER, *_RESULTS, *data_names()])
    try:
        if ignore.is_file():
            found = list(_walk(folder, [never, _patterns(ignore)]))
        else:
            by_git = [path for path in _by_git(folder) if not never.match_file(path)]
            found = by_git or list(_walk(folder, [never]))
    except OSError as error:
        raise CourseError(
            f"{error.filename or folder} can't be read: {(error.strerror or str(error)).lower()}.",
            f"Give your user the right to it, or leave it out by {_NAME}.",
        ) from error
    folders = {parent for path in found for parent in path.parents} - {Path()}
    environments = {one for one in folders if (folder / one / "pyvenv.cfg").is_file()}
    return sorted(path for path in found if environments.isdisjoint(path.parents))


def size_of(folder: Path, files: list[Path]) -> int:
    """Return the bytes of the folder's files together."""
    return sum((folder / path).stat().st_size for path in files)


def data_names() -> set[str]:
    """Return the names under which the course's data sets lie on a disk."""
    from utils.data.catalogue import SETS

    return {name for one in SETS.values() for name in (one.found_as, one.archive.name)}


def _patterns(file: Path) -> GitIgnoreSpec:
    try:
        with warnings.catch_warnings():  # of a re that may read [[ otherwise some day
            warnings.simplefilter("ignore", FutureWarning)
            return GitIgnoreSpec.from_lines(file.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise CourseError(f"{file} isn't UTF-8 text.", "Save it as UTF-8.") from error
    except (ValueError, re.error) as error:
        raise CourseError(f"{file} has a line that is no pattern: {error}.", "Mend it.") from error


def _walk(folder: Path, left_out: list[GitIgnoreSpec]) -> Iterator[Path]:
    """Yield the files under a folder, without entering what is left out."""

    def refuse(error: OSError) -> None:
        raise error

    def stays(path: Path, mark: str = "") -> bool:
        return not any(spec.match_file(f"{path.as_posix()}{mark}") for spec in left_out)

    for top, folders, names in os.walk(folder, onerror=refuse):
        inside = Path(top).relative_to(folder)
        folders[:] = [name for name in folders if stays(inside / name, "/")]
        files = (inside / name for name in names)
        yield from (path for path in files if stays(path) and (folder / path).is_file())


def _by_git(folder: Path) -> Iterator[Path]:
    """Yield what git has or would take; nothing where there is no checkout, or it ignores all."""
    if not any((one / ".git").exists() for one in (folder.absolute(), *folder.absolute().parents)):
        return
    for path in {Path(name) for name in _git_names(folder)}:
        whole = folder / path
        if whole.is_file():
            yield path
        elif whole.is_dir() and not whole.is_symlink():  # another checkout within this one
            yield from (path / one for one in files_to_send(whole))


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
    target = settings.build_dir() / "cloud" / name / "code"
    if target.exists():  # names are drawn by lot: this is no earlier launch's
        raise CourseError(f"{target}, where code is copied to, is taken.", "Move it away.")
    copy_files(folder, target, name)
    (target / ".skyignore").write_text("", encoding="utf-8")
    return target


def copy_files(folder: Path, target: Path, name: str) -> None:
    """Copy what is sent of a folder into a new one; note beside it, in SENT, what that was.

    name: the launch's. What a job made is later told by that note from what it was sent.
    """
    target.mkdir(parents=True)
    files = {}
    for path in _files(folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / path, target / path)
        files[path.as_posix()] = digest(target / path)
    write_whole(target.parent / SENT, json.dumps({"name": name, "files": files}, indent=1))


@contextmanager
def whole_inputs(mounts: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    """Yield a task's mounts so that SkyPilot sends each folder of this machine whole.

    It obeys a .gitignore in a folder that it sends, unless a .skyignore is there: a data folder
    that git is to ignore would arrive empty. Such a folder is sent from a twin with an empty
    .skyignore, of links to the same files where the disk has them, else of copies; it goes at the
    end. mounts: machine's path → folder, file or URL. name: the launch's.
    """
    twins = settings.build_dir() / "cloud" / name / "inputs"
    twins.mkdir(parents=True, exist_ok=True)
    sent = dict(mounts)
    try:
        for number, (place, source) in enumerate(mounts.items()):
            if _would_be_left_out(Path(source)):
                sent[place] = str(_twin(source, twins / str(number)))
        yield sent
    finally:
        shutil.rmtree(twins, ignore_errors=True)


def _twin(source: str, twin: Path) -> Path:
    def but_for_itself(top: str, names: list[str]) -> list[str]:
        return [
            name for name in names if name == "inputs" and Path(top, name).samefile(twin.parent)
        ]

    shutil.copytree(source, twin, symlinks=True, ignore=but_for_itself, copy_function=_link_or_copy)
    (twin / ".skyignore").write_text("", encoding="utf-8")
    return twin


def _would_be_left_out(source: Path) -> bool:
    """Say whether SkyPilot would leave files out of a folder that its owner wants sent whole."""
    if (source / ".skyignore").exists():  # written for SkyPilot, so meant
        return False
    excludes = (source / ".git/info/exclude").is_file()
    return excludes or any(".gitignore" in names for _, _, names in os.walk(source))


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links; a file of another user's
        shutil.copy2(source, target)


def digest(file: Path) -> str:
    """Return a file's SHA-256."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _files(folder: Path) -> list[Path]:
    """Return the files to send; what was made in build/, the copies themselves too, is not."""
    build = settings.build_dir()
    return [path for path in files_to_send(folder) if build not in (folder / path).parents]
