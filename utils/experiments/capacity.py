"""How much fits on this machine at once: its cores and its free memory.

A container's limits count, as far as control groups of version 2 tell them.
"""

import os
from pathlib import Path

import psutil

__all__ = ["cores", "free_memory"]

CONTROL_GROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return how many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    return max(1, min(count, int(quota) // int(period))) if quota.isdigit() else count


def free_memory() -> int:
    """Return the bytes that are free for new processes."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit("memory.max"), _limit("memory.current")
    return min(free, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else free


def _limit(name: str) -> str:
    """Return what the control group says: numbers, or `max`; nothing where there is none."""
    try:
        return (CONTROL_GROUP / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
