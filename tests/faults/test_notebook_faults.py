"""`course run` killed at any moment: no kernel is left, no file is half, the next run is whole.

The moments are spread evenly over a whole run, from its first import on. Counts are printed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from counting import counted
from starting import LONG

from utils.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
]
ROUNDS = 2 * int(os.environ.get("COURSE_TEST_ROUNDS", "1"))  # of each signal
SIGNALS = ("SIGKILL", "SIGINT", "SIGTERM", "SIGHUP")
RUN = """
import sys
from pathlib import Path
import utils.cli.main as main
from utils import settings
settings.NOTEBOOKS = Path(sys.argv.pop())
main.main()
"""
CELL = "import time; print('x' * 200_000); time.sleep(0.3)"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(ROOT / "tests" / "jupyter"))
    try:
        from made_notebooks import write
    finally:
        sys.path.pop(0)
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    for name in ("01_a", "02_b", "03_c"):
        write(folder, name, CELL, CELL)
    return folder


def start(notebooks: Path, build: Path) -> subprocess.Popen[str]:
    """Start `course run` on the small notebooks, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "run", str(notebooks)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | {"COURSE_BUILD": str(build)}, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def interrupted(notebooks: Path, build: Path, name: str, seconds: float) -> str:
    """Send a signal after so many seconds; check what is left; return what was printed."""
    process = start(notebooks, build)
    family = psutil.Process(process.pid)
    time.sleep(seconds)
    children = family.children(recursive=True)
    process.send_signal(getattr(signal, name))
    out, error = process.communicate(timeout=LONG)
    assert "Traceback" not in error and "Exception" not in error, error
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    for path in build.rglob("*"):
        if path.suffix == ".ipynb" and not path.name.startswith("."):
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".html" and not path.name.startswith("."):
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    return error


@pytest.mark.parametrize("name", SIGNALS)
def test_a_run_that_is_ended_leaves_nothing_behind(
    tmp_path: Path, notebooks: Path, name: str
) -> None:
    clock = time.monotonic()
    whole = start(notebooks, tmp_path / "first")
    out, error = whole.communicate(timeout=LONG)
    assert whole.returncode == 0 and "3 of 3 notebooks passed" in out, error
    seconds, told = time.monotonic() - clock, 0
    for number in range(ROUNDS):
        moment = seconds * (number + 0.5) / ROUNDS
        error = interrupted(notebooks, tmp_path / "build", name, moment)
        told += error == "course: interrupted; finished work is kept.\n"
        assert name == "SIGKILL" or told == number + 1 or error == "", error
    last = start(notebooks, tmp_path / "build")
    out, error = last.communicate(timeout=LONG)
    assert last.returncode == 0 and "3 of 3 notebooks passed" in out, error
    names = [path.name for path in (tmp_path / "build").rglob("*")]
    assert [one for one in names if one.endswith((".new", ".old", ".holder"))] == []
    counted(f"{name}: {ROUNDS} runs ended, {told} said so, 0 kernels and 0 half files left")
