"""Machines that were launched before: listed, watched, fetched from, ended."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from utils.cloud import fetch as transfer
from utils.cloud import skypilot
from utils.cloud.attend import Launcher, end
from utils.cloud.host import HostMachines
from utils.cloud.skypilot import PREFIX, Cluster
from utils.errors import CourseError

__all__ = ["fetch", "logs", "overview", "places", "status", "stop"]


@contextmanager
def places(name: str | None = None) -> Iterator[list[Launcher]]:
    """Yield who knows of machines: the records here, SkyPilot, or both where it may be either.

    name: the machine that is meant. A host's needs no SkyPilot, which takes seconds to start.
    Raises CourseError where only SkyPilot could know it and isn't installed.
    """
    found = _places(name)
    try:
        yield found
    finally:
        for one in found:
            one.leave()


def _places(name: str | None) -> list[Launcher]:
    hosts = HostMachines()
    known = [one.name for one in hosts.known()]
    if name in known or (skypilot.why_no_skypilot() and (known or hosts.were_used())):
        return [hosts]
    if known and name is None:
        return [hosts, skypilot.Clusters()] if skypilot.was_used() else [hosts]
    return [skypilot.Clusters()]


def overview(places: list[Launcher]) -> list[str]:
    """Return a line for each machine of the course, with the state of its job."""
    lines = [_line(machines, one) for machines in places for one in machines.known()]
    return lines or ["No machine of the course runs."]


def _line(machines: Launcher, one: Cluster) -> str:
    try:
        state, job = one.state, _job_state(machines, one)
    except CourseError:  # one that doesn't answer hides no other; `status` says why
        state, job = "SILENT", ""
    return f"{one.name:<32}{state:<9}{job:<13}{one.what}".rstrip()


def status(places: list[Launcher], name: str | None) -> str:
    """Return how a machine's last job stands, as one sentence."""
    machines, one = _pick(places, name)
    job = f"is {state}" if (state := _job_state(machines, one)) else "isn't known"
    return f"{one.name}: the state of its job {job}; the machine, {one.what}, is {one.state}."


def logs(places: list[Launcher], name: str | None, follow: bool = False) -> None:
    """Print what a machine's last job wrote."""
    machines, one = _pick(places, name)
    machines.show_logs(one.name, follow=follow)


def fetch(places: Callable[[], AbstractContextManager[list[Launcher]]], name: str | None) -> None:
    """Copy what a machine's job made and bring it; the machine goes on.

    places: asked only where the name alone doesn't say it.
    Where the machine is gone, what was copied earlier is brought; CourseError if nothing was.
    """
    if name and name.startswith(PREFIX) and (transfer.staging(name) / "made").is_dir():
        try:
            transfer.copy_here(name)
        except CourseError as error:
            print(f"{error} What was copied before is brought:")
    else:
        with places() as known:
            name = _pick(known, name)[1].name
        transfer.copy_here(name)
    for line in transfer.bring(name):
        print(line)


def stop(
    places: list[Launcher],
    name: str | None,
    discard: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """End a machine's job, fetch what it made, then end the machine.

    Without the fetch the machine isn't ended, unless discard says so: with its job ended a cloud's
    goes by itself when its idle minutes are over.
    """
    machines, one = _pick(places, name)
    if not discard:
        machines.cancel_job(one.name)
    end(machines, one.name, discard, pause)


def _job_state(machines: Launcher, one: Cluster) -> str:
    """Return the state of a machine's last job; empty where there is no job or no machine yet."""
    return machines.job_state(one.name) if one.state == "UP" else ""


def _pick(places: list[Launcher], name: str | None) -> tuple[Launcher, Cluster]:
    """Return the machine of that name, or the only one; raise CourseError otherwise."""
    known = {one.name: (machines, one) for machines in places for one in machines.known()}
    if name in known:
        return known[name]
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if not known:
        raise CourseError("No machine of the course runs.")
    problem = f"There is no machine {name}." if name else "More than one machine runs."
    raise CourseError(problem, f"Name one of: {', '.join(known)}. They start with {PREFIX}.")
