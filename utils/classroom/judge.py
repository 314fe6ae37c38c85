"""Judge a learner's answer from outside: their code runs in a cage, what is right stands here.

An answer comes out of the cage as plain data, or as the promise to call a function in there with
what the check hands over. The course's own checks then compare it in this process, which executes
nothing of the learner's. Knows nothing of folders and reports.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from utils import settings
from utils.classroom.channel import Channel, Closed, OutOfTime
from utils.classroom.needed import ExerciseCell
from utils.classroom.plain_data import Unreadable, from_bytes, packed, unpacked
from utils.errors import CourseError
from utils.exercises import Wrong, evaluate
from utils.exercises.calling import written_call
from utils.exercises.own_numbers import all_numbers, numbers_for

__all__ = ["EXERCISE_SECONDS", "NOTEBOOK_SECONDS", "Keeper", "Mark", "State", "mark"]

EXERCISE_SECONDS, NOTEBOOK_SECONDS = 45.0, 90.0  # on the clock of a machine that may be busy
CPU_SECONDS = 15  # an exercise
START_SECONDS = 180.0
PASSED_ON = ("PATH", "PYTHON", "LD_LIBRARY_PATH", "LANG", "LC_", "TZ", "VIRTUAL_ENV", "TMPDIR")
State = str  # right, wrong, open or stopped


class Mark(NamedTuple):
    """What became of one exercise.

    state: `right`; `wrong`; `open`, which is a stub or nothing; `stopped`, by a limit or by itself.
    notes: what the code reached for on its way, as far as that was seen.
    """

    exercise: str
    state: State
    message: str = ""
    notes: tuple[str, ...] = ()


class Keeper:
    """The process that a lesson's cages are forked from."""

    def __init__(self, lesson: Path, trusted: bool = False) -> None:
        self.lesson, self.trusted = lesson, trusted

    def __enter__(self) -> "Keeper":
        self.end, theirs = socket.socketpair()
        self.folder = tempfile.TemporaryDirectory(prefix="course-grade-")
        with theirs, (Path(self.folder.name) / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "utils.classroom.keeper", str(self.lesson),
                 str(theirs.fileno()), str(CPU_SECONDS)],
                pass_fds=[theirs.fileno()], env=self._environment(), cwd=self.folder.name,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            Channel(self.end, time.monotonic() + START_SECONDS).receive()
        except (Closed, OutOfTime, Unreadable) as error:
            lines = (Path(self.folder.name) / "log").read_text(errors="replace").split("\n")
            said = next((line for line in reversed(lines) if line.strip()), "it says nothing")
            self.__exit__()
            raise CourseError(
                f"{self.lesson.name} can't be prepared for grading: {said[:200]}.",
                "See what is wrong with this installation: course doctor.",
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.end.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def _environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items()
                if name.startswith(PASSED_ON)}  # fmt: skip  # others may hold keys
        paths = [str(settings.ROOT), kept.get("PYTHONPATH", "")]
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                             "TF_NUM_INTEROP_THREADS"), "1")  # fmt: skip
        return kept | settings.for_tensorflow() | one | {
            "COURSE_DATA_SOURCE": "sample",
            "COURSE_PROFILE": "smoke",
            "COURSE_PROGRESS": "off",
            "CUDA_VISIBLE_DEVICES": "-1",
            "IPYTHONDIR": self.folder.name,
            "MPLBACKEND": "agg",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }  # fmt: skip

    @contextmanager
    def cage(self, deadline: float) -> Iterator[tuple[Channel, socket.socket]]:
        """Yield a channel into a new cage, and what its notes come by; then it is gone."""
        talk, theirs = socket.socketpair()
        notes, their_notes = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with talk, notes:
            with theirs, their_notes:
                files = [theirs.fileno(), their_notes.fileno()]
                socket.send_fds(self.end, [b"t" if self.trusted else b"c"], files)
            yield Channel(talk, deadline), notes


class _Stopped(Exception):
    """The cage is gone, or too late."""


