"""TensorFlow's CPU kernels, its own (Eigen's) or oneDNN's: the faster ones on this machine.

TensorFlow takes oneDNN's by itself only where the processor has instructions made for neural
networks. On one with AVX2 and nothing newer, as most laptops have, it doesn't, though they may be
much faster there: that is measured, once a machine, and kept in the user's cache.

TensorFlow reads its switch when it is imported, so nothing here imports it.

Source: `DefaultOneDnnPolicy`, tensorflow/core/util/port.cc, and
https://www.intel.com/content/www/us/en/developer/articles/guide/optimization-for-tensorflow-installation-guide.html
"""

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import platformdirs

from utils import settings
from utils.errors import CourseError
from utils.files import lock, write_whole
from utils.networks.processor import cpu_flags, cpu_name

__all__ = [
    "SWITCH",
    "VALUES",
    "KernelTimes",
    "Kernels",
    "choose_kernels",
    "in_question",
    "remembered",
    "use",
]

Kernels = Literal["Eigen", "oneDNN"]
SWITCH = "TF_ENABLE_ONEDNN_OPTS"
# What it is set to for each.
VALUES: dict[Kernels, str] = {"Eigen": "0", "oneDNN": "1"}

# With one of these, as Linux spells them, TensorFlow takes oneDNN's kernels by itself.
_DECIDES_ITSELF = {
    *("avx512_vnni", "avx512_bf16", "avx_vnni"),
    *("amx_tile", "amx_int8", "amx_bf16"),
}
_GAIN = 1.1  # less than this is within what two measurements of the same differ by


@dataclass(frozen=True)
class KernelTimes:
    """What was measured on a machine, and what follows.

    machine, tensorflow: the processor's name and TensorFlow's version: where it holds.
    seconds: of one step of the studies' baseline, batch 96, float32, by each set of kernels;
        infinite where it failed.
    day: when, as ISO 8601.
    """

    machine: str
    tensorflow: str
    seconds: Mapping[str, float]
    day: str

    @property
    def gain(self) -> float:
        """Return how many times as fast oneDNN's kernels are."""
        return self.seconds["Eigen"] / self.seconds["oneDNN"]

    @property
    def kernels(self) -> Kernels:
        """Return the ones to take."""
        return "oneDNN" if self.gain >= _GAIN else "Eigen"


def choose_kernels() -> None:
    """Have TensorFlow compute by the faster kernels, in this process and those it starts.

    Call it before TensorFlow is imported; afterwards it does nothing. TF_ENABLE_ONEDNN_OPTS, where
    it is set, is left as it is. The first call on a machine may measure, which takes 10 to 20 s.
    """
    if SWITCH in os.environ or "tensorflow" in sys.modules or not in_question():
        return
    if choice := remembered() or _measured_once():
        use(choice.kernels)


def use(kernels: Kernels) -> None:
    """Have TensorFlow compute by these, in this process and those it starts.

    Once TensorFlow is imported it does nothing: this process can't change any more, and those it
    starts shall compute as it does.
    """
    if "tensorflow" not in sys.modules:
        os.environ[SWITCH] = VALUES[kernels]


def in_question(system: str = sys.platform, flags: frozenset[str] | None = None) -> bool:
    """Say whether TensorFlow has both sets of kernels here and takes its own.

    Its wheels for macOS have no oneDNN; on Windows and with newer instructions it is on already.
    flags: the processor's, as Linux tells them; this machine's unless given.
    """
    flags = cpu_flags() if flags is None else flags
    x86 = platform.machine() == "x86_64"
    return system == "linux" and x86 and not _DECIDES_ITSELF & flags


def remembered() -> KernelTimes | None:
    """Return what was measured on this machine with this TensorFlow, or None."""
    try:
        choice = KernelTimes(**json.loads(_cache().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none, or not ours: measured anew, and replaced
        return None
    here = choice.machine == cpu_name() and choice.tensorflow == version("tensorflow")
    return choice if here and {"Eigen", "oneDNN"} <= set(choice.seconds) else None


def _cache() -> Path:
    return platformdirs.user_cache_path("deep-learning-course") / "kernels.json"


def _measured_once() -> KernelTimes | None:
    """Measure and remember; wait for another process that does so now.

    None where the cache can't be written: without memory each start would measure again.
    """
    try:
        with lock(_cache().with_suffix(".lock")):
            if choice := remembered():
                return choice
            print("Measuring once which of TensorFlow's CPU kernels are faster here …",
                  file=sys.stderr, flush=True)  # fmt: skip
            choice = measure()
            if choice:
                write_whole(_cache(), json.dumps(asdict(choice)) + "\n")
            return choice
    except CourseError:
        return None


def measure() -> KernelTimes | None:
    """Time a step by each set of kernels, each in a process of its own.

    None where TensorFlow can't be tried: whoever imports it next sees why.
    """
    seconds: dict[str, float] = {}
    paths = [str(settings.ROOT), os.environ.get("PYTHONPATH", "")]
    for kernels, value in VALUES.items():
        # The choice is for the CPU; a GPU would hide it.
        environment = os.environ | {SWITCH: value, "CUDA_VISIBLE_DEVICES": "-1"}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        done = subprocess.run(
            [sys.executable, "-m", "utils.networks.tflearn_cnn.step_time"],
            capture_output=True, text=True, errors="replace", env=environment,
        )  # fmt: skip
        seconds[kernels] = math.inf if done.returncode else float(done.stdout)
    if math.isinf(seconds["Eigen"]):
        return None
    return KernelTimes(cpu_name(), version("tensorflow"), seconds, date.today().isoformat())


if __name__ == "__main__":
    choose_kernels()
