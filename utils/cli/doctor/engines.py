"""Try TensorFlow, Keras and TFLearn in a process of their own and tell what came of it.

A library that is missing, crashes or hangs ends that process, not the doctor.
"""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from utils import settings
from utils.cli.doctor.findings import Finding, fault, note, ok
from utils.cli.doctor.software import INSTALL
from utils.networks.onednn import in_question, remembered

__all__ = ["check_engines"]

PATIENCE = 300  # seconds; the first import after an installation is a slow one
OLDEST_GPU = (7, 5)  # the least compute capability that the pinned cuDNN has kernels for
ILLEGAL_INSTRUCTION = (-4, 0xC000001D)  # SIGILL, and what Windows calls it

# Says after each stage what it found, so that the first stage without a line is the broken one.
PROBE = """
import json
from utils.networks.quiet import quiet_stderr

def say(**facts):
    print("found", json.dumps(facts), flush=True)

with quiet_stderr():
    import tensorflow as tf
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
say(
    tensorflow=tf.__version__,
    gpus=[about.get("device_name", "GPU") for about in details],
    capabilities=[about.get("compute_capability") for about in details],
)
import keras
say(keras=keras.__version__)
from utils.networks.tflearn_cnn.compat import kernels_in_use, new_graph, precision_in_use, tflearn
say(precision=precision_in_use(), kernels=kernels_in_use())
new_graph(seed=0)
network = tflearn.fully_connected(tflearn.input_data([None, 2]), 1)
tflearn.DNN(tflearn.regression(network, loss="mean_square")).fit_batch([[0.0, 1.0]], [[1.0]])
say(learns=True)
"""
STAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "precision": "TFLearn", "learns": "TFLearn"}
PRECISIONS = {
    "bfloat16": "bfloat16, which this CPU multiplies in hardware",
    "TF32": "TF32, float32 of which the GPU multiplies the first 11 binary digits",
    "float32": "float32, for want of a CPU known to multiply bfloat16 in hardware",
}


def check_engines(
    python: str = sys.executable,
    patience: float = PATIENCE,
    probe: str = PROBE,
    which: Callable[[str], str | None] = shutil.which,
) -> list[Finding]:
    """Import all three, look for devices and learn one step.

    python: the one to try. patience: seconds until it counts as hanging.
    which: finds `nvidia-smi` where the machine has an NVIDIA GPU.
    """
    paths = [str(settings.ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    try:
        done = subprocess.run(
            [python, "-c", probe], capture_output=True, text=True, errors="replace",
            timeout=patience, env=environment,
        )  # fmt: skip
        output, trouble = done.stdout, _trouble(done)
    except subprocess.TimeoutExpired as error:
        held = error.stdout or ""  # bytes on Linux and macOS, whatever was asked for
        output = held.decode(errors="replace") if isinstance(held, bytes) else held
        trouble = f"gave no answer for {patience:g} s.", "Close other programs and try again."
    facts: dict[str, Any] = {}
    for line in output.splitlines():
        if line.startswith("found "):
            facts |= json.loads(line.removeprefix("found "))
    findings = _about(facts, which)
    broken = next((name for fact, name in STAGES.items() if fact not in facts), None)
    if broken:
        findings.append(fault(broken, *trouble))
    return findings


def _about(facts: Mapping[str, Any], which: Callable[[str], str | None]) -> list[Finding]:
    """Return what is well, as far as the probe came."""
    findings = []
    if "tensorflow" in facts:
        findings += [ok("TensorFlow", facts["tensorflow"]), _devices(facts, which)]
    if "keras" in facts:
        findings.append(ok("Keras", facts["keras"]))
    if "precision" in facts:
        findings.append(ok("Precision", _precision(facts["precision"], facts["kernels"])))
        findings.append(ok("Kernels", _kernels(facts["kernels"])))
    if "learns" in facts:
        findings.append(ok("TFLearn", "imports, and learns a step"))
    return findings


def _precision(precision: str, kernels: str) -> str:
    """Say in what a training computes here, and why."""
    if (precision, kernels) == ("float32", "GPU"):
        return "float32, for want of a GPU that has TF32"
    return PRECISIONS[precision]


def _kernels(kernels: str) -> str:
    """Say by whose kernels TensorFlow computes, and who chose them."""
    text = {"Eigen": "TensorFlow's own (Eigen)", "GPU": "the GPU's (cuDNN)"}.get(kernels, kernels)
    choice = remembered()
    if choice is None or kernels == "GPU" or not in_question():
        return text
    took = ", ".join(
        f"{1000 * seconds:.0f} ms by {name}" if math.isfinite(seconds) else f"{name} failed"
        for name, seconds in choice.seconds.items()
    )
    return f"{text}; a step on {choice.day}: {took}"


def _devices(facts: Mapping[str, Any], which: Callable[[str], str | None]) -> Finding:
    gpus, capabilities = facts["gpus"], facts.get("capabilities", [])
    for name, capability in zip(gpus, capabilities, strict=False):
        if capability and tuple(capability) < OLDEST_GPU:
            number = ".".join(map(str, capability))
            text = f"cuDNN has no kernels for {name}, of compute capability {number}."
            remedy = "Set the environment variable CUDA_VISIBLE_DEVICES to -1, for the CPU."
            return note("Devices", text, remedy)
    if gpus:
        return ok("Devices", ", ".join(gpus))
    if which("nvidia-smi") is None:
        return ok("Devices", f"CPU with {os.cpu_count()} cores, no GPU")
    text = "CPU only: TensorFlow can't use the NVIDIA GPU of this machine."
    remedy = "Run `python -m pip install -r requirements.txt 'tensorflow[and-cuda]'`"
    return note("Devices", text, f"{remedy} (Linux or WSL2; elsewhere the CPU does it).")


def _trouble(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """Return what ended the probe and the remedy for that."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else "it printed no reason"
    if done.returncode in ILLEGAL_INSTRUCTION:
        text = "crashes: this processor lacks instructions (AVX) that it needs."
        return text, "Use another machine, or a cloud notebook."
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"crashes ({name}): {last}", "Make the environment anew: `make clean run`."
    if "DLL load failed" in last:
        return last, "Install Microsoft's Visual C++ Redistributable, then try again."
    return f"fails: {last}", INSTALL