class _Remote:
    """A learner's function: calling it has it run in the cage."""

    def __init__(self, talk: Channel, number: int, name: str) -> None:
        self._talk, self._number, self.__name__ = talk, number, name

    def __deepcopy__(self, _: object) -> "_Remote":
        return self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        written = written_call(self, arguments, named)
        ours: list[Any] = []

        def keep(function: Any) -> int:
            ours.append(function)
            return len(ours) - 1

        try:
            self._talk.send([self._number, packed(list(arguments), keep), packed(named, keep)])
            while True:
                kind, content = self._talk.receive()
                if not kind.startswith("ask "):
                    break
                given = unpacked(content, self._another)
                self._talk.send(packed(ours[int(kind[4:])](*given), keep))
        except (Closed, OutOfTime) as error:
            raise KeyboardInterrupt(_why(error)) from _Stopped()
        except (ValueError, TypeError, LookupError, AttributeError, Unreadable) as error:
            raise Wrong(f"{written} gave what can't be read.") from error
        if kind != "answer":
            raise Wrong(f"{written} {content}"[:400])
        return unpacked(content, self._another)

    def _another(self, number: int, name: str) -> "_Remote":
        return _Remote(self._talk, number, name)


def _why(error: Exception) -> str:
    if isinstance(error, OutOfTime):
        return "It ran too long and was stopped."
    return "It ended before it had answered."


def mark(
    keeper: Keeper,
    cells: Sequence[tuple[str, str]],
    question: ExerciseCell,
    learner: str,
    until: float,
) -> Mark:
    """Return what becomes of an exercise.

    cells: the notebook's code cells, the id and the text of each. learner: whose numbers it has;
    empty for those of the text. until: when the notebook's time is over.
    """
    about = [source for cell, source in cells if cell == question.cell or question.name in source]
    if all(source.split() == question.stub.split() for source in about):
        return Mark(question.name, "open", "Not answered.")  # and no cage needs to be made
    deadline = min(until, time.monotonic() + EXERCISE_SECONDS)
    with keeper.cage(deadline) as (talk, notes), numbers_for(learner):
        state, message = _stated(talk, cells, question, learner)
        talk.end.close()
        did = _heard(notes)
    ended = [text for kind, text in did if kind == "ended"]
    if state == "stopped" and ended:
        message = f"{message} It {ended[0]}."
    return Mark(question.name, state, message, tuple(text for kind, text in did if kind == "did"))


def _stated(
    talk: Channel, cells: Sequence[tuple[str, str]], question: ExerciseCell, learner: str
) -> tuple[State, str]:
    """Return state and message, also where the cage ends too soon, too late or in nonsense."""
    try:
        return _judged(talk, cells, question, learner)
    except (Closed, OutOfTime) as error:
        return "stopped", _why(error)
    except KeyboardInterrupt as error:
        if not isinstance(error.__cause__, _Stopped):
            raise
        return "stopped", str(error)
    except (Unreadable, ValueError, TypeError, LookupError) as error:
        return "wrong", f"The answer can't be read: {error}."


def _judged(
    talk: Channel, cells: Sequence[tuple[str, str]], question: ExerciseCell, learner: str
) -> tuple[State, str]:
    numbers = all_numbers(question.name[:2])
    talk.send({
        "cells": list(cells),
        "question": list(question),
        "learner": learner,
        "numbers": {name: packed(values, _none) for name, values in numbers.items()},
    })  # fmt: skip
    kind, *content = talk.receive()
    if kind == "stub":
        return "open", "Not answered."
    if kind != "answer":
        return "wrong", f"The code {content[0]}"[:400]
    answer = unpacked(content[0], lambda number, name: _Remote(talk, number, name))
    verdict = evaluate(question.name, answer)
    state = "right" if verdict.passed else "wrong" if verdict.answered else "open"
    return state, "" if verdict.passed else verdict.message[:400]


def _none(function: Any) -> int:
    raise Unreadable("numbers hold no functions")


def _heard(notes: socket.socket) -> list[tuple[str, str]]:
    """Return what was noted of a cage, once it is gone: (`did` or `ended`, text)."""
    heard: list[tuple[str, str]] = []
    notes.settimeout(10)
    with suppress(OSError):
        while len(heard) < 50 and (content := notes.recv(4000)):
            with suppress(Unreadable, ValueError, TypeError):
                kind, text = from_bytes(content)
                heard.append((str(kind), " ".join(str(text).split())[:200]))
    return heard
