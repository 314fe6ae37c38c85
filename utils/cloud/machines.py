"""`course launch --status`, `--logs`, `--fetch`, `--stop`: machines that were launched before."""

import time
from collections.abc import Callable

from utils.cloud.fetch import bring, copy_here, staging
from utils.cloud.launch import end
from utils.cloud.skypilot import PREFIX, Cluster, Clusters
from utils.errors import CourseError

__all__ = ["fetch", "logs", "status", "stop"]


def status(clusters: Clusters) -> list[str]:
    """Return a line for each machine of the course, with the state of its job."""
    lines = []
    for one in clusters.known():
        job = clusters.job_state(one.name) if one.state == "UP" else ""
        lines.append(f"{one.name:<32}{one.state:<9}{job:<13}{one.what}".rstrip())
    return lines or ["No machine of the course runs."]


def logs(clusters: Clusters, name: str | None, follow: bool = False) -> None:
    """Print what a machine's last job wrote."""
    clusters.show_logs(_pick(clusters, name), follow=follow)


def fetch(clusters: Callable[[], Clusters], name: str | None) -> None:
    """Copy a machine's runs and bring them into the log root; the machine goes on.

    Where the machine is gone, what was copied earlier is brought; CourseError if nothing was.
    """
    if name and staging(name).is_dir():
        try:
            copy_here(name)
        except CourseError as error:
            print(f"{error} What was copied before is brought:")
    else:
        name = _pick(clusters(), name)
        copy_here(name)
    for line in bring(name):
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
    name = _pick(clusters, name)
    if not discard:
        clusters.cancel_job(name)
    end(clusters, name, discard, pause)


def _pick(clusters: Clusters, name: str | None) -> str:
    """Return the machine of that name, or the only one; raise CourseError otherwise."""
    known: list[Cluster] = clusters.known()
    names = [one.name for one in known]
    if name is None and len(names) == 1:
        return names[0]
    if name in names:
        return str(name)
    if not names:
        raise CourseError("No machine of the course runs.")
    problem = f"There is no machine {name}." if name else "More than one machine runs."
    raise CourseError(problem, f"Name one of: {', '.join(names)}. They start with {PREFIX}.")
