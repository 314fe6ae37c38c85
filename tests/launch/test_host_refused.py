"""What a launch by ssh can't work with: one sentence, and a remedy that works when it is typed."""

import os
import shlex
import subprocess

import pytest

from utils.cli.options import with_flags
from utils.cloud.attend import Options
from utils.cloud.floyd.job import Input, Job
from utils.cloud.host import launch_on, look_at
from utils.cloud.ssh_line import SshLine, parse_host
from utils.errors import CourseError


def refused(machine, job=None, **how) -> CourseError:
    """Look at the machine by its entry, which says how it differs; return the error."""
    config = machine.server.entry(machine.folder / "entry", "127.0.0.1", **how)
    line = SshLine("127.0.0.1", machine.server.port, ("-F", str(config)))
    with pytest.raises(CourseError) as caught:
        look_at(line, job or Job(command="true"))
    assert "\n" not in str(caught.value) and caught.value.remedy
    assert machine.jobs() == []
    return caught.value


# Addresses


@pytest.mark.parametrize(
    ("text", "target", "port"),
    [
        ("ada@box", "ada@box", None),
        ("ada@box.uni.edu:2222", "ada@box.uni.edu", 2222),
        ("gpu-box", "gpu-box", None),
        ("root@192.0.2.7:40001", "root@192.0.2.7", 40001),
        ("ada@[2001:db8::1]:22", "ada@[2001:db8::1]", 22),
    ],
)
def test_an_address_is_read_as_people_write_it(text, target, port):
    line = parse_host(text)
    assert (line.target, line.port) == (target, port)


@pytest.mark.parametrize(
    "text",
    ["-oProxyCommand=touch x", "ada@-oProxyCommand=x", "ada@box:0", "ada@box:99999", "ada@", "",
     "a b@box", "box;id", "ada@box/folder", "2001:db8::1:22", "ssh://ada@box", "$(id)@box"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_ssh_never_sees_it(text):
    with pytest.raises(CourseError, match="which is no machine's address") as caught:
        parse_host(text)
    assert caught.value.arguments == ("host",)


def test_a_bad_address_names_the_flag_and_starts_nothing(machine):
    done = machine.type_here("launch", "tiny", "--host", "ada@box:0")
    assert (done.exit_code, done.output) == (1, "")
    assert with_flags(done.exception).startswith("--host is 'ada@box:0', which is no machine's")
    done = machine.type_here("launch", "tiny", "--host", machine.address, "--local")
    assert str(done.exception).startswith("A launch has one place, and --local and --host were")


# Machines that don't let us in


def test_a_name_that_nobody_knows_is_said():
    with pytest.raises(CourseError, match="no-such-box.invalid can't be used: no machine of that"):
        look_at(parse_host("ada@no-such-box.invalid"), Job())


def test_a_port_where_nothing_answers_is_said(machine):
    config = machine.server.entry(machine.folder / "entry", "127.0.0.1")
    with pytest.raises(CourseError, match="nothing answers at that port") as error:
        look_at(SshLine("127.0.0.1", 9, ("-F", str(config))), Job())
    assert error.value.remedy == "Check address and port."


def test_a_key_that_is_refused_comes_with_the_line_that_brings_it_there(machine):
    error = refused(machine, key="stranger")
    assert error.problem == "127.0.0.1 can't be used: it lets you in with none of your keys."
    typed = shlex.split(error.remedy.partition(": ")[2])
    assert typed == ["ssh-copy-id", "-p", str(machine.server.port), "127.0.0.1"]
    help_text = subprocess.run(["ssh-copy-id", "-h"], capture_output=True, text=True)
    assert "[-p port]" in help_text.stdout + help_text.stderr


def test_a_machine_whose_key_is_not_known_is_never_trusted_by_itself(machine):
    error = refused(machine, known=False)
    assert "its key isn't known on this computer" in error.problem
    assert error.remedy.endswith(f"ssh -p {machine.server.port} 127.0.0.1")


def test_a_key_that_has_changed_is_said_and_the_remedy_forgets_the_old_one(machine):
    config = machine.server.entry(machine.folder / "entry", "127.0.0.1")
    known = config.with_suffix(".known")
    other = (machine.server.folder / "stranger.pub").read_text()
    known.write_text(f"[127.0.0.1]:{machine.server.port} {other}")
    with pytest.raises(CourseError, match="the key that it shows isn't the one") as caught:
        look_at(SshLine("127.0.0.1", machine.server.port, ("-F", str(config))), Job())
    typed = shlex.split(caught.value.remedy.partition(": ")[2])
    done = subprocess.run([*typed, "-f", known], capture_output=True)
    assert done.returncode == 0 and known.read_text() == ""


# Machines that lack something


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (("rsync",), "it has no rsync"),
        (("timeout", "gtimeout"), "it has no timeout command"),
        (("bash",), "it has no bash"),
    ],
)
def test_a_program_that_the_machine_lacks_is_named(machine, missing, words):
    machine.has(path=machine.only(*missing))
    assert words in refused(machine).problem


