"""Open JupyterLab on the first notebook, TensorBoard in a tab beside it.

It listens on 127.0.0.1 alone. Knows nothing of notebooks but where the first one lies.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.files import HOST, write_whole
from utils.jupyter.tensorboard import tensorboard_address

__all__ = ["lab_command", "lab_environment", "lab_options", "open_lab", "write_workspace"]


FIRST_NOTEBOOK = "notebooks/01_perceptron.ipynb"


WORKSPACE = "course"


TAB_ID = "server-proxy:tensorboard"


TAB = f"server-proxy:{TAB_ID}"


CONFIG = Path(__file__).resolve().parent / "config"


def open_lab() -> int:
    """Open JupyterLab on the first notebook, TensorBoard beside it; return its exit status.

    From the second time on the windows are where they were left.
    """
    folder = _own_folder()
    environment = lab_environment()
    write_workspace(Path(environment["JUPYTERLAB_WORKSPACES_DIR"]))
    with subprocess.Popen(lab_command(), env=environment, cwd=folder) as jupyter:
        try:
            return jupyter.wait()
        except KeyboardInterrupt:
            _end(jupyter)
            return 0


def _end(jupyter: subprocess.Popen[bytes]) -> None:
    """Have Jupyter end its kernels and TensorBoard, then itself, without asking whether it may.

    Ctrl-C in a terminal has reached it too, a signal to this process alone hasn't.
    """
    jupyter.terminate()
    try:
        jupyter.wait(timeout=30)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):  # it hangs, or a person is impatient
        jupyter.kill()


def _own_folder() -> Path:
    """Return the folder that JupyterLab shows.

    It is the course's own. Where that can't be written, it is the person's, with a copy of each
    notebook that isn't there yet, and links to what the notebooks point to.
    """
    own = settings.own_dir()
    if own == settings.ROOT:
        return own
    for source in sorted(settings.NOTEBOOKS.rglob("*.ipynb")):
        mine = own / source.relative_to(settings.ROOT)
        if not mine.exists():
            write_whole(mine, source.read_bytes())
    for name in ("data", "docs", "README.md"):
        with contextlib.suppress(FileExistsError):
            (own / name).symlink_to(settings.ROOT / name)
    print(f"Your notebooks, runs and progress are in {own}.", flush=True)
    return own


def lab_command(*options: str) -> list[str]:
    """Return the command that starts JupyterLab; needs `lab_environment` and a workspace."""
    return [sys.executable, "-m", "jupyterlab", *lab_options(*options)]


def lab_options(*options: str) -> list[str]:
    """Return the options that JupyterLab is started with, those given last."""
    return [
        f"--ServerApp.ip={HOST}",
        "--ServerApp.base_url=/",
        f"--ServerApp.root_dir={settings.own_dir()}",
        f"--LabApp.default_url=/lab/workspaces/{WORKSPACE}",
        *options,
    ]


def lab_environment() -> dict[str, str]:
    """Return the environment JupyterLab and its kernels run in: this one and what ours needs."""
    paths = [str(CONFIG), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings.build_dir() / "jupyter" / "workspaces"),
        "COURSE_RUNS": str(settings.runs_dir()),
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
        data[TAB]["data"]["url"] = tensorboard_address()
    try:
        return manager.save(WORKSPACE, json.dumps({"data": data, "metadata": {"id": WORKSPACE}}))
    except OSError as error:  # it doesn't say of what
        raise CourseError(
            f"JupyterLab's window layout can't be written into {folder} ({error.strerror}).",
            "Make room there, or have the variable COURSE_BUILD name another folder.",
        ) from error


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
        TAB: {"data": {"url": tensorboard_address(), "title": "TensorBoard", "id": TAB_ID}},
    }
