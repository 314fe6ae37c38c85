"""The course's own git checkout: what was changed in notebooks/, and how a new edition comes.

Knows nothing of what stands in a notebook. Without git, or where the course is no checkout of its
own, nothing is known of changes.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence

from utils import settings
from utils.errors import CourseError

__all__ = ["advance", "fetch", "give_back", "is_checkout", "stored", "touched"]

# What a hook or a tool that has started this may have set: it names another checkout.
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
# In a checkout of another user's, as one installation for a class, git reads only when it is told.
_READING = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")


def is_checkout() -> bool:
    """Say whether the course's folder is a checkout, and not only a folder in one."""
    return (settings.ROOT / ".git").exists()


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    clean |= {"LC_ALL": "C"}
    return subprocess.run(["git", *words], cwd=settings.ROOT, env=clean, capture_output=True)


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what git says is wrong: its first line that is an error, else its last one."""
    lines = [
        one.strip() for one in done.stderr.decode(errors="replace").splitlines() if one.strip()
    ]
    wrong = [one for one in lines if one.startswith(("fatal:", "error:"))]
    return (wrong or lines[-1:] or ["it doesn't say why"])[0].rstrip(".")


def touched() -> set[str] | None:
    """Return the names in notebooks/ that aren't as the last commit has them, gone ones too.

    None where git can't say.
    """
    if not is_checkout() or shutil.which("git") is None:
        return None
    asked = ("diff", "--name-only", "--no-renames", "-z", "HEAD", "--", "notebooks")
    done = _git(*_READING, *asked)
    if done.returncode:
        return None
    names = (os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
    return {name.removeprefix("notebooks/") for name in names}


def stored(name: str) -> bytes | None:
    """Return a file of notebooks/ as the last commit has it, None where that has none."""
    done = _git(*_READING, "show", f"HEAD:notebooks/{name}")
    return None if done.returncode else done.stdout


def give_back(names: Sequence[str]) -> None:
    """Put files of notebooks/ back as the last commit has them."""
    done = _git("checkout", "-q", "HEAD", "--", *(f"notebooks/{name}" for name in names))
    if done.returncode:
        raise CourseError(
            f"git can't give the notebooks back: {_last_line(done)}.",
            "Nothing is lost: what you wrote in them is in your copies now.",
        )


def _refused(problem: str, remedy: str) -> CourseError:
    return CourseError(
        problem, f"{remedy}, or take what lies here already by `no_pull`.", ("no_pull",)
    )


def fetch() -> None:
    """Ask upstream for its commits; raise CourseError where they can't simply be taken."""
    if shutil.which("git") is None:
        raise _refused(
            "The course's folder is a git checkout, and git isn't installed.", "Install it"
        )
    if _git("rev-parse", "--abbrev-ref", "@{upstream}").returncode:
        raise _refused(
            "This checkout is on no branch that follows another place's, so no edition can come.",
            "Check out the branch that you cloned",
        )
    done = _git("fetch", "-q")
    if done.returncode:
        raise _refused(
            f"The new edition can't be fetched: {_last_line(done)}.",
            "Look after the network and try again",
        )
    if not _is_before("HEAD", "@{upstream}") and not _is_before("@{upstream}", "HEAD"):
        raise _refused(
            "You have commits of your own, and upstream has others.",
            "Bring the two together with git first",
        )


def _is_before(one: str, other: str) -> bool:
    return _git("merge-base", "--is-ancestor", one, other).returncode == 0


def advance() -> list[str]:
    """Take the commits that were fetched; return the names of the files that are other now.

    Raises CourseError where files that a person has changed or added stand in the way.
    """
    before = _git("rev-parse", "HEAD").stdout.decode().strip()
    done = _git("merge", "-q", "--ff-only", "@{upstream}")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        names = [line.strip() for line in lines if line.startswith("\t")]
        raise _refused(
            f"What you have changed stands in the new edition's way: {', '.join(names)}."
            if names
            else f"git can't take the new edition: {_last_line(done)}.",
            "Move that away or undo it and try again",
        )
    changed = _git("diff", "--name-only", "-z", before, "HEAD").stdout
    return [os.fsdecode(name) for name in changed.split(b"\0") if name]
