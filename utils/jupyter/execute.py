"""Execute one notebook in a fresh kernel: how long each cell took, and what went wrong.

Nothing here writes a file. Errors in widget callbacks are found too: they fail no cell.
"""

import asyncio
import atexit
import os
import re
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

import zmq
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from traitlets import default

from utils import settings
from utils.jupyter.report import CellTime, Failure

__all__ = ["execute", "kernel_environment", "one_line", "run_to_its_end"]

T = TypeVar("T")

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def kernel_environment(profile: str, data_source: str, runs_dir: Path) -> dict[str, str]:
    """Return the environment of the kernels: ours, and the settings the notebooks go by."""
    environment = {**os.environ, **settings.for_tensorflow()}
    environment.pop("MPLBACKEND", None)  # a kernel draws inline, whatever this process does
    if shared := settings.shared_data_dir():
        environment["COURSE_DATA"] = str(shared)  # whole: kernels start in notebooks/
    paths = [str(settings.ROOT), environment.get("PYTHONPATH", "")]
    return environment | {
        "COURSE_PROFILE": profile,
        "COURSE_RECORD": os.environ.get("COURSE_RECORD", "0" if profile == "smoke" else "1"),
        "COURSE_DATA_SOURCE": data_source,
        "COURSE_RUNS": str(runs_dir),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def run_to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Run what executes notebooks; Ctrl-C cancels it, which ends its kernels, and is raised."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        # Every task of ours is awaited. What else fails are nbclient's own, which ask a kernel
        # that has just been ended whether it lives.
        runner.get_loop().set_exception_handler(lambda loop, context: None)
        return runner.run(work)


async def execute(
    notebook: NotebookNode,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float | None = None,
    on_cell: Callable[[], None] = lambda: None,
) -> tuple[list[CellTime], list[Failure]]:
    """Execute a notebook in place; return the times of the cells that ran, and the failures.

    folder: where the kernel starts. timeout: seconds a cell may take; None is without end.
    on_cell: called before each code cell. Stops at the first cell that fails.
    It runs in `run_to_its_end` alone; several run there side by side.
    """
    client = _Client(
        notebook,
        on_cell,
        timeout=timeout,
        startup_timeout=180,
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
        kernel_manager_class=_Manager,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder.resolve())}},
    )
    client.log.disabled = True  # what it would log is in the failures
    stopped = await _run(client, dict(environment))
    client.set_widgets_metadata()  # nbclient does it only for a notebook that ran to its end
    return client.times, [*_in_callbacks(client), *stopped]


async def _run(client: "_Client", environment: dict[str, str]) -> list[Failure]:
    """Run the client to its end; return the failure that stopped it, if one did."""
    with tempfile.TemporaryFile() as log:
        try:
            await client.async_execute(env=environment, stderr=log)
        except CellExecutionError as error:
            client.forget_last()  # the same error, seen as a message
            return [client.failure("cell", one_line(f"{error.ename}: {error.evalue}"))]
        except CellTimeoutError:
            client.forget_last()  # the interrupt that ended the cell
            return [client.failure("timeout", f"the cell ran for more than {client.timeout:g} s")]
        except (RuntimeError, OSError) as error:  # nbclient's DeadKernelError is a RuntimeError
            task = asyncio.current_task()
            if task and task.cancelling():  # nbclient takes that for the kernel's death
                raise asyncio.CancelledError from error
            kind = "start" if client.current is None else "kernel"
            return [client.failure(kind, f"{error}{_last_words(log)}")]
        finally:
            atexit.unregister(client._cleanup_kernel)  # nbclient leaves it where a start fails
    return []


def _last_words(log: IO[bytes]) -> str:
    """Return the last lines that the kernel's process wrote to its standard error."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return f"; its last words: {one_line(' / '.join(lines[-5:]))}" if lines else ""


def _in_callbacks(client: "_Client") -> list[Failure]:
    """Return the errors that failed no cell, each once a cell."""
    unexpected = (
        (index, text)
        for index, text in dict.fromkeys(client.errors)
        if "raises-exception" not in client.nb.cells[index].metadata.get("tags", [])
    )
    return [client.failure("callback", text, index) for index, text in unexpected]


class _Loop(asyncio.SelectorEventLoop):
    """The loop that ZeroMQ needs on Windows too, with Ctrl-C left to Python.

    nbclient's own handler ends the kernel and then waits for its answer for ever. It goes
    without where the loop has no signal handlers.
    """

    def add_signal_handler(self, *_: Any) -> None:  # type: ignore[override]  # takes anything
        raise RuntimeError("this loop leaves signals to Python")


class _ThisPython(KernelSpecManager):
    """Every kernel name means the Python that runs this, whatever else is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict())


class _Manager(AsyncKernelManager):
    @default("transport_encryption")
    def _where_possible(self) -> str:
        return "auto" if zmq.has("curve") else "disabled"

    @default("kernel_spec_manager")
    def _this_python(self) -> KernelSpecManager:
        return _ThisPython(parent=self)


class _Client(NotebookClient):
    """nbclient that also times cells and keeps every error message the kernel sends.

    An exception in a widget's callback is caught and shown as an output. The message that
    carries it passes here all the same, also where that output is cleared later.
    """

    def __init__(self, nb: NotebookNode, on_cell: Callable[[], None], **options: Any) -> None:
        super().__init__(nb, **options)
        self.on_cell_execute, self.on_cell_executed = self._begin, self._end
        self.errors: list[tuple[int, str]] = []  # (index of the cell, the error on one line)
        self.times: list[CellTime] = []
        self.current: int | None = None
        self._on_cell, self._clock = on_cell, 0.0

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        if msg["msg_type"] == "error":
            text = one_line(f"{msg['content']['ename']}: {msg['content']['evalue']}")
            self.errors.append((cell_index, text))
        return super().process_message(msg, cell, cell_index)

    def forget_last(self) -> None:
        """Drop the last error message if it is of the cell that was running."""
        if self.errors and self.errors[-1][0] == self.current:
            self.errors.pop()

    def failure(self, kind: str, error: str, index: int | None = None) -> Failure:
        """Return a failure of the cell of that index, or of the one that was running."""
        index = self.current if index is None else index
        if index is None:
            return Failure(kind, error)
        cell = self.nb.cells[index]
        return Failure(kind, error, cell.get("id", ""), index + 1, _first_line(cell.source))

    def _begin(self, *, cell: NotebookNode, cell_index: int) -> None:
        self._on_cell()
        self.current, self._clock = cell_index, time.monotonic()

    def _end(self, *, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._clock
        line = _first_line(cell.source)
        self.times.append(CellTime(cell.get("id", ""), cell_index + 1, line, seconds))


def one_line(text: str) -> str:
    """Return a text as one line without terminal colours, at most 400 characters."""
    text = " ".join(_ANSI.sub("", text).split())
    return text if len(text) <= 400 else text[:399] + "…"


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")
