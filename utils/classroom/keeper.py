"""The process that learners' answers are forked from: a lesson's modules, loaded once.

Started as `python -m utils.classroom.keeper FILE NUMBER SECONDS` by whoever judges: a lesson of the
teacher's, a socket, what an exercise may take of the CPU. For each message on that socket, which
brings two more, it forks a cage; in it a warden, whom nothing in there can end, and the process
that runs what the learner wrote. Runs nothing of a learner's itself.
"""

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from utils import settings
from utils.classroom import cage
from utils.classroom.channel import Channel

__all__ = ["hidden", "main", "shown"]

MEGA = 1 << 20
MEMORY, FILE = 2_000 * MEGA, 16 * MEGA  # beyond what the lesson itself takes; of one file
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache",
          "/etc/alternatives", "/etc/fonts", "/etc/localtime")  # fmt: skip
HIDDEN = (".git", "data/exercises", "data/quizzes", "docs", "notebooks", "progress.jsonl", "runs",
          "tests", "utils/exercises/checks", "work")  # fmt: skip


def shown() -> list[Path]:
    """Return what a cage shows: the system's programs, Python, its packages, the course's rooms."""
    packages = [path for path in sys.path if path.endswith("-packages")]
    places = [*SYSTEM, sys.base_prefix, sys.prefix, *packages]
    places += [str(settings.ROOT / "utils"), str(settings.ROOT / "data" / "reference")]
    found: list[Path] = []
    for path in sorted(map(Path, places)):
        if not any(path.is_relative_to(other) for other in found):
            found.append(path)
    return found


def hidden() -> list[Path]:
    """Return what a cage never shows: where right answers stand, and what others wrote."""
    return [settings.ROOT / name for name in HIDDEN]


def main(lesson: str, number: str, seconds: str) -> None:
    """Load a lesson's modules, say so, and fork a cage a message, until the judge is gone."""
    end = socket.socket(fileno=int(number))
    from utils.classroom import inmate  # with IPython, as a kernel has it

    names = inmate.prepare(json.loads(Path(lesson).read_text(encoding="utf-8")))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the judge goes, and the socket with it
    gc.freeze()
    channel = Channel(end)
    channel.send("ready")
    while True:
        content, files, _, _ = socket.recv_fds(end, 1, 2)
        _bury(os.WNOHANG if content else 0)
        if not content:
            return
        trusted = content == b"t"
        if os.fork() == 0:
            end.close()
            _run(files, names, trusted, int(seconds))
        for file in files:
            os.close(file)


def _bury(how: int) -> None:
    """Wait for the cages that have ended, so that their time of CPU is counted as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            continue


class _Cage(NamedTuple):
    """talk, notes: to the judge. names: of the lesson's setup cell. stranger: whom the learner's
    process becomes; None without a cage. seconds: of CPU. room: bytes of address space."""

    talk: socket.socket
    notes: socket.socket
    names: dict[str, Any]
    stranger: int | None
    seconds: int
    room: int


def _run(files: Sequence[int], names: dict[str, Any], trusted: bool, seconds: int) -> None:
    """Be the cage's wall: make it, and let its first process watch over the learner's."""
    talk, notes = (socket.socket(fileno=file) for file in files)
    stranger = None if trusted else cage.STRANGER + os.getpid() % 1000
    one = _Cage(talk, notes, names, stranger, seconds, _address_space() + MEMORY)
    try:
        if not trusted:
            cage.enter(shown(), hidden())
        if os.fork() == 0:
            _watch(one)
        talk.close()
        notes.close()
        os.wait()
    except BaseException as error:
        _tell(notes, "ended", f"no cage could be made ({error})")
    os._exit(0)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _watch(one: _Cage) -> None:
    """Be the warden: end all in the cage when the judge goes, or too much memory is taken."""
    os.setsid()
    caged = one.stranger is not None
    if caged:
        cage.shut()
    home = cage.HOME if caged else tempfile.mkdtemp(prefix="course-grade-")
    before = _taken()
    learner = os.fork()
    if learner == 0:
        _live(one, home)
    cage.keep_to_itself()
    if ended := _wait(one.talk, learner, before if caged else None):
        _tell(one.notes, "ended", ended)
    if not caged:
        with suppress(OSError):
            os.killpg(learner, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)
    os._exit(0)  # and with the first process of a cage, all others


def _wait(talk: socket.socket, learner: int, before: int | None) -> str:
    """Wait until the learner's process ends, and say how; or the judge goes, and end it.

    before: the bytes that the cage took without it; None where memory isn't watched.
    """
    happens = select.poll()
    happens.register(talk, 0)  # POLLHUP alone: the judge has closed its end
    happens.register(os.pidfd_open(learner), select.POLLIN)
    while True:
        happened = {file for file, _ in happens.poll(50)}
        if talk.fileno() in happened:
            os.kill(learner, signal.SIGKILL)
            os.waitpid(learner, 0)
            return ""
        if happened:
            return _how(os.waitpid(learner, 0)[1])
        if before is not None and _taken() - before > MEMORY:
            return "took more than 2 GB of memory"


def _taken() -> int:
    """Return the bytes that this cage's processes hold for themselves alone."""
    pages = 0
    for entry in _processes():
        try:
            fields = (entry / "statm").read_text().split()
            pages += int(fields[1]) - int(fields[2])
        except (OSError, IndexError, ValueError):  # it has ended this moment
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processes() -> Iterable[Path]:
    return Path("/proc").glob("[0-9]*")


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        words = {
            signal.SIGXCPU: "ran too long: its time of CPU was used up",
            signal.SIGKILL: "was killed",
            signal.SIGXFSZ: "wrote more than 16 MB",
        }
        return words.get(signal.Signals(number), f"ended by {signal.Signals(number).name}")
    return f"left Python with status {os.WEXITSTATUS(status)}"


def _live(one: _Cage, home: str) -> None:
    """Be the learner's process: without rights, with limits, and nothing to print to."""
    try:
        os.setsid()
        _let_go({one.talk.fileno(), one.notes.fileno()})
        if one.stranger is not None:
            cage.forget_powers(one.stranger)
        _belongings(home)
        cage.limit(one.seconds, one.room, FILE)
        from utils.classroom import inmate

        inmate.live(Channel(one.talk), lambda text: _tell(one.notes, "did", text), one.names)
    finally:
        os._exit(0)


def _let_go(kept: set[int]) -> None:
    """Close all files that came from the keeper but standard ones, which get others, and these."""
    for number in range(3, 256):
        if number not in kept:
            with suppress(OSError):
                os.close(number)


def _belongings(home: str) -> None:
    os.chdir(home)
    os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=home, IPYTHONDIR=home)
    os.environ.update(
        COURSE_PROGRESS="off", COURSE_RUNS=f"{home}/runs", COURSE_BUILD=f"{home}/build"
    )
    printed = os.open("printed", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in ((0, nothing), (1, printed), (2, printed)):
        os.dup2(file, number)


def _tell(notes: socket.socket, kind: str, text: str) -> None:
    """Send a line to the judge, who takes it for what it is: hearsay."""
    try:
        notes.send(json.dumps([kind, text[:300]]).encode(), socket.MSG_DONTWAIT)
    except OSError:  # the judge is gone, or has heard enough
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
