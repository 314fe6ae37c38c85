"""A job on a machine of one's own that ssh reaches: the sent copy, the two scripts, a watchman.

The machine needs bash, rsync, GNU timeout and Python or uv; no right beyond the user's, no
account. All lies there in ~/.course-jobs/NAME, which goes once what the job made is here. Here a
small record, in outputs/.launched, says how to get there: so a job is found again.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from utils.cloud import fetch
from utils.cloud.attend import Options, start, watch
from utils.cloud.floyd.job import Job
from utils.cloud.launch import data_here, new_name
from utils.cloud.outputs import terms
from utils.cloud.script import JUPYTER_PORT, PYTHONS, TENSORBOARD_PORT, run_script, setup_script
from utils.cloud.sky_task import SETUP_LIMIT, TOKEN
from utils.cloud.skypilot import PREFIX, Cluster
from utils.cloud.ssh_line import SshLine
from utils.cloud.upload import code_line, copy_code
from utils.errors import CourseError
from utils.files import duration, free_port

__all__ = ["Equipment", "HostMachines", "host_scripts", "launch_on", "look_at", "preview"]

_PARTS = Path(__file__).resolve().parent / "job"
# GB that a job needs, at a guess: with an environment of one's own, with one made, with CUDA's.
ROOM_OWN, ROOM, ROOM_GPU = 0.1, 3.0, 8.0


@dataclass(frozen=True)
class Equipment:
    """What a machine has. environment: COURSE_VENV there. free: GB, where the home folder lies."""

    gpu: bool
    limiter: str
    environment: str
    free: float


def preview(job: Job, line: SshLine) -> list[str]:
    """Return what a launch says before it starts, of the job, the machine and what comes back."""
    one = "" if job.nodes == 1 else f" One machine, not {job.nodes}: no cluster."
    jupyter = " JupyterLab ends after 30 idle minutes." if job.mode == "jupyter" else ""
    return [
        *job.notes,
        code_line(job.folder),
        f"The job runs on {line.target}, in ~/{_folder('NAME')} there.{one}",
        f"It ends after {duration(job.max_runtime)} (max_runtime), whether this computer is on or "
        f"not.{jupyter}",
    ]


def launch_on(job: Job, line: SshLine, options: Options, terminal: bool, token: str) -> int:
    """Look at the machine, send, start, watch, fetch; return the command's exit status.

    terminal: whether what is printed goes to a person's terminal; a token goes nowhere else.
    Raises CourseError, before anything is made there, for what the machine or this one lacks.
    """
    fetch.need_tools()
    if job.mode == "jupyter" and not terminal:
        raise CourseError(
            "Jupyter's address holds a secret token that is shown on a terminal only.",
            "Launch from a terminal, without sending the output elsewhere.",
        )
    _refuse_buckets(job)
    place = look_at(line, job)
    name = new_name(job)
    print("\n".join([*preview(job, line), terms(name)]))
    machines = HostMachines(replace(job, nodes=1), line, place)
    number = start(machines, {}, name, token)

    def say_where() -> None:
        lab, board = free_port(first=JUPYTER_PORT), free_port(first=TENSORBOARD_PORT)  # here
        pairs = zip((lab, board), machines.ports, strict=True)
        forwards = " ".join(f"-L {ours}:127.0.0.1:{theirs}" for ours, theirs in pairs)
        print(f"Begun. In another terminal: {line.typed.replace('ssh', f'ssh -N {forwards}', 1)}")
        print(f"Then TensorBoard is at http://127.0.0.1:{board}")
        if job.mode == "jupyter":
            print(f"and JupyterLab at http://127.0.0.1:{lab}/lab?token={token}", flush=True)

    return watch(machines, name, number, options, say_where, "when you like")


def look_at(line: SshLine, job: Job) -> Equipment:
    """Ask a machine what it has; raise CourseError for what a job can't do without."""
    answer = line.ask(_part("host_probe.sh"))
    has = dict(re.findall(r"^course-(\w+)=(.*)$", answer, re.MULTILINE))

    def need(what: str, problem: str, remedy: str) -> None:
        if not has.get(what):
            raise CourseError(f"{line.target} can't run the job: {problem}", remedy)

    need("rsync", "it has no rsync.", "Have rsync installed there.")
    need("limiter", "it has no timeout command.", "Have GNU coreutils installed there.")
    if named := has.get("venv", ""):
        need(
            "venv_python", f"COURSE_VENV there is {named}, which has no bin/python.", "Correct it."
        )
    need(
        "python",
        f"it has neither uv nor a Python {PYTHONS} with venv.",
        "Install uv there, which needs no rights: https://docs.astral.sh/uv",
    )
    gpu = job.machine.startswith("gpu") and bool(has.get("gpu"))
    place = Equipment(gpu, has["limiter"], named, int(has.get("free") or 0) / 1e6)
    if has.get("free"):  # a system without `df` doesn't say
        _need_room(line, place)
    return place


def _need_room(line: SshLine, place: Equipment) -> None:
    needed = ROOM_OWN if place.environment else ROOM_GPU if place.gpu else ROOM
    if place.free < needed:
        raise CourseError(
            f"{line.target} can't run the job: {place.free:.1f} GB are free in its home folder, "
            f"and it needs about {needed:.1f} GB.",
            "Make room there, or set COURSE_VENV there to an environment that has the packages.",
        )


