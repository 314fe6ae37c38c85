"""The `course` command in this process: what it prints and its exit code.

A process of its own costs one to three seconds and proves no more about most commands. What a
process itself is tested for (signals, encodings, what it imports) starts a real one.
"""

import contextlib
import io
import os
import signal
import sys
from dataclasses import dataclass
from unittest import mock

from utils.cli.main import main
from utils.settings import ROOT

SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@dataclass(frozen=True)
class Done:
    """What a finished command left, by the names of subprocess.CompletedProcess."""

    returncode: int
    stdout: str
    stderr: str


def course(*arguments: object, **environment: str) -> Done:
    """Run `course …` from the repository's folder; settings it makes end with it.

    A bug, which a person would see as a sentence too, is an AssertionError.
    """
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        mock.patch.object(sys, "argv", ["course", *map(str, arguments)]),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "unraisablehook", sys.unraisablehook),
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        before = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    assert "that nobody expected" not in err.getvalue(), err.getvalue()
    return Done(0 if code is None else int(str(code)), out.getvalue(), err.getvalue())
