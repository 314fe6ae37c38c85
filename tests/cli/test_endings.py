"""Every command ends in a sentence: in any encoding, at any signal, whatever went wrong."""

import ast
import errno
import os
import signal
import subprocess
import sys
import time

import pytest
from course import course
from starting import LONG

from utils.cli import endings
from utils.cli.endings import explain
from utils.cli.plain import SIGNS
from utils.errors import CourseError
from utils.files import lock
from utils.settings import ROOT

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
ENCODINGS = ("cp1252", "gbk", "cp932", "cp437", "ascii", "utf-8", "latin-1", "koi8-r")


def process(*arguments, **environment):
    """Run `course …` as a process of its own; return it when it has ended, its output as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "utils.cli", *map(str, arguments)],
        capture_output=True, cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip


# Encodings

PRINTS = """
import sys
from utils.cli.plain import speak_plainly
speak_plainly()
text = sys.argv[1] + b"\\xff".decode("utf-8", "surrogateescape")
print(text)
print(text, file=sys.stderr)
"""


def texts_of_the_source():
    """Return every sign beyond ASCII that stands in a text of utils/."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "utils").rglob("*.py"))
    texts = (
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return "".join(sorted({sign for text in texts for sign in text if not sign.isascii()}))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whatever_the_source_prints_can_be_shown_in(encoding):
    signs = texts_of_the_source()
    assert {"✓", "✗", "±", "…"} <= set(signs)
    done = subprocess.run(
        [sys.executable, "-c", PRINTS, signs + "学习率"], capture_output=True, cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr and b"Traceback" not in done.stdout
    shown = done.stdout.decode(encoding)
    for sign in (*signs, *"学习率"):
        plain = SIGNS.get(sign, sign.encode("ascii", "backslashreplace").decode())
        assert sign in shown or plain in shown


def test_a_command_prints_a_name_that_its_stream_cannot_show(tmp_path):
    folder = tmp_path / "学 ✓"
    done = process("sheet", "or-gate", "--epochs", 5, "-o", folder / "or.xlsx",
                   PYTHONIOENCODING="cp1252")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u5b66 +" in done.stdout and (folder / "or.xlsx").is_file()


def test_an_error_names_what_its_stream_cannot_show(tmp_path):
    done = process("compare", "--runs", tmp_path / "学", PYTHONIOENCODING="ascii")
    assert done.returncode == 1 and b"\\u5b66" in done.stderr and b"Traceback" not in done.stderr


# Errors


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "/a/b can't be used: the disk"),
        (OSError(errno.ENOSPC, "No space left on device"), "can't be read or written: the disk"),
        (PermissionError(errno.EACCES, "Permission denied", b"/a/b"), "/a/b can't be used: perm"),
        (OSError(errno.EROFS, "Read-only", "/a", None, "/b"), "/b can't be used: nothing can be"),
        (OSError(errno.EMFILE, "Too many"), "ulimit -n 4096"),
        (OSError(errno.ENOTCONN, "Not connected", "/a"), "/a can't be used: Not connected"),
        (MemoryError(), "enough memory"),
        (UnicodeEncodeError("cp1252", "✓", 0, 1, "no"), "UnicodeEncodeError"),
        (RecursionError("too\ndeep"), "RecursionError: too deep"),
        (KeyError("x" * 1000), "KeyError"),
        (CourseError("All is lost.", "Begin anew."), "course: All is lost. Begin anew."),
    ],
)  # fmt: skip
def test_every_error_is_one_sentence_on_one_line(error, said, capsys):
    explain(error, shown=False)
    told = capsys.readouterr()
    assert told.out == "" and said in told.err
    assert told.err.startswith("course: ") and told.err.count("\n") == 1 and len(told.err) < 700


def test_the_remedies_of_refusals_are_sentences():
    for reason, remedy in endings._REFUSALS.values():
        assert remedy.endswith(".") and remedy[0].isupper() and not reason.endswith(".")


BUG = """
import utils.cli.main as main
@main.app.command()
def bug():
    print("begun")
    raise KeyError("a bug")
main.main()
"""


