"""TensorBoard on this machine: alone, as a tab of JupyterLab, and inside a notebook.

Every port is bound to 127.0.0.1. Nothing here knows training; TensorFlow is imported only by
TensorBoard itself, when it starts.
"""

import html
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.quiet import quiet_stderr

__all__ = [
    "Snippet",
    "free_port",
    "lab_command",
    "lab_environment",
    "lab_options",
    "open_lab",
    "serve",
    "tensorboard_frame",
    "tensorboard_link",
    "write_workspace",
]

HOST = "127.0.0.1"
PORTS = range(6006, 6106)
FIRST_NOTEBOOK = "notebooks/01_perceptron.ipynb"
WORKSPACE = "course"
PROXY = "/tensorboard/"
# As measured, unsmoothed: a point an epoch has no noise that smoothing should hide.
VIEW = "smoothing=0"
TAB_ID = "server-proxy:tensorboard"
TAB = f"server-proxy:{TAB_ID}"
JUPYTER = Path(__file__).resolve().parent / "jupyter"


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


def free_port(port: int | None = None) -> int:
    """Return a port of this machine that nothing listens on: the one asked for, or the first.

    Raises CourseError where there is none.
    """
    for candidate in PORTS if port is None else [port]:
        if _is_free(candidate):
            return candidate
    taken = f"Port {port} is" if port is not None else f"Ports {PORTS[0]} to {PORTS[-1]} are all"
    raise CourseError(f"{taken} taken.", "Choose another one: `course tensorboard --port 7007`.")


def open_lab() -> int:
    """Open JupyterLab on the first notebook, TensorBoard beside it; return its exit status.

    From the second time on the windows are where they were left.
    """
    environment = lab_environment()
    write_workspace(Path(environment["JUPYTERLAB_WORKSPACES_DIR"]))
    try:
        return subprocess.run(lab_command(), env=environment, cwd=settings.ROOT).returncode
    except KeyboardInterrupt:  # Jupyter was told too and has ended
        return 0


def lab_command(*options: str) -> list[str]:
    """Return the command that starts JupyterLab; needs `lab_environment` and a workspace."""
    return [sys.executable, "-m", "jupyterlab", *lab_options(*options)]


def lab_options(*options: str) -> list[str]:
    """Return the options that JupyterLab is started with, those given last."""
    return [
        f"--ServerApp.ip={HOST}",
        "--ServerApp.base_url=/",
        f"--ServerApp.root_dir={settings.ROOT}",
        f"--LabApp.default_url=/lab/workspaces/{WORKSPACE}",
        *options,
    ]


def lab_environment() -> dict[str, str]:
    """Return the environment JupyterLab and its kernels run in: this one and what ours needs."""
    paths = [str(JUPYTER), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings.BUILD / "jupyter" / "workspaces"),
        "COURSE_RUNS": str(settings.runs_dir().absolute()),
        "COURSE_LAB": "1",
    }


def write_workspace(folder: Path) -> Path:
    """Write JupyterLab's window layout: the first notebook left, TensorBoard right.

    A layout that is already there is kept, but for TensorBoard's address, which JupyterLab
    stores with a port that may be another one today.
    """
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    manager = WorkspacesManager(str(folder))
    try:
        data = manager.load(WORKSPACE)["data"] or _first_layout()
    except (ValueError, KeyError):  # cut off while it was written: begin anew
        data = _first_layout()
    if TAB in data:
        data[TAB]["data"]["url"] = _address()
    return manager.save(WORKSPACE, json.dumps({"data": data, "metadata": {"id": WORKSPACE}}))


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
    address = html.escape(_address(runs, tags))
    return Snippet(
        f'<iframe src="{address}" title="TensorBoard" width="100%" height="{height}" '
        'style="border:1px solid #ccc"></iframe>',
        f"TensorBoard: {_address(runs, tags)}",
    )


def tensorboard_link(runs: str = "", tags: str = "") -> Snippet:
    """Return a link to TensorBoard inside `make lab`, and elsewhere how to open it."""
    if not _in_our_lab():
        return _instruction(runs)
    address = _address(runs, tags)
    return Snippet(
        f'<a href="{html.escape(address)}" target="_blank">Open TensorBoard in a new tab</a>',
        f"TensorBoard: {address}",
    )


def _launch(logdir: Path, port: int) -> str:
    """Start TensorBoard in a thread of this process; return its address."""
    with quiet_stderr():
        from tensorboard import default, program

        server = program.TensorBoard(default.get_plugins())
        server.configure(
            argv=["tensorboard", "--logdir", str(logdir), "--host", HOST, "--port", str(port)]
        )
        return server.launch()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _first_layout() -> dict[str, Any]:
    notebook = f"notebook:{FIRST_NOTEBOOK}"

    def area(widget: str) -> dict[str, Any]:
        return {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}

    dock = {
        "type": "split-area",
        "orientation": "horizontal",
        "sizes": [0.55, 0.45],
        "children": [area(notebook), area(TAB)],
    }
    return {
        "layout-restorer:data": {
            "main": {"dock": dock, "current": notebook},
            "left": {"collapsed": False, "current": "filebrowser"},
            "right": {"collapsed": True},
            "relativeSizes": [0.15, 0.85, 0],
        },
        "file-browser-filebrowser:cwd": {"path": "notebooks"},
        notebook: {"data": {"path": FIRST_NOTEBOOK, "factory": "Notebook"}},
        TAB: {"data": {"url": _address(), "title": "TensorBoard", "id": TAB_ID}},
    }


def _in_our_lab() -> bool:
    """Say whether this is a kernel that the JupyterLab of `open_lab` started.

    JPY_SESSION_NAME tells its kernels from the programs of its terminals, `course run` too.
    """
    return os.environ.get("COURSE_LAB") == "1" and "JPY_SESSION_NAME" in os.environ


def _address(runs: str = "", tags: str = "") -> str:
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