class HostMachines:
    """The machines that ssh reaches and that a record here names; see `attend.Launcher`."""

    stays = "What it made stays on the machine."

    def __init__(
        self, job: Job | None = None, line: SshLine | None = None, place: Equipment | None = None
    ) -> None:
        """With a job, its machine and what that has, for `launch`; without, for jobs that run."""
        self._new = (job, line, place)
        self.ports = (JUPYTER_PORT, TENSORBOARD_PORT)

    def launch(self, task: Mapping[str, Any], name: str, token: str) -> int:
        """Send the files and start the job; return its number, of which there is one."""
        del task  # SkyPilot's
        job, line, place = self._new
        assert job is not None and line is not None and place is not None
        there = _folder(name)
        code = copy_code(job.folder, name)
        line.save(fetch.record(name))  # from now on `course jobs` knows of it
        line.ask(f"umask 077; mkdir -p {there} && cd {there} && mkdir code input logs")
        line.send(code, f"{there}/code")
        for source, destination in _inputs(job):
            line.ask(f"mkdir -p {there}/input/{shlex.quote(destination)}")
            line.send(source, f"{there}/input/{destination}")
        script = _starting(job, name, token, place)
        told = dict(re.findall(r"^course-(\w+)=(\d+)$", line.ask(script), re.MULTILINE))
        if not {"lab", "board"} <= told.keys():
            raise CourseError(f"{line.target} didn't start the job.", "Is its disk full?")
        self.ports = (int(told["lab"]), int(told["board"]))
        return 1

    def cancel_launch(self) -> bool:
        """Do nothing: what was begun is a folder and perhaps a watchman, which `down` ends."""
        return True

    def down(self, name: str) -> None:
        """End the job, remove its folder there and the record here."""
        if line := _line(name):
            line.ask(_asking(name, "remove"))
            fetch.record(name).unlink()

    def known(self) -> list[Cluster]:
        """Return the machines that this computer has a record of."""
        lines = sorted(fetch.records().glob(f"{PREFIX}*.json"))
        found = {one.stem: SshLine.load(one) for one in lines}
        return [Cluster(name, "UP", line.typed) for name, line in found.items() if line]

    def were_used(self) -> bool:
        """Say whether any was ever launched on."""
        return fetch.records().is_dir()

    def job_state(self, name: str, job: int | None = None) -> str:
        """Return what the watchman noted; LOST where it is no more, GONE where its folder isn't."""
        return _known(name).ask(_asking(name, "tell_state")).strip().rpartition("\n")[2]

    def cancel_job(self, name: str) -> None:
        """End the job, and return when all of it has ended."""
        _known(name).ask(_asking(name, "stop"))

    def show_logs(self, name: str, job: int | None = None, follow: bool = False) -> None:
        """Print what the job has written; with follow, until it ends."""
        script = _asking(name, "follow_log" if follow else "show_log")
        with _known(name).stream(script) as process:
            assert process.stdout is not None
            try:
                for row in process.stdout:
                    print(row, end="", flush=True)
            finally:
                process.terminate()

    def leave(self) -> None:
        """Do nothing: no server of ours runs for this."""

    def not_ended(self, name: str) -> tuple[str, str]:
        """Return what it means that a job couldn't be ended, and what a person is to do."""
        remedy = f"Try again: course jobs stop {name}. If the machine is gone for good, delete "
        return "may still be running", f"{remedy}{fetch.record(name)}"


def _folder(name: str) -> str:
    return fetch.REPORT.format(name=name).rpartition("/")[0]


def _line(name: str) -> SshLine | None:
    return SshLine.load(fetch.record(name))


def _known(name: str) -> SshLine:
    line = _line(name)
    if line is None:
        raise CourseError(f"How {name} is reached isn't noted here any more.")
    return line


def _refuse_buckets(job: Job) -> None:
    if buckets := [one.source for one in job.inputs if one.kind == "bucket"]:
        raise CourseError(
            f"{', '.join(buckets)} can't be mounted there: `host` takes folders and data sets.",
            "Give a folder of this machine instead: `data` FOLDER:DESTINATION",
            ("host", "data"),
        )


def _inputs(job: Job) -> list[tuple[Path, str]]:
    """Return what is sent as input, and where to; data sets that aren't here are fetched there."""
    found = data_here(job)
    paths = [(found.get(one.source, Path(one.source)), one) for one in job.inputs]
    return [
        (path, one.destination) for path, one in paths if one.kind == "local" or one.source in found
    ]


def _starting(job: Job, name: str, token: str, place: Equipment) -> str:
    """Return the bash that writes a job's scripts there, starts it, and says its two ports."""
    values = {
        "COURSE_SETUP_LIMIT": str(SETUP_LIMIT),
        "COURSE_LIMITER": place.limiter,
        **({TOKEN: token} if job.mode == "jupyter" else {}),
        **({"COURSE_DESCRIPTION": job.description} if job.description else {}),
    }
    parts = {
        "setup.sh": setup_script(job, place.gpu),
        "run.sh": run_script(job),
        "host.sh": _asking(name, _watchman()),
        "env.sh": "".join(f"export {key}={shlex.quote(value)}\n" for key, value in values.items()),
    }
    writes = [f"printf %s {shlex.quote(text)} > {file}" for file, text in parts.items()]
    begin = f"cd {_folder(name)} || exit 1\numask 077"
    return "\n".join([begin, *writes, "umask 022", _start()])


def host_scripts() -> dict[str, str]:
    """Return the bash that goes to a machine beside a job's own two scripts, by its name."""
    return {
        "host": _asking("course-x", _watchman()),
        "host-start": _start(),
        "host-probe": _part("host_probe.sh"),
    }


def _asking(name: str, what: str) -> str:
    """Return bash that knows how to ask about a job, and what it is to do."""
    return f"folder={_folder(name)}\n{_part('host_ask.sh')}\n{what}\n"


def _watchman() -> str:
    return _part("part.sh") + _part("host.sh")


def _start() -> str:
    return _part("place.sh") + _part("host_start.sh")


def _part(file: str) -> str:
    return (_PARTS / file).read_text(encoding="utf-8")