def test_a_machine_without_python_and_uv_is_told_of_uv(machine):
    machine.has(path=machine.only("python", "uv"), venv=None)
    error = refused(machine)
    assert "it has neither uv nor a Python >=3.11,<3.14 with venv" in error.problem
    assert "https://docs.astral.sh/uv" in error.remedy


def test_an_old_python_alone_is_not_enough(machine):
    folder = machine.only("python", "uv")
    machine.program("python3", "exit 1", folder)  # as it answers for its version
    machine.has(path=folder, venv=None)
    assert "neither uv nor a Python" in refused(machine).problem


def test_an_environment_that_is_not_there_is_named(machine):
    machine.has(venv="/no/such/venv")
    assert "COURSE_VENV there is /no/such/venv, which has no bin/python" in refused(machine).problem


@pytest.fixture
def small_disk(machine):
    """Give the machine a home folder on a disk of 2 MB."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", machine.home])
    if done.returncode:
        pytest.skip("a small disk can't be mounted by this user")
    yield machine
    subprocess.run(["umount", "-l", machine.home], check=True)


def test_a_disk_with_too_little_room_is_said_before_anything_is_sent(small_disk):
    small_disk.has(venv=None)
    error = refused(small_disk)
    assert "0.0 GB are free in its home folder, and it needs about 3.0 GB" in error.problem


def test_a_disk_that_fills_up_while_code_is_sent_leaves_nothing_there(
    small_disk, monkeypatch, tmp_path
):
    from utils.cloud import fetch, host

    monkeypatch.setattr(host, "ROOM_OWN", 0)  # let it begin
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    (small_disk.own / "large.bin").write_bytes(os.urandom(4_000_000))
    config = small_disk.server.entry(small_disk.folder / "entry", "127.0.0.1")
    line = SshLine("127.0.0.1", small_disk.server.port, ("-F", str(config)))
    with pytest.raises(CourseError, match="127.0.0.1 can't be used: .*full") as caught:
        launch_on(Job(command="true", folder=small_disk.own), line, Options(), True, "token")
    assert caught.value.remedy == "Make room there, then type the same again."
    assert small_disk.jobs() == [] and not list(fetch.records().iterdir())


def test_without_ssh_or_rsync_here_that_is_said(machine):
    bare = str(machine.only("ssh", "rsync"))
    done = machine.type_here("launch", "tiny", "--host", machine.address, PATH=bare)
    assert done.exit_code == 1
    assert str(done.exception).startswith("A launch needs ssh and rsync on this machine")


def test_a_bucket_is_refused_by_its_name(machine):
    job = Job(command="true", inputs=(Input("s3://mine/pictures", "data"),), folder=machine.own)
    with pytest.raises(CourseError, match="s3://mine/pictures can't be mounted there"):
        launch_on(job, SshLine("127.0.0.1"), Options(), True, "token")


def test_jupyters_address_is_shown_on_a_terminal_only(machine):
    with pytest.raises(CourseError, match="shown on a terminal only"):
        launch_on(
            Job(mode="jupyter", folder=machine.own), SshLine("127.0.0.1"), Options(), False, "t"
        )
