"""Runs and logs from a cloud's machine into the log root: rsync over SkyPilot's ssh entry.

First into a folder beside, which rsync can go on with after any break; then whole runs move into
the log root, and none that is there is overwritten.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from utils import settings
from utils.errors import CourseError
from utils.experiments.import_runs import bring_runs

__all__ = ["bring", "copy_here", "need_tools", "staging"]

# SkyPilot puts the code into ~/sky_workdir, where the course's log root is runs/.
_REMOTE = {"runs": "sky_workdir/runs", "logs": "sky_logs"}
_RSYNC = ("-az", *(f"--{option}" for option in ("partial-dir=.rsync-partial", "timeout=60")))
_SSH = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20")


def staging(name: str) -> Path:
    """Return the folder beside the log root that a machine's files are copied to first."""
    return settings.build_dir() / "cloud" / name


def need_tools() -> None:
    """Raise CourseError unless ssh and rsync, which SkyPilot uses too, are on this machine."""
    missing = [tool for tool in ("ssh", "rsync") if shutil.which(tool) is None]
    if missing:
        raise CourseError(
            f"A launch needs {' and '.join(missing)} on this machine, to send code and fetch runs.",
            "Install it with the system's package manager, such as apt or brew.",
        )


def copy_here(name: str, ssh: Sequence[str] = _SSH) -> Path:
    """Copy the machine's runs and logs to staging(name), going on where a break left off.

    ssh: the command and its options; the machine's own entry in ~/.ssh/config is SkyPilot's.

    Raises CourseError where the machine can't be reached or the copy breaks off.
    """
    folder = staging(name)
    _run([*ssh, name, "mkdir", "-p", *_REMOTE.values()], name)
    for part, remote in _REMOTE.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        source, target = f"{name}:{remote}/", f"{folder / part}/"
        _run(["rsync", *_RSYNC, "-e", " ".join(ssh), source, target], name)
    return folder


def bring(name: str) -> list[str]:
    """Move what was copied into the log root; return sentences that say what came.

    Works without the machine: what an earlier copy_here has brought is on this disk.
    """
    folder, runs = staging(name), settings.runs_dir()
    if not folder.is_dir():
        raise CourseError(f"Nothing was copied from {name} yet.", "Is its name right?")
    sentences = bring_runs(folder / "runs", runs)
    logs = runs / "logs" / name
    if any((folder / "logs").rglob("*.log")):
        shutil.copytree(folder / "logs", logs, dirs_exist_ok=True)
        sentences.append(f"Its logs are in {logs}.")
    return sentences


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise CourseError(f"{name} can't be copied from: {command[0]} says: {said}")
