"""The doctor on packages, kernels and TensorFlow: as installed here, and broken on purpose."""

import importlib.metadata
import json
import math
import os
import sys
from pathlib import Path

import pytest

from utils import settings
from utils.cli.doctor import engines, software
from utils.networks.onednn import KernelTimes


def only(found):
    """Return the one finding there is."""
    (one,) = found
    return one


def levels(found):
    return {finding.level for finding in found}


# Packages, the course's installation, the kernel


@pytest.fixture
def pins(tmp_path):
    """Return a function that writes pins to a file and returns its path."""

    def write(*lines: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.txt"
        path.write_text("\n".join(lines))
        return path

    return write


NUMPY = importlib.metadata.version("numpy")


def test_packages_as_pinned_are_summed_up_in_two_lines(pins):
    file = pins("# why", "-c constraints.txt", "-e .", "", f"numpy=={NUMPY}   # arrays")
    first, second = software.check_packages(file, pins(f"numpy=={NUMPY}"))
    assert (first.level, second.level) == ("ok", "ok")
    assert "all 1 " in first.text


def test_another_version_than_the_pinned_one_is_a_note_that_names_both(pins):
    first, _ = software.check_packages(pins("numpy==1.0.1"), pins())
    assert first.level == "note"
    assert f"numpy is {NUMPY}, not 1.0.1" in first.text
    assert "requirements.txt" in first.remedy


def test_a_missing_package_is_a_fault(pins):
    first, _ = software.check_packages(pins("not-on-this-machine==1.2.3"), pins())
    assert first.level == "fault"
    assert "not-on-this-machine 1.2.3 is not installed" in first.text


def test_a_missing_package_that_only_the_lab_needs_is_a_note(pins, monkeypatch):
    monkeypatch.setattr(software, "FOR_THE_LAB", {"not-on-this-machine"})
    first, _ = software.check_packages(pins("not-on-this-machine==1.2.3"), pins())
    assert first.level == "note"
    assert "only `course lab` needs it" in first.text


def test_a_pin_for_another_system_is_not_missed(pins):
    first, _ = software.check_packages(pins("nowhere==1 ; sys_platform == 'amiga'"), pins())
    assert first.level == "ok"


def test_a_needed_package_of_another_version_than_the_constraint_is_a_note(pins):
    pinned = pins(f"numpy=={NUMPY}")
    _, second = software.check_packages(pinned, pins(f"numpy=={NUMPY}", "packaging==1.0"))
    assert second.level == "note"
    assert "packaging" in second.text


def test_a_course_that_is_not_installed_is_a_note():
    assert software.check_course("no-such-course").level == "note"


@pytest.fixture
def installed_from(tmp_path, monkeypatch):
    """Return a function that installs a package in editable mode, as pip records it."""

    def install(folder: Path) -> str:
        info = tmp_path / "site" / "a_course-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: a-course\nVersion: 1\n")
        (info / "direct_url.json").write_text(f'{{"url": "{folder.as_uri()}"}}')
        monkeypatch.syspath_prepend(str(info.parent))
        return "a-course"

    return install


def test_a_course_installed_from_this_folder_is_right(installed_from):
    assert software.check_course(installed_from(settings.ROOT)).level == "ok"


def test_a_course_installed_from_another_clone_is_a_note_that_names_it(installed_from, tmp_path):
    found = software.check_course(installed_from(tmp_path / "other clone"))
    assert found.level == "note"
    assert "other clone" in found.text


def test_the_kernel_of_another_environment_is_a_fault_that_names_the_folder_to_delete(tmp_path):
    other = tmp_path / "elsewhere" / "bin" / "python"
    found = software.check_kernel([str(other), "-m", "ipykernel"], "/share/kernels/python3")
    assert found.level == "fault"
    assert str(other) in found.text
    assert "/share/kernels/python3" in found.remedy


@pytest.mark.parametrize("command", ["python", sys.executable])
def test_a_kernel_of_this_environment_is_right(command):
    assert software.check_kernel([command, "-m", "ipykernel"]).level == "ok"


