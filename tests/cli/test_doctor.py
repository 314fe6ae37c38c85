"""The doctor's findings: this machine as it is, and each fault brought about on purpose."""

import os
import re
import socket
import subprocess
import sys

import pytest

from utils import settings
from utils.cli import doctor
from utils.cli.doctor import data, findings, machine, software
from utils.cli.doctor.findings import fault, note, ok, report


def only(found):
    """Return the one finding there is."""
    (one,) = found if isinstance(found, list) else [found]
    return one


def levels(found):
    return {finding.level for finding in found}


# Python, disk, memory, ports


@pytest.mark.parametrize(
    ("version", "level"),
    [((3, 10, 14), "fault"), ((3, 11, 0), "ok"), ((3, 13, 9), "ok"), ((3, 14, 0), "fault")],
)
def test_python_is_right_from_3_11_to_3_13(version, level):
    assert machine.check_python(version).level == level


def test_another_python_is_named_with_what_to_install():
    found = machine.check_python((3, 14, 2))
    assert "3.14.2" in found.text
    assert "Install Python 3.11" in found.remedy


@pytest.mark.parametrize(("free", "level"), [(0.9, "fault"), (2.9, "note"), (3.1, "ok")])
def test_a_disk_too_full_for_runs_is_a_fault_and_a_fullish_one_a_note(tmp_path, free, level):
    found = machine.check_disk(tmp_path, lambda _: (10**12, 10**12, int(free * 10**9)))
    assert found.level == level
    assert ("COURSE_RUNS" in found.remedy) == (level != "ok")


def test_the_disk_of_a_runs_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path):
    asked = []
    machine.check_disk(tmp_path / "runs" / "deep", lambda path: asked.append(path) or (9, 9, 9))
    assert asked == [tmp_path]


def test_the_runs_folder_is_tried_and_left_as_it_was(tmp_path):
    assert machine.check_writable(tmp_path / "runs").level == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_runs_folder_that_can_not_be_written_to_is_a_fault(tmp_path):
    (tmp_path / "runs").write_text("a file where a folder should be")
    found = machine.check_writable(tmp_path / "runs")
    assert found.level == "fault"
    assert str(tmp_path / "runs") in found.text
    assert "COURSE_RUNS" in found.remedy


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs permissions that bind"
)
def test_a_runs_folder_without_permission_is_a_fault(tmp_path):
    tmp_path.chmod(0o500)
    found = machine.check_writable(tmp_path)
    tmp_path.chmod(0o700)
    assert found.level == "fault"


def test_little_memory_is_a_note():
    assert machine.check_memory(1_500_000_000).level == "note"
    assert machine.check_memory(2_500_000_000).level == "ok"


def test_the_memory_of_this_machine_can_be_read():
    assert re.search(r"\d GB free", machine.check_memory().text)


def test_a_port_is_taken_while_a_program_listens_there_and_free_afterwards():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert machine.check_port(port).level == "note"
    assert machine.check_port(port).level == "ok"


# Settings and data


def test_a_setting_with_a_value_it_can_not_have_is_a_fault(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quikc")
    found = only(doctor.make("Settings", data.check_settings))
    assert found.level == "fault"
    assert "'quikc'" in found.text
    assert found.remedy


def test_course_data_that_leads_nowhere_is_a_fault(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    found = only(doctor.make("Data", data.check_data))
    assert found.level == "fault"
    assert "nowhere" in found.text
    assert "COURSE_DATA" in found.remedy


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """Leave no data set on this machine; return the empty cache."""
    (tmp_path / "cache").mkdir()
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(settings, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def about(name):
    return next(one for one in data.check_data() if one.subject == f"Data {name}")


def test_missing_data_is_a_note_with_the_command_that_gets_it(no_data):
    assert levels(data.check_data()) == {"note"}
    assert "course data fetch cifar10" in about("cifar10").remedy
    assert "170 MB" in about("cifar10").remedy


def test_a_cut_off_file_in_the_cache_is_a_fault_that_names_it(no_data):
    folder = no_data / "cifar-10-batches-bin"
    folder.mkdir()
    (folder / "data_batch_1.bin").write_bytes(b"cut off")
    found = about("cifar10")
    assert found.level == "fault"
    assert "data_batch_1.bin" in found.text
    assert "course data fetch cifar10" in found.remedy


def test_a_data_set_in_course_data_is_right(no_data, monkeypatch, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"its name and size are all that is looked at")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    found = about("mnist")
    assert found.level == "ok"
    assert "COURSE_DATA" in found.text


# All together


def test_a_check_that_fails_itself_is_a_fault_and_the_others_are_still_made():
    found = doctor.make("Odd", lambda: 1 // 0)
    assert only(found).level == "fault"
    assert "ZeroDivisionError" in only(found).text


def test_a_check_without_its_package_says_how_to_install_it():
    def check():
        raise ModuleNotFoundError("No module named 'psutil'")

    assert only(doctor.make("Memory", check)).remedy == software.INSTALL


def test_every_subject_is_looked_at_and_tensorflow_stays_outside():
    code = (
        "import sys; from utils.cli import doctor; doctor.check_engines = lambda: [];"
        "found = doctor.diagnose();"
        "print('tensorflow' in sys.modules, *[one.subject for one in found], sep='|')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=settings.ROOT
    )
    imported, *subjects = done.stdout.strip().split("|")
    assert imported == "False", done.stderr
    wanted = {"Python", "Packages", "Course", "Kernel", "Settings", "Runs", "Disk", "Memory"}
    assert wanted <= set(subjects)
    assert {"Port 8888", "Port 6006", "Data mnist", "Data cifar10", "Chromium"} <= set(subjects)


SOME = [ok("Disk", "9 GB"), note("Port 1", "taken.", "Wait."), fault("Python", "old.", "Mend it.")]


def test_the_report_says_level_and_remedy_in_words_and_sums_up():
    lines = report(SOME, color=False).splitlines()
    assert lines[0] == "✓ ok     Disk    9 GB"
    assert lines[1] == "! note   Port 1  taken."
    assert lines[2].split() == ["→", "Wait."]
    assert lines[3] == "✗ fault  Python  old."
    assert lines[-1] == "1 fault, 1 note: the course can't run before that is mended."
    assert report(SOME[:2]).endswith("0 faults, 1 note: the course can run.")


def test_only_a_terminal_gets_colours_and_no_color_is_respected(monkeypatch):
    assert "\x1b" in report(SOME, color=True)
    assert "\x1b" not in report(SOME)
    monkeypatch.setattr(findings.sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" in report(SOME)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in report(SOME)
