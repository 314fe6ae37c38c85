"""Launch a job on a cloud: translate, validate, price, ask, send, start.

What follows once it runs, and what is ended where it doesn't, lies in attend.py; SkyPilot's own
calls lie in skypilot.py.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.cloud import outputs, prices
from utils.cloud.access import need_access
from utils.cloud.attend import Options, start, watch
from utils.cloud.floyd.job import Job
from utils.cloud.prices import LaunchPlan, is_own, make_plan
from utils.cloud.sky_task import JUPYTER_PORT, TENSORBOARD_PORT, provider, slug, to_task
from utils.cloud.skypilot import PREFIX, Clusters, validate
from utils.cloud.upload import code_line, copy_code, whole_inputs
from utils.data import catalogue
from utils.errors import CourseError

__all__ = ["data_here", "launch", "new_name", "prepare"]


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

    Whatever can be refused is, before anything is asked or started.
    clusters: makes the connection to SkyPilot's server; called once the launch is confirmed.
    terminal: whether what is printed goes to a person's terminal; a token goes nowhere else.
    """
    _refuse(ready, terminal)
    need_access(ready.task, ready.options.infra)
    for line in _terms(ready):
        print(line)
    if not ready.options.yes and not confirm():
        print("Nothing was started.")
        return 1
    there = clusters()
    try:
        return _start_and_watch(ready, there, pause)
    finally:
        there.leave()


def _start_and_watch(ready: Prepared, there: Clusters, pause: Callable[[float], None]) -> int:
    token = secrets.token_urlsafe(24)
    task = {**ready.task, "workdir": str(copy_code(ready.job.folder, ready.name))}
    before = "before it goes"
    with whole_inputs(task.get("file_mounts", {}), ready.name) as mounts:
        number = start(there, task | ({"file_mounts": mounts} if mounts else {}), ready.name, token)
        return watch(
            there,
            ready.name,
            number,
            ready.options,
            lambda: _say_where(ready, token),
            before,
            pause,
        )


def _refuse(ready: Prepared, terminal: bool) -> None:
    plan = ready.plan
    if ready.job.mode == "jupyter" and _is_behind_a_login(ready):
        raise CourseError(
            "On a Slurm JupyterLab would run on a machine that ssh doesn't lead to.",
            "Run a job there, or open JupyterLab on a machine that `host` names.",
            ("host",),
        )
    if ready.job.mode == "jupyter" and not terminal:
        raise CourseError(
            "Jupyter's address holds a secret token that is shown on a terminal only.",
            "Launch from a terminal, without sending the output elsewhere.",
        )
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
        "Nobody watches: fetch it yourself before the machine goes."
        if ready.options.detach
        else "It is copied here every 5 minutes and fetched before the machine goes."
    )
    comes = outputs.terms(ready.name)
    costs = prices.price_lines(ready.plan, job, limits)
    lines = [*costs, *prices.limit_lines(job, limits), comes, watched]
    return [*job.notes, code_line(job.folder), *lines]


def _is_behind_a_login(ready: Prepared) -> bool:
    """Say whether ssh ends at another machine than the job's, which shares its disk alone."""
    return provider(ready.options.infra) == "slurm"


def _say_where(ready: Prepared, token: str) -> None:
    if _is_behind_a_login(ready):
        print(f"Submitted. Its TensorBoard is out of reach; see: course jobs fetch {ready.name}")
        return
    print(f"Submitted. In another terminal: {prices.tunnel(ready.name)}")
    print(f"Then TensorBoard is at http://127.0.0.1:{TENSORBOARD_PORT}")
    if ready.job.mode == "jupyter":
        print(f"and JupyterLab at http://127.0.0.1:{JUPYTER_PORT}/lab?token={token}", flush=True)
