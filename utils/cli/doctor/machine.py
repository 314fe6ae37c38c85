"""Python, disk, memory and ports: what the course finds on this machine."""

import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from utils.cli.doctor.findings import Finding, fault, note, ok

__all__ = ["PORTS", "check_disk", "check_memory", "check_port", "check_python", "check_writable"]

OLDEST, NEWEST = (3, 11), (3, 13)
PORTS = {8888: "JupyterLab", 6006: "TensorBoard"}
GIGABYTE = 10**9


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Compare Python's version with those that the course's packages exist for."""
    text = ".".join(map(str, version))
    if OLDEST <= version[:2] <= NEWEST:
        return ok("Python", text)
    remedy = "Install Python 3.11, 3.12 or 3.13 and make the environment anew with it."
    return fault("Python", f"{text} is not between 3.11 and 3.13.", remedy)


def check_writable(folder: Path) -> Finding:
    """Write a file where runs go, or where their folder would be made, and delete it."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as file:
            file.write(b"course doctor")
    except OSError as error:
        text = f"{folder} can't be written to: {error.strerror}."
        return fault("Runs", text, "Name a folder of your own by COURSE_RUNS.")
    return ok("Runs", f"{folder} can be written to")


def check_disk(
    folder: Path, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage
) -> Finding:
    """Compare the free space where runs go with what they need."""
    free = usage(_existing(folder))[2] / GIGABYTE
    remedy = "Make room, or name a folder on another disk by COURSE_RUNS."
    if free < 1:
        return fault("Disk", f"{free:.1f} GB free is too little to write runs.", remedy)
    if free < 3:
        return note("Disk", f"{free:.1f} GB free may run out.", remedy)
    return ok("Disk", f"{free:.0f} GB free")


def check_memory(available: int | None = None) -> Finding:
    """Compare the free memory, in bytes, with what a training and a browser take."""
    if available is None:
        import psutil  # comes with ipykernel

        available = psutil.virtual_memory().available
    free = available / GIGABYTE
    if free < 2:
        text = f"{free:.1f} GB free is little for a training beside a browser."
        return note("Memory", text, "Close other programs, and notebooks you don't use.")
    return ok("Memory", f"{free:.0f} GB free")


def check_port(port: int) -> Finding:
    """Find out whether another program listens there."""
    with socket.socket() as ours:
        ours.settimeout(1)
        if ours.connect_ex(("127.0.0.1", port)) != 0:
            return ok(f"Port {port}", f"free for {PORTS.get(port, 'a server')}")
    remedy = "Leave it so: `course lab` and `course tensorboard` take the next free port."
    return note(f"Port {port}", "is taken, perhaps by the course itself.", remedy)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest thing above it that exists."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())
