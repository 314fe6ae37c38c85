"""An interrupted `course run` ends all that it started."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from made_notebooks import write
from starting import LONG

from utils import settings


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_run_and_all_its_kernels_and_leaves_a_report(
    tmp_path: Path, number: signal.Signals
) -> None:
    marks = [tmp_path / f"{name}.pid" for name in ("02_hangs", "03_hangs")]
    write(tmp_path / "notebooks", "01_good", "1")
    for mark in marks:
        write(tmp_path / "notebooks", mark.stem,
              f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))",
              "time.sleep(600)")  # fmt: skip
    code = f"""
        from pathlib import Path
        from utils.jupyter.run_all import run_notebooks
        run_notebooks(notebooks_dir=Path({str(tmp_path / "notebooks")!r}),
                      build_dir=Path({str(tmp_path)!r}), jobs=2)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(
        command, cwd=settings.ROOT, stderr=subprocess.PIPE,
        # A shell's background jobs ignore Ctrl-C, and so would this one if the tests run in one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        try:
            until(lambda: all(mark.exists() and mark.read_text() for mark in marks), LONG)
            kernels = [int(mark.read_text()) for mark in marks]
            process.send_signal(number)
            _, error = process.communicate(timeout=LONG)
        finally:
            process.kill()
    assert process.returncode != 0
    assert number == signal.SIGTERM or b"KeyboardInterrupt" in error
    until(lambda: not any(map(_runs, kernels)), LONG)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "01_good" in page and "02_hangs" in page and "Not finished" in page


def until(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it didn't happen in time"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
