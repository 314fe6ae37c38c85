"""Launch a job on a cloud: what is done in which order, so that no money and no run is lost.

Before anything starts: read, translate, validate, price, ask. What starts and doesn't come to run
is torn down. Runs are fetched before a machine goes. SkyPilot's own calls lie in skypilot.py.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.cloud import fetch, prices
from utils.cloud.floyd.job import Job
from utils.cloud.prices import LaunchPlan, is_own, make_plan
from utils.cloud.sky_task import JUPYTER_PORT, TENSORBOARD_PORT, Limits, slug, to_task
from utils.cloud.skypilot import PREFIX, Clusters, in_words, validate
from utils.cloud.upload import code_line, copy_code
from utils.data import catalogue
from utils.errors import CourseError

__all__ = ["Options", "attend", "data_here", "end", "launch", "new_name", "prepare", "start"]

_GOING = ("", "INIT", "PENDING", "SETTING_UP", "RUNNING")
_POLL = 30.0  # seconds between two looks at the job
_COPY_EVERY = 10  # looks: 5 minutes of work is what a lost machine can cost
_LOST_AFTER = 10  # looks in a row that failed


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


@dataclass(frozen=True)
class Prepared:
    """A job that is ready to start, and what it may cost."""

    job: Job
    name: str
    task: dict[str, Any]
    plan: LaunchPlan
    options: Options


def new_name(job: Job) -> str:
    """Return a name for a launch's machines: `course-studies-3f9a1c`."""
    return f"{PREFIX}{slug(job.task) or job.mode}-{secrets.token_hex(3)}"


def data_here(job: Job) -> dict[str, Path]:
    """Return name → place of the course data sets among the inputs that are on this machine."""
    names = [one.source for one in job.inputs if one.kind == "dataset"]
    found = {name: catalogue.find(catalogue.get(name)) for name in names}
    return {name: one.path for name, one in found.items() if one is not None}


def prepare(job: Job, options: Options, name: str) -> Prepared:
    """Translate, validate and price a job; nothing starts.

    Raises CourseError where SkyPilot refuses the task or everything is over the hourly limit.
    """
    found = data_here(job)
    task = to_task(job, name, options.limits, options.infra, found=found)
    plan = make_plan(task, options.infra)
    if plan.places:
        task = to_task(job, name, options.limits, places=plan.places, found=found)
        validate(task)
    return Prepared(job, name, task, plan, options)


def launch(
    ready: Prepared,
    clusters: Callable[[], Clusters],
    confirm: Callable[[], bool],
    terminal: bool,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Confirm, start, watch, fetch, end; return the command's exit status.

    clusters: makes the connection to SkyPilot's server; called once the launch is confirmed.
    terminal: whether what is printed goes to a person's terminal; a token goes nowhere else.
    """
    job, options = ready.job, ready.options
    _refuse_unpriced(ready)
    if job.mode == "jupyter" and not terminal:
        raise CourseError(
            "Jupyter's address holds a secret token that is shown on a terminal only.",
            "Launch from a terminal, without sending the output elsewhere.",
        )
    for line in _terms(ready):
        print(line)
    if not options.yes and not confirm():
        print("Nothing was started.")
        return 1
    there = clusters()
    token = secrets.token_urlsafe(24)
    task = {**ready.task, "workdir": str(copy_code(job.folder, ready.name))}
    number = start(there, task, ready.name, token)
    with _goes_on(ready.name):
        _say_where(ready, token)
        if options.detach:
            print(f"Fetch its runs before it goes: course jobs fetch {ready.name}")
            return 0
        return attend(there, ready.name, number, options.follow, pause)
    return 130


def start(clusters: Clusters, task: dict[str, Any], name: str, token: str) -> int:
    """Start the machines and the job; return its number.

    Whatever goes wrong before the job is submitted, Ctrl-C too, ends the machines first.
    """
    print(f"Starting {name} …", flush=True)
    try:
        return clusters.launch(task, name, token)
    except BaseException as error:
        print("The launch broke off: ending what it started …", flush=True)
        _tear_down(clusters, name)
        if isinstance(error, Exception) and not isinstance(error, CourseError):
            raise CourseError(
                f"The launch failed: {in_words(error)}.", "What it had started is ended."
            ) from error
        raise


def attend(
    clusters: Clusters,
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
        print(f"\n{name} goes on. Fetch its runs and end it: course jobs stop {name}")


def end(
    clusters: Clusters,
    name: str,
    discard: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch the runs, then end the machines; with discard, end them without.

    Raises CourseError, and leaves the machines to their own limits, where the fetch fails.
    """
    if not discard:
        _fetch(name, pause)
    _tear_down(clusters, name)
    print(f"{name} is gone.")


def _until_end(clusters: Clusters, name: str, number: int, pause: Callable[[float], None]) -> str:
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
        pause(_POLL)


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


def _fetch(name: str, pause: Callable[[float], None], tries: int = 3) -> None:
    for left in reversed(range(tries)):
        try:
            fetch.copy_here(name)
            break
        except CourseError as error:
            if not left:
                raise CourseError(
                    f"The runs weren't fetched, so {name} was left running: {error}",
                    "It ends itself when its idle minutes are over, and the runs with it. "
                    f"Try again soon: course jobs stop {name}. "
                    f"Give the runs up: course jobs stop {name} `discard`.",
                    ("discard",),
                ) from error
            pause(10)
    try:
        print("\n".join(fetch.bring(name)))
    except (CourseError, OSError) as error:  # they are on this disk: no reason to go on paying
        print(f"Fetched, but left in {fetch.staging(name)}: {error}")


def _tear_down(clusters: Clusters, name: str) -> None:
    """End the machines and make sure of it; say plainly where that fails."""
    try:
        clusters.cancel_launch()
        clusters.down(name)
        if name in [one.name for one in clusters.known()]:
            clusters.down(name)  # the launch had been on its way and came after the first
            if name in [one.name for one in clusters.known()]:
                raise CourseError("it is still there")
    except BaseException as error:
        raise CourseError(
            f"{name} could NOT be ended and may be costing money: {in_words(error)}.",
            f"Run this now, and look at your cloud's own console: sky down -y {name}",
        ) from error


def _refuse_unpriced(ready: Prepared) -> None:
    plan = ready.plan
    if plan.assumed:
        raise CourseError(
            "SkyPilot finds no cloud account on this machine.",
            "Set one up (docs/cloud.md), see it with `sky check`, or try `dry_run`.",
            ("dry_run",),
        )
    if not plan.offers and not is_own(ready.options.infra):
        why = " ".join(plan.notes) or "No machine in the price list fits."
        raise CourseError(f"Without a price nothing is started. {why}", "Try again later.")


def _terms(ready: Prepared) -> list[str]:
    job, limits = ready.job, ready.options.limits
    watched = (
        "Nobody watches: fetch the runs yourself before the machine goes."
        if ready.options.detach
        else "Runs are copied here every 5 minutes and fetched before the machine goes."
    )
    costs = prices.price_lines(ready.plan, job, limits)
    return [*job.notes, code_line(job.folder), *costs, *prices.limit_lines(job, limits), watched]


def _say_where(ready: Prepared, token: str) -> None:
    print(f"Submitted. In another terminal: {prices.tunnel(ready.name)}")
    print(f"Then TensorBoard is at http://127.0.0.1:{TENSORBOARD_PORT}")
    if ready.job.mode == "jupyter":
        print(f"and JupyterLab at http://127.0.0.1:{JUPYTER_PORT}/lab?token={token}", flush=True)
