"""The processor's name and instructions, read from what Linux tells of it."""

import platform
from pathlib import Path

import pytest

from utils.networks import processor


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ("fpu avx2 avx512f avx512_bf16", True),
        ("fpu amx_bf16 amx_tile", True),
        ("fpu avx2 avx512f avx512_vnni", False),
        ("fpu not_avx512_bf16_but_alike", False),
    ],
)
def test_bfloat16_is_read_from_the_cpus_flags(tmp_path, flags, has):
    (tmp_path / "cpuinfo").write_text(f"model name\t: X\nflags\t\t: {flags}\nbugs\t:\n")
    assert processor.cpu_has_bfloat16(tmp_path / "cpuinfo") is has


def test_a_system_that_tells_no_flags_has_none(tmp_path):
    (tmp_path / "cpuinfo").write_text("Processor\t: ARMv8\n")
    assert processor.cpu_has_bfloat16(tmp_path / "cpuinfo") is False
    assert processor.cpu_has_bfloat16(tmp_path / "nowhere") is False


@pytest.mark.skipif(platform.system() != "Linux", reason="only Linux tells")
def test_detection_agrees_with_this_machine():
    words = Path("/proc/cpuinfo").read_text(errors="replace").split()
    assert processor.cpu_has_bfloat16() == bool({"avx512_bf16", "amx_bf16"} & set(words))


def test_the_name_is_the_one_that_linux_gives(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A: B\nflags\t: avx2\n")
    assert processor.cpu_name(tmp_path / "cpuinfo").startswith("A: B, ")


def test_a_system_without_cpuinfo_is_named_by_python(tmp_path):
    name = platform.processor() or platform.machine()
    assert processor.cpu_name(tmp_path / "nowhere").startswith(f"{name}, ")
