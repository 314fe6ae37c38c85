"""What the processor is and has, and the environment that a measuring process gets.

Knows no library; the names of the variables are theirs.
"""

import os
import platform

from utils.errors import CourseError
from utils.networks.processor import cpu_flags, cpu_has_bfloat16, cpu_name

__all__ = ["ISAS", "describe", "environment"]

TELLING = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")

# How each library is held to AVX2 on a processor that has more. tests/benchmarks asks NumPy and
# TensorFlow whether they obey. TensorFlow itself takes oneDNN's kernels only where there is
# AVX512_VNNI or newer, so there they are off unless a side says otherwise.
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # oneDNN, TensorFlow's and PyTorch's
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels, and the vectors torch.compile writes
    "TORCHINDUCTOR_CPP_MARCH": "haswell",  # what torch.compile's C++ compiler may use
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",  # PyTorch's matrix products
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",  # JAX
    "OPENBLAS_CORETYPE": "Haswell",  # NumPy's matrix products
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # NumPy's own loops
}
ISAS: dict[str, dict[str, str]] = {"native": {}, "avx2": AVX2}


def environment(isa: str, threads: int) -> dict[str, str]:
    """Return the environment of a process that computes by `threads` threads, held to `isa`."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
             "TF_NUM_INTRAOP_THREADS", "NPROC")  # fmt: skip  # NPROC is XLA's
    mine = dict.fromkeys(names, str(threads)) | ISAS[isa]
    for_all = {name: value for name, value in os.environ.items() if name not in AVX2}
    return for_all | mine | {"TF_CPP_MIN_LOG_LEVEL": "2"}


def describe(isa: str) -> dict[str, str | int | list[str]]:
    """Return the machine as the results name it.

    Raises CourseError where it can't be held to that ISA.
    """
    features = cpu_flags()
    if isa == "avx2" and isa not in features:
        raise CourseError(
            "Only under Linux, on a processor that has AVX2, can libraries be held to it.",
            "Measure with another `isa`.",
            ("isa",),
        )
    return {
        "processor": cpu_name(),
        "features": [one for one in TELLING if one in features],
        "system": platform.system(),
        "python": platform.python_version(),
        "isa": isa,
        "label": _label(isa, features),
    }


def _label(isa: str, features: frozenset[str]) -> str:
    """Say what a held processor stands for: another one, which it only emulates."""
    best = next((name for name in ("avx512f", "avx2") if name in features), "")
    name = {"avx512f": "AVX512", "avx2": "AVX2"}.get(best, platform.machine())
    if isa == "native":
        return f"A machine with {'AVX512_BF16' if cpu_has_bfloat16() else name}"
    return "A machine with AVX2" if best == "avx2" else f"Emulated: an {name} machine held to AVX2"
