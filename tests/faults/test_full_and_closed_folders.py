"""Folders that are full or closed: every command ends in one sentence, and nothing is half there.

The disks are real: small tmpfs and read-only mounts in a mount namespace of the test's own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_runs import made_rows, make_run

from utils.settings import ROOT

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts are Linux's"),
    pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root mounts"),
]
COURSE = f'"{sys.executable}" -m utils.cli'
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"'
FULL = 'mount -t tmpfs -o size=60k none "$1" && { cat /dev/zero > "$1/filler"; true; } 2>/dev/null'


def inside(mount: str, folder: Path, command: str, **environment: str) -> tuple[int, str, str, str]:
    """Run `course COMMAND` where folder is mounted so; $1 in it is the folder.

    Return its exit status, its output, its errors, and the names left in the folder.
    """
    folder.mkdir(exist_ok=True)
    script = f'{mount} || exit 99; {COURSE} {command}; code=$?; ls -A "$1" >&9; exit $code'
    read, write = os.pipe()
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", f"exec 9>&{write}; {script}", "bash", str(folder)],
        capture_output=True, text=True, cwd=ROOT, pass_fds=[write],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as names:
        return done.returncode, done.stdout, done.stderr, names.read()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for variant in ("0", "0.5"):
        make_run(tmp_path / "some runs", f"dropout/{variant}/seed-0", made_rows(0.6))
    return tmp_path / "some runs"


# A command that writes into the folder $1 → how its sentence names the trouble.
WRITES = {
    "or-gate": "sheet or-gate --epochs 2000 -o $1/a.xlsx",
    "backward": "sheet backward -o $1/a.xlsx",
    "compare": "compare -o $1/c.html",
    "export": "progress --export $1/c.csv",
    "train": "train layers --variant baseline --seeds 1 --profile smoke --data sample "
    "--runs $1/runs",
    "run": "run --only 03 --profile smoke --data sample",
    "lab": "lab",
}
PLACES = {"full": FULL, "read-only": READ_ONLY}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", WRITES)
def test_where_nothing_can_be_written_a_command_says_so_in_one_sentence(
    tmp_path: Path, runs: Path, what: str, place: str
) -> None:
    folder = tmp_path / "the folder"
    build = {"COURSE_BUILD": str(folder / "build")} if what in ("run", "lab") else {}
    command = WRITES[what].replace("$1", '"$1"')
    code, _, errors, left = inside(PLACES[place], folder, command, COURSE_RUNS=str(runs), **build)
    assert code == 1, errors
    (line,) = [line for line in errors.splitlines() if line.startswith("course: ")]
    assert "Traceback" not in errors and str(folder) in line
    assert ("No space left" if place == "full" else "Read-only file system") in line or (
        ("the disk is full" if place == "full" else "nothing can be written there") in line
    )
    visible = [name for name in left.split() if not name.startswith(".") and name != "filler"]
    assert visible in ([], ["build"], ["runs"])  # a folder may have been made, no file half


def test_a_checkout_that_is_read_only_serves_a_class(tmp_path: Path, runs: Path) -> None:
    home = tmp_path / "home"
    own = home / "deep-learning-course"

    def course(command: str) -> tuple[int, str, str]:
        code, out, errors, _ = inside(
            READ_ONLY, ROOT, command, HOME=str(home), COURSE_RUNS="", COURSE_PROGRESS=""
        )
        assert "Traceback" not in errors
        return code, out, errors

    home.mkdir()
    code, out, _ = course("run --only 03 --profile smoke --data sample")
    assert code == 0 and "1 of 1 notebooks passed" in out
    page = home / ".cache" / "deep-learning-course" / "build" / "notebooks" / "03_tensors.html"
    assert page.is_file()
    assert (own / "progress.jsonl").is_file()
    make_run(own / "runs", "dropout/0/seed-0", made_rows(0.6))
    code, out, _ = course("compare")
    assert code == 0 and "| 0 | 1 | 0.600 |" in out and str(home / ".cache") in out
    code, out, _ = course("progress")
    assert code == 0 and str(own / "progress.jsonl") in out
    code, out, _ = course("data")
    assert code == 0 and str(home / ".cache") in out
