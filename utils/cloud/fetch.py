"""What a job left on a machine comes here: rsync over ssh, from where the job says it worked.

First into a folder beside, which rsync can go on with after any break; from there into the log
root and outputs/, over nothing that is there.
"""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from utils import settings
from utils.cloud.outputs import bring_all, is_empty, left_out
from utils.cloud.ssh_line import SshLine
from utils.errors import CourseError

__all__ = [
    "BY_HAND",
    "REPORT",
    "bring",
    "came_empty",
    "copy_here",
    "need_tools",
    "record",
    "records",
    "staging",
]

# Where a job notes how far it is and where it works, from where ssh starts; see job/common.sh.
REPORT = ".course-jobs/{name}/report"
# A file beside what a person has copied here by rsync, as a batch script's job tells to.
BY_HAND = "by-hand"


def staging(name: str) -> Path:
    """Return the folder beside the log root that a machine's files are copied to first."""
    return settings.build_dir() / "cloud" / name


def records() -> Path:
    """Return the folder of records: not in build/, which may be emptied while a job runs."""
    return settings.outputs_dir() / ".launched"


def record(name: str) -> Path:
    """Return the file that notes how a machine is reached that isn't SkyPilot's."""
    return records() / f"{name}.json"


def need_tools(more: Mapping[str, str] | None = None) -> None:
    """Raise CourseError unless ssh and rsync, which SkyPilot uses too, are on this machine.

    more: other programs that are needed, each with the package that brings it.
    """
    programs = {"ssh": "openssh-client", "rsync": "rsync", **(more or {})}
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        packages = " ".join(programs[program] for program in missing)
        named = f"{', '.join(missing[:-1])} and {missing[-1]}" if missing[1:] else missing[0]
        raise CourseError(
            f"A launch needs {named} on this machine, to send code and fetch runs.",
            f"Install with the system's package manager, such as apt or brew: {packages}",
        )


def copy_here(name: str, line: SshLine | None = None) -> str:
    """Copy what the machine's job made and its logs to staging(name), going on after a break.

    line: how to get there; as its record says, or by SkyPilot's own entry in ~/.ssh/config.

    Returns how far the job had got when it said where it works: `setup` or `run`.
    Raises CourseError where the machine can't be reached, the copy breaks off, or the job hasn't
    said where it works: no place is guessed, and none is made.
    """
    folder = staging(name)
    if (folder / BY_HAND).is_file():
        return "run"
    line = line or SshLine.load(record(name)) or SshLine(name)
    told = _report(name, line)
    try:
        line.bring(told["folder"], folder / "made", *_only_made(folder / "code"))
        if told.get("has_logs"):
            line.bring(told["logs"], folder / "logs")
    except CourseError as error:
        raise _from(name, error) from error
    return told["phase"]


def came_empty(name: str) -> bool:
    """Say whether nothing at all was copied that a job has made: neither a run nor a file."""
    return is_empty(staging(name) / "made", staging(name))


def bring(name: str) -> list[str]:
    """Move what was copied into the log root and outputs/; return sentences that say what came.

    Works without the machine: what an earlier copy_here has brought is on this disk.
    """
    folder = staging(name)
    if not (folder / "made").is_dir():
        raise CourseError(f"Nothing was copied from {name} yet.", "Is its name right?")
    sentences = bring_all(folder / "made", folder, name)
    logs = settings.runs_dir() / "logs" / name
    if any((folder / "logs").rglob("*.log")):
        shutil.copytree(folder / "logs", logs, dirs_exist_ok=True)
        sentences.append(f"Its logs are in {logs}.")
    return sentences


def _report(name: str, line: SshLine) -> dict[str, str]:
    file = shlex.quote(REPORT.format(name=name))
    logs = f"logs=$(sed -n 's/^logs=//p' {file}); [ ! -d \"$logs\" ] || echo has_logs=1"
    try:
        answer = line.ask(f"[ ! -f {file} ] || {{ cat {file}; {logs}; }}")
    except CourseError as error:
        raise _from(name, error) from error
    told = dict(row.split("=", 1) for row in answer.splitlines() if "=" in row)
    if not {"phase", "folder", "logs"} <= told.keys():
        raise CourseError(f"{name} can't be copied from: its job hasn't said where it works.")
    return told


def _only_made(sent: Path) -> list[str]:
    """Return rsync's options that leave out what is no result, and what is as it was sent."""
    options = [f"--exclude={pattern}" for pattern in left_out()]
    return [*options, f"--compare-dest={sent}"] if sent.is_dir() else options


def _from(name: str, error: CourseError) -> CourseError:
    problem = error.problem.partition(" can't be used: ")[2] or error.problem
    return CourseError(f"{name} can't be copied from: {problem}", error.remedy)
