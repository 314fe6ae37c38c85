"""A job on a machine elsewhere, from its start to its end, so that no run and no money is lost.

What doesn't come to run is ended. A job is watched and copied from; what it made is fetched
before its machine goes. Which machines there are, and how each is asked, is `Launcher`' matter.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from utils.cloud import fetch
from utils.cloud.sky_task import Limits
from utils.cloud.skypilot import Cluster, in_words
from utils.errors import CourseError

__all__ = ["Launcher", "Options", "attend", "end", "start", "watch"]

_GOING = ("", "INIT", "PENDING", "SETTING_UP", "RUNNING")
_POLL = 30.0  # seconds between two looks at the job
_COPY_EVERY = 10  # looks: 5 minutes of work is what a lost machine can cost
_LOST_AFTER = 10  # looks in a row that failed


class Launcher(Protocol):
    """What a launch asks of machines, wherever they are; `Clusters` says it of SkyPilot's.

    stays: what becomes of a machine whose results weren't fetched. leave: said when all is asked.
    """

    stays: str

    def launch(self, task: Mapping[str, Any], name: str, token: str) -> int: ...
    def cancel_launch(self) -> bool: ...
    def down(self, name: str) -> None: ...
    def known(self) -> list[Cluster]: ...
    def job_state(self, name: str, job: int | None = None) -> str: ...
    def cancel_job(self, name: str) -> None: ...
    def show_logs(self, name: str, job: int | None = None, follow: bool = False) -> None: ...
    def not_ended(self, name: str) -> tuple[str, str]: ...
    def leave(self) -> None: ...


@dataclass(frozen=True)
class Options:
    """How to launch: where, under which limits, and who watches.

    infra: `aws`, `gcp/us-central1`, `kubernetes`, …; empty for the cheapest with an account.
    yes: don't ask. follow: print the job's logs. detach: return once the job is submitted.
    """

    infra: str = ""
    limits: Limits = Limits()
    yes: bool = False
    follow: bool = False
    detach: bool = False


def watch(
    machines: Launcher,
    name: str,
    number: int,
    options: Options,
    say_where: Callable[[], None],
    when: str,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Say where a job that has begun is to be seen, then attend to it unless it is detached.

    when: by when a person has to fetch what it makes then.
    """
    with _goes_on(name):
        say_where()
        if options.detach:
            print(f"Fetch what it makes {when}: course jobs fetch {name}")
            return 0
        return attend(machines, name, number, options.follow, pause)
    return 130


def start(clusters: Launcher, task: dict[str, Any], name: str, token: str) -> int:
    """Start the machines and the job; return its number.

    Whatever goes wrong before the job is submitted, Ctrl-C too, ends the machines first.
    """
    print(f"Starting {name} …", flush=True)
    try:
        return clusters.launch(task, name, token)
    except BaseException as error:
        with suppress(OSError):  # the terminal may be the very thing that has gone
            print("The launch broke off: ending what it started …", flush=True)
        _tear_down(clusters, name)
        if cut_off := _interrupt_behind(error):
            raise cut_off from None
        if isinstance(error, Exception) and not isinstance(error, CourseError):
            raise CourseError(
                f"The launch failed: {in_words(error)}.", "What it had started is ended."
            ) from error
        raise


def _interrupt_behind(error: BaseException) -> KeyboardInterrupt | None:
    """Return the interrupt in whose course an error came up; None where there is none.

    SkyPilot's display, cut off as it begins or ends a line, fails while it unwinds.
    """
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, KeyboardInterrupt):
        behind = behind.__context__
    return behind


