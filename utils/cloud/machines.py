"""Machines that were launched before: listed, watched, fetched from, ended."""

import time
from collections.abc import Callable

from utils.cloud import fetch as transfer
from utils.cloud.launch import end
from utils.cloud.skypilot import PREFIX, Cluster, Clusters
from utils.errors import CourseError

__all__ = ["fetch", "logs", "overview", "status", "stop"]


def overview(clusters: Clusters) -> list[str]:
    """Return a line for each machine of the course, with the state of its job."""
    lines = [
        f"{one.name:<32}{one.state:<9}{_job_state(clusters, one):<13}{one.what}".rstrip()
        for one in clusters.known()
    ]
    return lines or ["No machine of the course runs."]


def status(clusters: Clusters, name: str | None) -> str:
    """Return how a machine's last job stands, as one sentence."""
    one = _pick(clusters, name)
    job = f"is {state}" if (state := _job_state(clusters, one)) else "isn't known"
    return f"{one.name}: the state of its job {job}; the machine, {one.what}, is {one.state}."


def logs(clusters: Clusters, name: str | None, follow: bool = False) -> None:
    """Print what a machine's last job wrote."""
    clusters.show_logs(_pick(clusters, name).name, follow=follow)


def fetch(clusters: Callable[[], Clusters], name: str | None) -> None:
    """Copy a machine's runs and bring them into the log root; the machine goes on.

    Where the machine is gone, what was copied earlier is brought; CourseError if nothing was.
    """
    if name and name.startswith(PREFIX) and transfer.staging(name).is_dir():
        try:
            transfer.copy_here(name)
        except CourseError as error:
            print(f"{error} What was copied before is brought:")
    else:
        name = _pick(clusters(), name).name
        transfer.copy_here(name)
    for line in transfer.bring(name):
        print(line)


def stop(
    clusters: Clusters,
    name: str | None,
    discard: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """End a machine's job, fetch its runs, then end the machine.

    Without the fetch the machine isn't ended, unless discard says so: with its job ended it goes
    by itself when its idle minutes are over.
    """
    name = _pick(clusters, name).name
    if not discard:
        clusters.cancel_job(name)
    end(clusters, name, discard, pause)


def _job_state(clusters: Clusters, one: Cluster) -> str:
    """Return the state of a machine's last job; empty where there is no job or no machine yet."""
    return clusters.job_state(one.name) if one.state == "UP" else ""


def _pick(clusters: Clusters, name: str | None) -> Cluster:
    """Return the machine of that name, or the only one; raise CourseError otherwise."""
    known = {one.name: one for one in clusters.known()}
    if name in known:
        return known[name]
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if not known:
        raise CourseError("No machine of the course runs.")
    problem = f"There is no machine {name}." if name else "More than one machine runs."
    raise CourseError(problem, f"Name one of: {', '.join(known)}. They start with {PREFIX}.")