def test_the_kernel_that_jupyter_would_start_can_be_asked_for(tmp_path, monkeypatch):
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    other = tmp_path / "bin" / "python"
    spec.write_text(
        f'{{"argv": ["{other.as_posix()}"], "display_name": "x", "language": "python"}}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = software.check_kernel()
    assert found.level == "fault"
    assert str(spec.parent) in found.remedy


def test_missing_test_tools_are_notes():
    assert levels(software.check_test_tools(lambda _: None)) == {"note"}
    assert levels(software.check_test_tools(lambda name: f"/bin/{name}")) == {"ok"}


# TensorFlow, Keras and TFLearn in a process of their own


@pytest.fixture
def poisoned(tmp_path, monkeypatch):
    """Return a function that puts a package in front of the installed one of that name."""

    def poison(name: str, code: str) -> None:
        (tmp_path / "poison").mkdir(exist_ok=True)
        (tmp_path / "poison" / f"{name}.py").write_text(code)
        paths = [str(tmp_path / "poison"), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    return poison


def test_here_tensorflow_keras_and_tflearn_work():
    found = engines.check_engines()
    subjects = [finding.subject for finding in found if finding.level != "fault"]
    assert subjects == ["TensorFlow", "Devices", "Keras", "Precision", "Kernels", "TFLearn"]
    assert found[0].text == importlib.metadata.version("tensorflow")


@pytest.mark.parametrize(
    ("onednn", "told"),
    [
        (0.2, "oneDNN; a step on 2026-11-25: 300 ms by Eigen, 200 ms by oneDNN"),
        (math.inf, "oneDNN; a step on 2026-11-25: 300 ms by Eigen, oneDNN failed"),
    ],
)
def test_what_was_measured_of_the_kernels_is_said(monkeypatch, onednn, told):
    measured = KernelTimes("x", "2", {"Eigen": 0.3, "oneDNN": onednn}, "2026-11-25")
    monkeypatch.setattr(engines, "remembered", lambda: measured)
    monkeypatch.setattr(engines, "in_question", lambda: True)
    facts = {"precision": "float32", "kernels": "oneDNN"}
    assert engines._about(facts, lambda name: None)[1].text == told


def test_a_tensorflow_that_fails_to_import_is_a_fault_with_its_reason(poisoned):
    poisoned("tensorflow", "raise ImportError('libsomething.so.7: no such file')")
    found = only(engines.check_engines())
    assert (found.level, found.subject) == ("fault", "TensorFlow")
    assert "libsomething.so.7" in found.text
    assert "requirements.txt" in found.remedy


def test_a_tensorflow_that_hangs_is_a_fault(poisoned):
    poisoned("tensorflow", "import time; time.sleep(600)")
    found = only(engines.check_engines(patience=2))
    assert found.level == "fault"
    assert "no answer for 2 s" in found.text


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize(
    ("name", "told"), [("SIGILL", "AVX"), ("SIGSEGV", "SIGSEGV"), ("SIGKILL", "SIGKILL")]
)
def test_a_tensorflow_that_crashes_is_a_fault_that_says_how(poisoned, name, told):
    poisoned("tensorflow", f"import os, signal; os.kill(os.getpid(), signal.{name})")
    found = only(engines.check_engines())
    assert (found.level, found.subject) == ("fault", "TensorFlow")
    assert told in found.text


def test_what_worked_before_the_fault_is_told_too():
    probe = 'print(\'found\', \'{"tensorflow": "9.9", "gpus": []}\', flush=True); import no_keras'
    found = engines.check_engines(probe=probe)
    assert [(one.subject, one.level) for one in found][0] == ("TensorFlow", "ok")
    assert (found[-1].subject, found[-1].level) == ("Keras", "fault")
    assert "no_keras" in found[-1].text


def test_an_nvidia_gpu_that_tensorflow_can_not_use_is_a_note():
    probe = 'print(\'found\', \'{"tensorflow": "9.9", "gpus": []}\')'
    _, devices, _ = engines.check_engines(probe=probe, which=lambda _: "/usr/bin/nvidia-smi")
    assert devices.level == "note"
    assert "tensorflow[and-cuda]" in devices.remedy


@pytest.mark.parametrize(
    ("precision", "kernels", "told"),
    [
        ("TF32", "GPU", "TF32, float32 of which the GPU"),
        ("float32", "GPU", "float32, for want of a GPU that has TF32"),
        ("float32", "Eigen", "float32, for want of a CPU"),
        ("bfloat16", "oneDNN", "bfloat16, which this CPU"),
    ],
)
def test_the_precision_is_told_with_its_reason(precision, kernels, told):
    facts = json.dumps({"precision": precision, "kernels": kernels})
    found = engines.check_engines(probe=f"print('found', {facts!r})")
    (text,) = (one.text for one in found if one.subject == "Precision")
    assert text.startswith(told)


@pytest.mark.parametrize(("capability", "level"), [([6, 1], "note"), ([7, 5], "ok"), (None, "ok")])
def test_a_gpu_that_cudnn_has_no_kernels_for_is_a_note(capability, level):
    facts = {"tensorflow": "9.9", "gpus": ["GTX 1080"], "capabilities": [capability]}
    _, devices, _ = engines.check_engines(probe=f"print('found', {json.dumps(facts)!r})")
    assert devices.level == level
    assert level == "ok" or "GTX 1080, of compute capability 6.1" in devices.text
