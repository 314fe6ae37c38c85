"""Bash in a group of processes of its own, of which none outlives the call, however it ends."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType

__all__ = ["run_bash"]

GRACE = 35  # seconds: a job's `timeout` sends SIGKILL 30 s after it was told to end


def run_bash(file: Path, folder: Path, environment: Mapping[str, str]) -> int:
    """Run a script in a folder; return its status as a shell says it: 128 + a signal's number.

    Ctrl-C, SIGTERM and a closed terminal end the script first: it gets SIGTERM and its time; a
    second signal ends it at once. Raises KeyboardInterrupt then.
    """
    with _Signals() as signals:
        process = subprocess.Popen(
            ["bash", str(file)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a group to end as a whole
        )
        try:
            signals.listen()
            status = process.wait()
            signals.hold()
            return status if status >= 0 else 128 - status
        except KeyboardInterrupt:
            with contextlib.suppress(OSError):  # the terminal may have gone
                print("\nEnding the job …", flush=True)
            _signal_group(process.pid, signal.SIGTERM)
            signals.listen()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=GRACE)
            signals.hold()
            raise
        finally:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()


class _Signals:
    """What ends a job: raised as KeyboardInterrupt, once, where it is listened for.

    Noted at any other time, such as while a process is being started, which would be left
    running; and then raised as soon as somebody listens, or at the end.
    """

    def __init__(self) -> None:
        self._came = self._listens = False
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.getsignal(number) for number in numbers}

    def __enter__(self) -> "_Signals":
        if threading.current_thread() is threading.main_thread():  # no other gets a signal
            for number, handler in self._before.items():
                if handler not in (signal.SIG_IGN, None):  # nohup's word stands
                    signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hold()
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._hear:
                signal.signal(number, handler)
        if error is None and self._came:
            raise KeyboardInterrupt

    def listen(self) -> None:
        """From now on raise what comes, and what has come."""
        self._listens = True
        if self._came:
            self._raise()

    def hold(self) -> None:
        """From now on only note what comes."""
        self._listens = False

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        if self._listens:
            self._raise()

    def _raise(self) -> None:
        self._came = self._listens = False
        raise KeyboardInterrupt


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