@pytest.mark.parametrize("asked", [[], ["--traceback"]])
def test_a_bug_is_a_sentence_too_and_its_traceback_is_there_for_the_asking(asked):
    done = subprocess.run(
        [sys.executable, "-c", BUG, "bug", *asked], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (1, "begun\n")
    assert ("Traceback (most recent call last)" in done.stderr) == bool(asked)
    *_, last = done.stderr.splitlines()
    assert last.startswith("course: Something that nobody expected") and "--traceback" in last


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("https://ada:secret@host.org/course/deep.git", "at https://host.org/course/deep."),
        ("git@host.org:course/deep.git", "at https://host.org/course/deep."),
        ("/srv/course", "where you got the course."),
        (None, "where you got the course."),
    ],
)
def test_a_report_goes_where_the_course_came_from(monkeypatch, tmp_path, capsys, origin, said):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if origin:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", origin], check=True)
    monkeypatch.setattr(endings.settings, "ROOT", tmp_path)
    explain(ValueError("x"), shown=False)
    assert capsys.readouterr().err.rstrip().endswith(said)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
def test_output_onto_a_full_disk_is_a_sentence():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "utils.cli", "data"], stdout=full, stderr=subprocess.PIPE,
            text=True, cwd=ROOT,
        )  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "the disk is full" in done.stderr


def test_a_path_in_quotes_with_a_tilde_is_in_the_home_folder(tmp_path):
    done = course("sheet", "or-gate", "--epochs", 5, "--output=~/x.xlsx", HOME=str(tmp_path))
    assert done.returncode == 0 and (tmp_path / "x.xlsx").is_file()
    done = course("compare", "--runs=~/none", HOME=str(tmp_path))
    assert str(tmp_path / "none") in done.stderr
    done = course("compare", "--runs=~nobody-of-that-name/x")
    assert done.returncode == 1 and "nobody-of-that-name" in done.stderr


# Signals

WAITS = """
import pathlib, sys
import utils.cli.main as main
from utils.files import lock
@main.app.command()
def wait(path: str):
    print("ready", flush=True)
    with lock(pathlib.Path(path)):
        print("never")
main.main()
"""


@POSIX
@pytest.mark.parametrize(
    ("name", "background"),
    [(name, False) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    + [(name, True) for name in ("SIGTERM", "SIGHUP")],
)
def test_a_command_that_is_told_to_end_says_so_in_a_sentence(tmp_path, name, background):
    """A background job ignores Ctrl-C from its start, and is ended by the other two alone."""
    ctrl_c = signal.SIG_IGN if background else signal.SIG_DFL
    with lock(tmp_path / "lock"), subprocess.Popen(
        [sys.executable, "-c", WAITS, "wait", str(tmp_path / "lock")], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, ctrl_c),
    ) as waiting:  # fmt: skip
        assert waiting.stdout.readline() == "ready\n"
        assert "Waiting for process" in waiting.stderr.readline()
        waiting.send_signal(getattr(signal, name))
        out, error = waiting.communicate(timeout=LONG)
    assert waiting.returncode == 128 + getattr(signal, name)
    assert (out, error) == ("", "course: interrupted; finished work is kept.\n")


@POSIX
def test_what_nohup_started_outlives_its_terminal(tmp_path):
    with lock(tmp_path / "lock"), subprocess.Popen(
        [sys.executable, "-c", WAITS, "wait", str(tmp_path / "lock")], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as waiting:  # fmt: skip
        assert waiting.stdout.readline() == "ready\n"
        waiting.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert waiting.poll() is None
        waiting.terminate()
        assert waiting.wait(LONG) == 128 + signal.SIGTERM


@POSIX
def test_ctrl_c_at_the_very_beginning_shows_no_traceback():
    for tenths in range(1, 9):
        with subprocess.Popen(
            [sys.executable, "-m", "utils.cli", "--help"], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as begun:  # fmt: skip
            time.sleep(tenths / 20)
            begun.send_signal(signal.SIGINT)
            _, error = begun.communicate(timeout=LONG)
        assert "utils/cli/main.py" not in error  # Python's own first 30 ms aren't ours
