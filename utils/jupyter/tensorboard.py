"""TensorBoard on this machine: alone, as a tab of JupyterLab, and inside a notebook.

Every port is bound to 127.0.0.1, behind a `utils.jupyter.guard`. Nothing here knows training;
TensorFlow is imported only when TensorBoard starts.
"""

import html
import os
import secrets
import time
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.experiments.run_folder import RunName
from utils.files import free_port, write_whole
from utils.jupyter.run_names import runs_filter
from utils.networks.quiet import quiet_stderr

__all__ = ["tensorboard_address", "Snippet", "serve", "tensorboard_frame", "tensorboard_link"]

PROXY = "/tensorboard/"
# As measured, unsmoothed: a point an epoch has no noise that smoothing should hide. The one is
# read by Time Series, the other, behind the name of the tab, by Scalars.
VIEW, TAB = "smoothing=0", "#timeseries&_smoothingWeight=0"

Runs = str | Iterable[str | Mapping[str, Any]]


def serve(logdir: Path, port: int | None = None) -> int:
    """Serve TensorBoard until Ctrl-C; print its address first. Return the exit status, 0.

    port: 6006 or the next free one unless given. Raises CourseError where it is taken.
    """
    chosen = free_port(port)
    if not any(logdir.rglob("*tfevents*")):
        print(f"There are no runs in {logdir} yet; those you train from now on will show up.")
    print(f"Starting TensorBoard on {logdir} …", flush=True)
    token, hub = secrets.token_urlsafe(), _hub()
    address = f"{_launch(logdir, chosen, token, hub is not None)}?token={token}&{VIEW}{TAB}"
    with _noted(chosen):
        print(f"TensorBoard: {address}  (Ctrl-C ends it)", flush=True)
        if hub:
            path = f"{hub}{chosen}/{address[address.index('?') :]}"
            print(f"In this JupyterHub, put behind the hub's own name: {path}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nTensorBoard has ended.")
    return 0


class Snippet:
    """Something a notebook shows as HTML, and a terminal as text."""

    def __init__(self, markup: str, text: str) -> None:
        self.markup = markup
        self.text = text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.markup, "text/plain": self.text}


def tensorboard_frame(runs: Runs = "", tags: str = "", height: int = 640) -> Snippet:
    """Return TensorBoard itself inside `make lab`, and elsewhere a sentence how to open it.

    Starts nothing and opens no port: the frame goes through Jupyter, behind its login. In a
    JupyterHub it shows the TensorBoard that `course tensorboard` started.

    runs: the runs to show, by their folders below the log root or by their records; or a regular
        expression of the names that TensorBoard shows. All unless given.
    tags: a regular expression of the cards to show; all unless given.
    height: of the frame, in pixels.
    """
    address = _through_jupyter(runs, tags)
    if address is None:
        return _instruction(runs)
    return Snippet(
        f'<iframe src="{html.escape(address)}" title="TensorBoard" width="100%" height="{height}" '
        'style="border:1px solid #ccc"></iframe>',
        f"TensorBoard: {address}",
    )


def tensorboard_link(runs: Runs = "", tags: str = "") -> Snippet:
    """Return a link to TensorBoard inside `make lab`, and elsewhere how to open it.

    runs, tags: what it shows, as in `tensorboard_frame`.
    """
    address = _through_jupyter(runs, tags)
    if address is None:
        return _instruction(runs)
    return Snippet(
        f'<a href="{html.escape(address)}" target="_blank">Open TensorBoard in a new tab</a>',
        f"TensorBoard: {address}",
    )


def _launch(logdir: Path, port: int, token: str, any_host: bool) -> str:
    """Start TensorBoard in a thread of this process; return its address."""
    from utils.networks.tflearn_cnn.quietly import import_tensorflow

    import_tensorflow()  # or TensorBoard does so when a page is first asked for, and not quietly
    with quiet_stderr():
        from utils.jupyter.guard import board

        return board(logdir, port, token, any_host).launch()


@contextmanager
def _noted(port: int) -> Iterator[None]:
    """Note meanwhile, for the kernels of a JupyterHub, on which port this process serves.

    The token isn't noted: a link with it would be stored in notebooks, which are given away.
    """
    import psutil

    mine = f"{port} {os.getpid()} {psutil.Process().create_time()}"
    with suppress(CourseError):  # without it lessons say how to open TensorBoard
        write_whole(_note(), mine)
    try:
        yield
    finally:
        with suppress(OSError):
            if _note().read_text(encoding="utf-8") == mine:
                _note().unlink()


def _note() -> Path:
    return settings.build_dir() / "jupyter" / "tensorboard.txt"


def _noted_port() -> int | None:
    """Return the port of a `course tensorboard` that runs; None where that isn't certain.

    Whatever else listens there would be shown under the learner's own login.
    """
    import psutil

    try:
        port, process, since = _note().read_text(encoding="utf-8").split()
        return int(port) if psutil.Process(int(process)).create_time() == float(since) else None
    except (OSError, ValueError, psutil.Error):
        return None


def _hub() -> str | None:
    """Return the path before a port under which a JupyterHub leads to it; None where none does."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    return f"{prefix.rstrip('/')}/proxy/" if prefix and find_spec("jupyter_server_proxy") else None


def _through_jupyter(runs: Runs, tags: str) -> str | None:
    """Return where Jupyter shows TensorBoard to this kernel's notebook, or None."""
    if "JPY_SESSION_NAME" not in os.environ:  # a program of a terminal, `course run` too
        return None
    if _in_our_lab():
        return tensorboard_address(runs, tags)
    hub, port = _hub(), _noted_port()
    return f"{hub}{port}/{_query(runs, tags)}" if hub and port else None


def _in_our_lab() -> bool:
    return os.environ.get("COURSE_LAB") == "1"  # `open_lab` sets it


def tensorboard_address(runs: Runs = "", tags: str = "") -> str:
    """Return where Jupyter's proxy shows TensorBoard, filtered as in `tensorboard_frame`."""
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/").rstrip("/")  # Binder's, for one
    return f"{hub}{PROXY}{_query(runs, tags)}"


def _query(runs: Runs, tags: str) -> str:
    """Return the view as the end of an address: Time Series reads its query, Scalars its hash."""
    chosen = _expression(runs)
    query = _encoded({"runFilter": chosen, "tagFilter": tags})
    return f"?{VIEW}{query}{TAB}{_encoded({'regexInput': chosen, 'tagFilter': tags})}"


def _encoded(fields: Mapping[str, str]) -> str:
    quote = urllib.parse.quote
    return "".join(f"&{name}={quote(value, safe='')}" for name, value in fields.items() if value)


def _expression(runs: Runs) -> str:
    if isinstance(runs, str):
        return runs
    return runs_filter(
        run if isinstance(run, str) else str(RunName(run["study"], run["variant"], run["seed"]))
        for run in runs
    )


def _instruction(runs: Runs) -> Snippet:
    runs = _expression(runs)
    then = "; after that, run this cell again" if _hub() else ""
    where = f" Filter the runs by <code>{html.escape(runs)}</code>." if runs else ""
    return Snippet(
        "<p>TensorBoard opens inside this notebook when it runs in <code>make lab</code>. "
        "Anywhere else, type <code>course tensorboard</code> in a terminal and open the address "
        f"it prints{then}.{where}</p>",
        "To see TensorBoard, type `course tensorboard` in a terminal and open the address it "
        f"prints{then}." + (f" Filter the runs by {runs!r}." if runs else ""),
    )
