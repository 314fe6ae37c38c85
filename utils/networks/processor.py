"""This machine's processor: its name, and the instructions that it has.

Only Linux tells the instructions; elsewhere none are known.
"""

import os
import platform
from pathlib import Path

__all__ = ["cpu_flags", "cpu_has_bfloat16", "cpu_name"]

CPUINFO = Path("/proc/cpuinfo")


def cpu_flags(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """Return the instruction sets' names as Linux writes them, such as `avx2`; else none."""
    return frozenset(_value(cpuinfo, "flags").split())


def cpu_has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Say whether this CPU multiplies bfloat16 in hardware (AVX512_BF16 or AMX).

    Where it doesn't, bfloat16 is slower than float32. Only Linux tells: elsewhere False.
    """
    return bool({"avx512_bf16", "amx_bf16"} & cpu_flags(cpuinfo))


def cpu_name(cpuinfo: Path = CPUINFO) -> str:
    """Return the processor's name and its number of cores, such as `AMD EPYC, 2 cores`."""
    name = _value(cpuinfo, "model name") or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def _value(cpuinfo: Path, key: str) -> str:
    """Return the first value of a key in /proc/cpuinfo; empty where there is none."""
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")
