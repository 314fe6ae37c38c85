"""SkyPilot's calls that need a real cloud: few, plain, one a method.

Whatever decides when to make them lies in launch.py; nothing here decides.
"""

import contextlib
import copy
import importlib.util
import io
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.cloud import sky_server
from utils.cloud.floyd.schema import quick_jsonschema
from utils.errors import CourseError

__all__ = [
    "Cluster",
    "Clusters",
    "PREFIX",
    "close_state",
    "in_words",
    "need_skypilot",
    "quiet",
    "skypilot",
    "validate",
    "was_used",
    "why_no_skypilot",
]

# Every machine of the course bears this name's start; `course jobs` sees no others.
PREFIX = "course-"


@dataclass(frozen=True)
class Cluster:
    """One launch's machine, or machines: name, state (`UP`, `INIT`, `STOPPED`) and what it is."""

    name: str
    state: str
    what: str


class Clusters:
    """The machines on the cloud. SkyPilot starts its own server for this, on 127.0.0.1 only.

    Whoever is done with it says so by `leave`, which ends that server where nothing is left.
    """

    stays = "It ends itself when its idle minutes are over, and what it made is gone with it."

    def __init__(self) -> None:
        self._sky = skypilot()
        close_state()
        sky_server.need_own_server()
        sky_server.leave_a_mark()
        self._starting, self._was_asked = "", True

    def launch(self, task: Mapping[str, Any], name: str, token: str) -> int:
        """Start machines, send the files, submit the job; return the job's number."""
        self._starting, self._was_asked = name, False
        sky_server.start()
        self._was_asked = True
        request = self._sky.launch(validate(task, token), cluster_name=name)
        job, _handle = self._sky.stream_and_get(request)
        self._starting = ""
        return int(job)

    def cancel_launch(self) -> bool:
        """Tell SkyPilot's server to give up the launch that was interrupted: it runs on there.

        The server is asked for it: its number may not have come back before. Returns whether
        there may be machines: not where the server itself wasn't up yet.
        """
        if not self._was_asked:
            return False
        if self._starting and (requests := self._sky.api_status(cluster_name=self._starting)):
            numbers = [one.request_id for one in requests]
            self._sky.get(self._sky.api_cancel(numbers, silent=True))
        self._starting = ""
        return True

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

    def leave(self) -> None:
        """End SkyPilot's server if the course has started it and no machine is left."""
        try:
            with quiet():
                sky_server.end_if_idle(self._sky)
        except Exception as error:  # what was asked for is done, or has failed already
            with contextlib.suppress(OSError):  # the terminal may have gone
                print(f"SkyPilot's server may still run: {in_words(error)}. End it: sky api stop")

    def not_ended(self, name: str) -> tuple[str, str]:
        """Return what it means that machines couldn't be ended, and what a person is to do."""
        remedy = f"Run this now, and look at your cloud's own console: sky down -y {name}"
        return "may be costing money", remedy


def validate(task: Mapping[str, Any], token: str | None = None) -> Any:
    """Return SkyPilot's own Task of it; raise CourseError with SkyPilot's words if it refuses.

    token: the value of the secret JUPYTER_TOKEN; goes past the text that SkyPilot stores.
    """
    sky = skypilot()
    from sky import exceptions

    secrets = [(name, token) for name in task.get("secrets", {})] if token else None
    try:
        made = sky.Task.from_yaml_config(_copied(task), secrets_overrides=secrets)
        made.expand_and_validate_workdir()
        made.expand_and_validate_file_mounts()
    except (ValueError, exceptions.StorageError, exceptions.NotSupportedError) as error:
        raise CourseError(f"SkyPilot refuses the task: {in_words(error)}") from error
    return made


def _copied(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy that SkyPilot may take apart, as it does."""
    return copy.deepcopy(dict(task))


# SkyPilot sends its maintainers a record of each call unless this is set before it is imported;
# its server, a child of this process, inherits it.
_NO_USAGE = {"SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}


_INSTALL = "Install it with: pip install -e '.[cloud]'."


def why_no_skypilot() -> CourseError | None:
    """Return why SkyPilot can't be used on this machine, or None where it can."""
    if sys.platform == "win32":
        return CourseError("SkyPilot doesn't run on Windows itself.", "Use it in WSL.")
    if importlib.util.find_spec("sky") is None:
        return CourseError("SkyPilot, the extra `cloud`, isn't installed.", _INSTALL)
    return None


def need_skypilot() -> None:
    """Raise CourseError where SkyPilot can't be used on this machine."""
    if problem := why_no_skypilot():
        raise problem


def was_used() -> bool:
    """Say whether SkyPilot is here and has ever been used: else it knows of no machine."""
    return why_no_skypilot() is None and (Path.home() / ".sky").is_dir()


def skypilot() -> Any:
    """Import SkyPilot and return it; raise CourseError where it can't be used."""
    need_skypilot()
    os.environ.update(_NO_USAGE)
    quick_jsonschema()  # which SkyPilot imports as it is
    import sky

    return sky


def close_state() -> None:
    """Let only this user into ~/.sky: SkyPilot's server keeps each launch there, its token too."""
    state = Path.home() / ".sky"
    state.mkdir(exist_ok=True)
    state.chmod(0o700)


def in_words(said: BaseException | str) -> str:
    """Return what SkyPilot says, an error too, as one line without colours or a full stop."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(said))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return (" ".join(lines[:3]) if lines else type(said).__name__)[:400].rstrip(".")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep SkyPilot's progress marks, meant for its own server, and its log off the terminal."""
    log = logging.getLogger("sky")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        log.setLevel(before)
