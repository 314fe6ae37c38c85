"""Processes that tests start; heavy ones one at a time, in whichever test process, however slow."""

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock

from utils.settings import ROOT

# Seconds in which even a slow and busy machine has started anything. What is waited for is
# asked whether it still lives, so that only what hangs takes so long to fail.
LONG = 1800

_LOCK = Path(tempfile.gettempdir(), f"course-tests-{getattr(os, 'getuid', int)()}.lock")


def one_at_a_time() -> FileLock:
    """Return a context that holds back the heavy starts of all other test processes."""
    return FileLock(_LOCK)


@contextmanager
def served(server):
    """Have a server of socketserver's kind answer, in a thread, until the end."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def started(code, *words):
    """Run Python code that says when it is ready; yield its process; kill it at the end."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def read_each(processes, read):
    """Return (process, what `read` gives of it) of those processes that don't end meanwhile."""
    found = []
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            found.append((one, read(one)))
    return found


def words_of(processes):
    """Return (process, its command's words) of those processes that don't end meanwhile."""
    return read_each(processes, lambda one: one.cmdline())


def listening(processes):
    """Return the addresses, each with `ip` and `port`, on which processes wait for connections."""
    each = read_each(processes, lambda one: one.net_connections("inet"))
    return [one.laddr for _, many in each for one in many if one.status == psutil.CONN_LISTEN]


def until(true, seconds: float = LONG):
    """Wait until something is true; return it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def read_until(process: subprocess.Popen, words: str) -> str:
    """Return what a process has said, up to the line with these words; it must say them."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)
