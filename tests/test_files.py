"""Whole files, locks, ports, durations and templates, with processes that are really killed."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from jinja2 import UndefinedError
from starting import started

from utils.errors import CourseError
from utils.files import HOST, duration, free_port, recover, render, whole, write_whole
from utils.settings import ROOT

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals or rights")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# Whole files


def test_text_and_bytes_are_written_as_they_are_into_a_folder_that_is_made(tmp_path):
    write_whole(tmp_path / "a" / "b.txt", "Größe\n")
    write_whole(tmp_path / "a" / "c.bin", b"\x00\r\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "Größe\n".encode()
    assert (tmp_path / "a" / "c.bin").read_bytes() == b"\x00\r\n"
    assert names(tmp_path / "a") == ["b.txt", "c.bin"]


def test_until_the_end_the_old_file_stands_and_no_pattern_finds_the_new_one(tmp_path):
    path = tmp_path / "seed-0.json"
    path.write_text("old")
    with whole(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "old"
        visible = {found for ending in ("*.json", "seed-*") for found in tmp_path.glob(ending)}
        assert visible == {path} and beside.name.startswith(".") and beside.suffix == ".new"
    assert path.read_text() == "new" and names(tmp_path) == ["seed-0.json"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_an_error_inside_leaves_the_old_one_and_nothing_beside_it(error, kind, tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(CourseError if error is OSError else error), whole(path) as beside:
        if kind == "folder":
            beside.mkdir()
        (beside / "x" if kind == "folder" else beside).write_text("half")
        raise error("no more")
    assert path.read_text() == "old" and names(tmp_path) == ["a"]


def test_a_folder_takes_the_place_of_a_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("")
    with whole(tmp_path / "a") as beside:
        beside.mkdir()
        (beside / "new").write_text("")
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["new"]


def test_a_file_never_takes_the_place_of_a_folder(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(CourseError, match="a can't be written"):
        write_whole(tmp_path / "a", "text")
    assert (tmp_path / "a").is_dir() and names(tmp_path) == ["a"]


KILLED = """
    import sys, time
    from pathlib import Path
    from utils.files import whole
    with whole(Path(sys.argv[1])) as beside:
        beside.write_text("half")
        print("ready", flush=True)
        time.sleep(600)
"""


def test_a_kill_between_write_and_replace_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with started(KILLED, path) as process:
        process.kill()
        process.wait()
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2
    write_whole(tmp_path / "b.json", "new")  # whichever file is the next to be written there
    assert names(tmp_path) == ["a.json", "b.json"] and path.read_text() == "old"


def test_what_another_process_is_writing_is_left_alone(tmp_path):
    path = tmp_path / "a.json"
    with started(KILLED, path):
        write_whole(path, "new")
        assert len(names(tmp_path)) == 2 and path.read_text() == "new"


def test_what_another_machine_left_goes_by_age_and_with_its_own_file_alone(tmp_path):
    mine, others = (tmp_path / f".{name}.json.ffff0000000112345678.new" for name in "ab")
    earlier, persons = tmp_path / ".a.json.12345678.new", tmp_path / ".a.json.mine.new"
    for left in (mine, others, earlier, persons):
        left.write_text("")
        os.utime(left, (0, 0))
    write_whole(tmp_path / "a.json", "")
    assert names(tmp_path) == sorted([others.name, persons.name, "a.json"])
    mine.write_text("")
    write_whole(tmp_path / "a.json", "")
    assert mine.exists()  # it is young: somebody may be at work on it


SET_ASIDE = """
    import sys, time
    from pathlib import Path
    from utils.files import whole
    real = Path.replace
    def killed_between(self, target):
        if self.suffix == ".new":
            print("ready", flush=True)
            time.sleep(600)
        return real(self, target)
    Path.replace = killed_between
    with whole(Path(sys.argv[1])) as beside:
        beside.mkdir()
"""


@pytest.mark.parametrize("how", ["recover", "the next writer"])
def test_a_folder_that_was_moved_aside_when_its_writer_was_killed_is_put_back(tmp_path, how):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("work")
    with started(SET_ASIDE, tmp_path / "a") as process:
        assert not (tmp_path / "a").exists()
        process.kill()
        process.wait()
    if how == "recover":
        recover(tmp_path / "a")
    else:
        write_whole(tmp_path / "b", "")
    assert (tmp_path / "a" / "old").read_text() == "work"
    assert names(tmp_path) == (["a"] if how == "recover" else ["a", "b"])


@POSIX
def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path):
    import resource

    path = tmp_path / "a.txt"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(CourseError) as raised:
            write_whole(path, "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert raised.value.problem == f"{path} can't be written (File too large)."
    assert raised.value.remedy and path.read_text() == "old" and names(tmp_path) == ["a.txt"]


CLOSED = """
import os, sys
from pathlib import Path
from utils.errors import CourseError
from utils.files import lock, whole
if os.geteuid() == 0:  # root may write anywhere
    os.seteuid(65534)
for use in (whole, lock):
    try:
        with use(Path(sys.argv[1])):
            print("the work began")
    except CourseError as error:
        print(error.problem)
"""


@POSIX
@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["closed to writing", "closed to looking"])
def test_a_folder_that_may_not_be_written_to_is_one_sentence(mode, tmp_path):
    path = tmp_path / "closed" / "a"
    path.parent.mkdir(mode=mode)
    for folder in tmp_path.parents:  # pytest's own are closed to other users
        if folder.stat().st_mode & 0o777 == 0o700 and folder.stat().st_uid == os.getuid():
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.splitlines() == [
        f"{path} can't be written (Permission denied).",
        f"{path} can't be made (Permission denied).",
    ], done.stderr


# Ports


@contextmanager
def taken(port=0):
    with socket.socket() as server:
        server.bind((HOST, port))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_where_it_is_asked_for_and_else_passed_over():
    with taken() as port:
        with pytest.raises(CourseError, match=f"Port {port} is taken. Give another `port`"):
            free_port(port)
        assert free_port(first=port) > port
    assert free_port(port) == port == free_port(first=port)


# Durations


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"), (9.94, "9.9 s"), (9.97, "10 s"), (5, "5 s"), (45, "45 s"), (59.6, "1 min"),
        (90, "1 min 30 s"), (185, "3 min 05 s"), (1800, "30 min"), (3599, "59 min 59 s"),
        (3600, "1 h"), (5400, "1 h 30 min"), (7200.4, "2 h"), (604_800, "168 h"),
    ],
)  # fmt: skip
def test_a_duration_is_said_as_people_say_it(seconds, words):
    assert duration(seconds) == words


# Templates


def test_a_text_cannot_break_out_of_a_template_and_html_is_taken_as_it_is():
    image = render("image.html", data="AA==", alt='"><script>', width=3, dark="", smallest=None)
    assert "<script>" not in image and "&lt;script&gt;" in image
    page = render("comparison.html", title="<b>", table=image, overview="", sections=[])
    assert image in page and "<h1>&lt;b&gt;</h1>" in page


def test_a_value_that_is_missing_is_an_error_not_a_gap():
    with pytest.raises(UndefinedError, match="'alt' is undefined"):
        render("image.html", data="AA==", width=3, dark="", smallest=None)
