"""SkyPilot's calls that need a real cloud: few, plain, one a method.

Whatever decides when to make them lies in sky.py; nothing here decides.
"""

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.cloud.library import close_state, skypilot
from utils.cloud.planning import validate

__all__ = ["PREFIX", "Cluster", "Clusters"]

# Every machine of the course bears this name's start; `--status` and `--stop` see no others.
PREFIX = "course-"


@dataclass(frozen=True)
class Cluster:
    """One launch's machine, or machines: name, state (`UP`, `INIT`, `STOPPED`) and what it is."""

    name: str
    state: str
    what: str


class Clusters:
    """The machines on the cloud. SkyPilot starts its own server for this, on 127.0.0.1 only."""

    def __init__(self) -> None:
        self._sky = skypilot()
        close_state()
        self._request: Any = None

    def launch(self, task: Mapping[str, Any], name: str, token: str) -> int:
        """Start machines, send the files, submit the job; return the job's number."""
        self._request = None
        self._request = self._sky.launch(validate(task, token), cluster_name=name)
        job, _handle = self._sky.stream_and_get(self._request)
        self._request = None
        return int(job)

    def cancel_launch(self) -> None:
        """Tell SkyPilot's server to give up the launch that was interrupted: it runs on there."""
        if self._request is not None:
            self._sky.get(self._sky.api_cancel(self._request, silent=True))
            self._request = None

    def down(self, name: str) -> None:
        """End the machines and all that is on them; return when the cloud has confirmed.

        Where SkyPilot knows no such machines there is nothing to end.
        """
        from sky import exceptions

        with contextlib.suppress(exceptions.ClusterDoesNotExist):
            self._sky.stream_and_get(self._sky.down(name))

    def known(self) -> list[Cluster]:
        """Return the course's machines, as the cloud itself tells, not as SkyPilot remembers."""
        records = self._sky.get(self._sky.status(refresh=self._sky.StatusRefreshMode.FORCE))
        return [
            Cluster(one["name"], one["status"].value, str(one.get("resources_str") or ""))
            for one in records
            if one["name"].startswith(PREFIX)
        ]

    def job_state(self, name: str, job: int | None = None) -> str:
        """Return a job's state (`RUNNING`, `SUCCEEDED`, …), of the last one if None; or ``."""
        jobs = [job] if job is not None else None
        states = self._sky.get(self._sky.job_status(name, jobs))
        state = next(iter(states.values()), None)
        return "" if state is None else str(state.value)

    def cancel_job(self, name: str) -> None:
        """End all jobs on the machines; the machines stay."""
        self._sky.get(self._sky.cancel(name, all=True))

    def show_logs(self, name: str, job: int | None = None, follow: bool = False) -> None:
        """Print what a job has written, of the last one if None; with follow, until it ends."""
        self._sky.tail_logs(name, job, follow=follow, output_stream=sys.stdout)
