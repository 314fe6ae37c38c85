"""Every GPU that a launch may take is one that the pinned TensorFlow and cuDNN have kernels for."""

import importlib.metadata
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from utils import settings
from utils.cli.doctor.engines import OLDEST_GPU
from utils.cloud.script import OLDER_TENSORFLOW
from utils.cloud.sky_task import GPUS

KNOWN = tomllib.loads((settings.ROOT / "data" / "gpus.toml").read_text(encoding="utf-8"))
LINES = (settings.ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {one.name: one for one in map(Requirement, (line for line in LINES if "==" in line))}
OFFERED = [name for names in GPUS.values() for name in names]


def version(name: str) -> Version:
    return Version(str(PINS[name].specifier).removeprefix("=="))


def cudnns_kernels(cudnn: Version) -> list[str]:
    """Return what a version of cuDNN has kernels for."""
    since = max(one for one in map(Version, KNOWN["cudnn"]) if one <= cudnn)
    return KNOWN["cudnn"][str(since)]


def runs(capability: str, kernels: list[str]) -> bool:
    """Say whether a GPU runs one of these kernels, `sm_86` or, for the driver, `compute_90`."""
    major, minor = map(int, capability.split("."))
    for kernel in kernels:
        kind, _, digits = kernel.partition("_")
        built = int(digits[:-1]), int(digits[-1])
        if built <= (major, minor) and (built[0] == major or kind == "compute"):
            return True
    return False


def without_kernels(gpu: str, tensorflow: str, cudnn: Version) -> list[str]:
    """Return which of the two libraries has no kernel for a GPU."""
    capability = KNOWN["compute_capability"][gpu]
    libraries = {"TensorFlow": KNOWN["tensorflow"][tensorflow], "cuDNN": cudnns_kernels(cudnn)}
    return [name for name, kernels in libraries.items() if not runs(capability, kernels)]


@pytest.mark.parametrize("gpu", OFFERED)
@pytest.mark.parametrize("env", OLDER_TENSORFLOW)
def test_tensorflow_and_cudnn_have_kernels_for_each_gpu_of_a_launch(gpu, env):
    tensorflow = OLDER_TENSORFLOW[env] or str(version("tensorflow"))
    assert without_kernels(gpu, tensorflow, version("nvidia-cudnn-cu12")) == []


@pytest.mark.parametrize(
    ("gpu", "cudnn", "lacking"),
    [
        ("V100", "9.10.2.21", []),
        ("V100", "9.11.0.98", ["cuDNN"]),
        ("V100", "9.28.0.42", ["cuDNN"]),
        ("P100", "9.28.0.42", ["cuDNN"]),
        ("T4", "9.28.0.42", []),  # by TensorFlow's sm_70
        ("L4", "9.28.0.42", []),  # by cuDNN's sm_80
        ("H100", "9.28.0.42", []),  # by TensorFlow's compute_90
    ],
)
def test_a_gpu_that_cudnn_has_dropped_is_found(gpu, cudnn, lacking):
    assert without_kernels(gpu, "2.21.0", Version(cudnn)) == lacking


def test_a_gpu_runs_kernels_of_its_own_generation_and_the_drivers_of_an_older_one():
    assert runs("8.9", ["sm_86"]) and not runs("8.0", ["sm_86"]) and not runs("9.0", ["sm_86"])
    assert runs("12.0", ["compute_90"]) and runs("12.0", ["sm_120"]) and not runs("9.0", ["sm_120"])


def test_the_doctor_knows_the_oldest_gpu_that_cudnn_has_kernels_for():
    kernels = cudnns_kernels(version("nvidia-cudnn-cu12"))
    oldest = min(int(kernel.removeprefix("sm_")) for kernel in kernels)
    assert divmod(oldest, 10) == OLDEST_GPU


def test_the_table_says_of_tensorflow_what_its_build_says():
    import tensorflow as tf

    from utils.networks.tflearn_cnn.compat import tflearn  # noqa: F401, imports it quietly

    build = tf.sysconfig.get_build_info()
    if not build["is_cuda_build"]:
        pytest.skip("TensorFlow's wheel for this system knows no CUDA")
    assert KNOWN["tensorflow"][tf.__version__] == build["cuda_compute_capabilities"]


def test_each_package_that_a_gpu_brings_is_pinned_for_linux_alone():
    """TensorFlow lists them all, with those that they need in turn."""
    needed = [Requirement(line) for line in importlib.metadata.requires("tensorflow") or []]
    brought = [one for one in needed if one.marker and one.marker.evaluate({"extra": "and-cuda"})]
    brought = [one for one in brought if not one.marker.evaluate({"extra": ""})]
    assert {one.name for one in brought} == {name for name in PINS if name.startswith("nvidia-")}
    linux = {"sys_platform": "linux", "platform_machine": "x86_64"}
    for one in brought:
        assert one.specifier.contains(version(one.name))
        marker = PINS[one.name].marker
        assert marker.evaluate(linux)
        for other in ({"sys_platform": "win32"}, {"platform_machine": "aarch64"}):
            assert not marker.evaluate(linux | other)
