"""TensorBoard on this machine: alone, as a tab of JupyterLab, and inside a notebook.

Every port is bound to 127.0.0.1. Nothing here knows training; TensorFlow is imported only by
TensorBoard itself, when it starts.
"""

import html
import os
import time
import urllib.parse
from pathlib import Path
from typing import Any

from utils.files import HOST, free_port
from utils.networks.quiet import quiet_stderr

__all__ = ["tensorboard_address", "Snippet", "serve", "tensorboard_frame", "tensorboard_link"]

PROXY = "/tensorboard/"
# As measured, unsmoothed: a point an epoch has no noise that smoothing should hide.
VIEW = "smoothing=0"


def serve(logdir: Path, port: int | None = None) -> int:
    """Serve TensorBoard until Ctrl-C; print its address first. Return the exit status, 0.

    port: 6006 or the next free one unless given. Raises CourseError where it is taken.
    """
    chosen = free_port(port)
    if not any(logdir.rglob("*tfevents*")):
        print(f"There are no runs in {logdir} yet; those you train from now on will show up.")
    print(f"Starting TensorBoard on {logdir} …", flush=True)
    url = _launch(logdir, chosen)
    print(f"TensorBoard: {url}?{VIEW}#timeseries  (Ctrl-C ends it)", flush=True)
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


def tensorboard_frame(runs: str = "", tags: str = "", height: int = 640) -> Snippet:
    """Return TensorBoard itself inside `make lab`, and elsewhere a sentence how to open it.

    Starts nothing and opens no port: the frame goes through Jupyter, behind its login.

    runs, tags: regular expressions of the runs and cards to show; all unless given.
    height: of the frame, in pixels.
    """
    if not _in_our_lab():
        return _instruction(runs)
    address = html.escape(tensorboard_address(runs, tags))
    return Snippet(
        f'<iframe src="{address}" title="TensorBoard" width="100%" height="{height}" '
        'style="border:1px solid #ccc"></iframe>',
        f"TensorBoard: {tensorboard_address(runs, tags)}",
    )


def tensorboard_link(runs: str = "", tags: str = "") -> Snippet:
    """Return a link to TensorBoard inside `make lab`, and elsewhere how to open it."""
    if not _in_our_lab():
        return _instruction(runs)
    address = tensorboard_address(runs, tags)
    return Snippet(
        f'<a href="{html.escape(address)}" target="_blank">Open TensorBoard in a new tab</a>',
        f"TensorBoard: {address}",
    )


def _launch(logdir: Path, port: int) -> str:
    """Start TensorBoard in a thread of this process; return its address."""
    with quiet_stderr():
        from tensorboard import default, program

        server = program.TensorBoard(default.get_plugins())
        server.configure(logdir=str(logdir), host=HOST, port=port)
        return server.launch()


def _in_our_lab() -> bool:
    """Say whether this is a kernel that the JupyterLab of `open_lab` started.

    JPY_SESSION_NAME tells its kernels from the programs of its terminals, `course run` too.
    """
    return os.environ.get("COURSE_LAB") == "1" and "JPY_SESSION_NAME" in os.environ


def tensorboard_address(runs: str = "", tags: str = "") -> str:
    """Return where Jupyter's proxy shows TensorBoard, filtered by these regular expressions."""
    filters = {"runFilter": runs, "tagFilter": tags}
    query = urllib.parse.urlencode({name: value for name, value in filters.items() if value})
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/").rstrip("/")  # Binder's, for one
    return f"{hub}{PROXY}?{VIEW}{'&' * bool(query)}{query}#timeseries"


def _instruction(runs: str) -> Snippet:
    where = f" Filter the runs by <code>{html.escape(runs)}</code>." if runs else ""
    return Snippet(
        "<p>TensorBoard opens inside this notebook when it runs in <code>make lab</code>. "
        "Anywhere else, type <code>course tensorboard</code> in a terminal and open the address "
        f"it prints.{where}</p>",
        "To see TensorBoard, type `course tensorboard` in a terminal and open the address it "
        "prints." + (f" Filter the runs by {runs!r}." if runs else ""),
    )