def attend(
    clusters: Launcher,
    name: str,
    number: int,
    follow: bool,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Watch a job to its end, copying its runs meanwhile; then fetch them and end the machines.

    Ctrl-C ends the watching, not the job. Returns 0 where the job succeeded, 1 where it didn't,
    130 after Ctrl-C.
    """
    with _goes_on(name):
        print("Watching until the job ends; Ctrl-C stops watching, the job goes on.", flush=True)
        if follow:
            logs = threading.Thread(
                target=clusters.show_logs, args=(name, number, True), daemon=True, name="logs"
            )
            logs.start()
        state = _until_end(clusters, name, number, pause)
        print(f"The job has ended: {state}.", flush=True)
        end(clusters, name, pause=pause)
        return 0 if state == "SUCCEEDED" else 1
    return 130


@contextmanager
def _goes_on(name: str) -> Iterator[None]:
    """Say at Ctrl-C how to get at a machine that goes on, and leave the block."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"\n{name} goes on. Fetch what it made and end it: course jobs stop {name}")


def end(
    clusters: Launcher,
    name: str,
    discard: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch the runs, then end the machines; with discard, end them without.

    Raises CourseError, and leaves the machines to their own limits, where the fetch fails, and
    where it brings nothing at all of a job that ran.
    """
    if not discard:
        _fetch(name, clusters.stays, pause)
    _tear_down(clusters, name)
    print(f"{name} is gone.")


def _until_end(clusters: Launcher, name: str, number: int, pause: Callable[[float], None]) -> str:
    missed = looks = 0
    while True:
        try:
            state = clusters.job_state(name, number)
            missed = 0
        except Exception as error:  # the network, a sleeping laptop, a machine that is gone
            missed += 1
            if missed == _LOST_AFTER:
                raise _lost(name, error) from error
            state = ""
        if state not in _GOING:
            return state
        looks += 1
        if looks % _COPY_EVERY == 0 and state == "RUNNING":
            _copy_meanwhile(name)
        pause(min(_POLL, 2.0**looks))  # what fails, fails soon


def _copy_meanwhile(name: str) -> None:
    try:
        fetch.copy_here(name)
    except CourseError as error:
        print(f"Not copied this time: {error}", flush=True)


def _lost(name: str, error: Exception) -> CourseError:
    return CourseError(
        f"{name} can't be reached any more: {in_words(error)}.",
        "See whether it runs with: course jobs. "
        f"Get what was copied so far with: course jobs fetch {name}.",
    )


def _fetch(name: str, stays: str, pause: Callable[[float], None], tries: int = 3) -> None:
    """Fetch what the job made; raise CourseError where that fails, or nothing came of a job.

    stays: a sentence that says what becomes of the machine then.
    """
    for left in reversed(range(tries)):
        try:
            phase = fetch.copy_here(name)
            break
        except CourseError as error:
            if not left:
                raise CourseError(
                    f"What the job made wasn't fetched, so {name} was left running: {error}",
                    f"{stays} Try again: course jobs stop {name}. "
                    f"Give it up: course jobs stop {name} `discard`.",
                    ("discard",),
                ) from error
            pause(10)
    if phase != "setup" and fetch.came_empty(name):
        raise CourseError(
            f"Nothing came back of {name}, whose job ran: no run and no file. So it was left.",
            f"{stays} Look at it once more: course jobs logs {name}. "
            f"Give it up: course jobs stop {name} `discard`.",
            ("discard",),
        )
    try:
        print("\n".join(fetch.bring(name)))
    except (CourseError, OSError) as error:  # they are on this disk: no reason to go on paying
        print(f"Fetched, but left in {fetch.staging(name)}: {error}")


def _tear_down(clusters: Launcher, name: str) -> None:
    """End the machines and make sure of it; say plainly where that fails."""
    try:
        if not clusters.cancel_launch():
            return  # it broke off before anything was asked for
        clusters.down(name)
        if name in [one.name for one in clusters.known()]:
            clusters.down(name)  # the launch had been on its way and came after the first
            if name in [one.name for one in clusters.known()]:
                raise CourseError("it is still there")
    except BaseException as error:
        what, remedy = clusters.not_ended(name)
        raise CourseError(
            f"{name} could NOT be ended and {what}: {in_words(error)}.", remedy
        ) from error
