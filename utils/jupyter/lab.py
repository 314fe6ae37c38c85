"""Open JupyterLab: the start page in front, a lesson and TensorBoard in tabs behind it.

It listens on 127.0.0.1 alone, and works on the learner's copies of the notebooks. Knows nothing of
notebooks but where they lie.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.files import HOST
from utils.jupyter.start_page import look, write_start_page
from utils.jupyter.tensorboard import PROXY, tensorboard_address
from utils.jupyter.work import make_copies
from utils.settings import START

__all__ = ["lab_command", "lab_environment", "lab_options", "open_lab", "prepare_work"]
__all__ += ["write_workspace"]

# Until now it was `course`, with originals side by side with TensorBoard: that one isn't touched.
WORKSPACE = "lessons"


TAB_ID = "server-proxy:tensorboard"


TAB = f"server-proxy:{TAB_ID}"


CONFIG = Path(__file__).resolve().parent / "config"


def open_lab(*options: str, ip: str = HOST) -> int:
    """Open JupyterLab on the start page; return its exit status.

    From the second time on the windows are where they were left.
    options: for JupyterLab, beside the course's own. ip: the address that it listens on.
    """
    folder = prepare_work()
    environment = lab_environment()
    write_workspace(Path(environment["JUPYTERLAB_WORKSPACES_DIR"]))
    command = lab_command(*_as_root(), *options, ip=ip)
    with subprocess.Popen(command, env=environment, cwd=folder) as jupyter:
        try:
            return jupyter.wait()
        except KeyboardInterrupt:
            _end(jupyter)
            return 0


def _as_root() -> list[str]:
    """Return what has JupyterLab start for root too: in a container there is often no other user.

    It warns of doing so because of what listens to the network; this one doesn't.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    print("You are root, so notebooks run as root: only open those that you trust.", flush=True)
    return ["--ServerApp.allow_root=True"]


def _end(jupyter: subprocess.Popen[bytes]) -> None:
    """Have Jupyter end its kernels and TensorBoard, then itself, without asking whether it may.

    Ctrl-C in a terminal has reached it too, a signal to this process alone hasn't.
    """
    jupyter.terminate()
    try:
        jupyter.wait(timeout=30)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):  # it hangs, or a person is impatient
        jupyter.kill()


def prepare_work() -> Path:
    """Make the copies that are missing and the start page; return the folder JupyterLab shows.

    It is the course's own, or the person's where that can't be written.
    """
    _trust(write_start_page(make_copies()), *settings.NOTEBOOKS.rglob("*.ipynb"))
    own = settings.own_dir()
    if own != settings.ROOT:
        print(f"Your notebooks, runs and progress are in {own}.", flush=True)
    return own


def _trust(*notebooks: Path) -> None:
    """Have Jupyter trust what stands in these, and in unchanged copies: it is the course's own.

    Else JupyterLab asks before it does what a button in them says.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in notebooks:
        notary.sign(nbformat.read(path, as_version=4))


def lab_command(*options: str, ip: str = HOST) -> list[str]:
    """Return the command that starts JupyterLab; needs `lab_environment` and a workspace."""
    return [sys.executable, "-m", "jupyterlab", *lab_options(*options, ip=ip)]


def lab_options(*options: str, ip: str = HOST) -> list[str]:
    """Return the options that JupyterLab is started with, those given last."""
    return [
        f"--ServerApp.ip={ip}",
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
        **settings.for_tensorflow(),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings.build_dir() / "jupyter" / "workspaces"),
        "COURSE_RUNS": str(settings.runs_dir()),
        "COURSE_LAB": "1",
    }


def write_workspace(folder: Path) -> Path:
    """Write JupyterLab's window layout: the start page in front, all else in tabs behind it.

    A layout that is already there is kept, but for TensorBoard's address, which a hub may have
    changed.
    """
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    manager = WorkspacesManager(str(folder))
    try:
        data = manager.load(WORKSPACE)["data"] or _first_layout()
    except (ValueError, KeyError):  # cut off while it was written: begin anew
        data = _first_layout()
    if TAB in data:
        data[TAB]["data"]["url"] = _tensorboard_tab()
    try:
        return manager.save(WORKSPACE, json.dumps({"data": data, "metadata": {"id": WORKSPACE}}))
    except OSError as error:  # it doesn't say of what
        raise CourseError(
            f"JupyterLab's window layout can't be written into {folder} ({error.strerror}).",
            "Make room there, or have the variable COURSE_BUILD name another folder.",
        ) from error


def _tensorboard_tab() -> str:
    """Return the page of config/static/ that leads to TensorBoard once it is seen.

    JupyterLab loads a tab's page at its own start, also behind other tabs.
    """
    return tensorboard_address().replace(PROXY, "/static/tensorboard.html")


def _first_layout() -> dict[str, Any]:
    """Return one area of tabs; figures and code need its whole width on a small screen."""
    work = settings.work_dir().name
    notebooks = [f"{work}/{START}", f"{work}/{look().next.file}"]
    tabs = [f"notebook:{path}" for path in notebooks]
    return {
        "layout-restorer:data": {
            "main": {
                "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [*tabs, TAB]},
                "current": tabs[0],
            },
            # The file browser would make the notebook narrow; a click on its sign unfolds it. (Were
            # it named here, JupyterLab would unfold it.)
            "left": {"collapsed": True},
            "right": {"collapsed": True},
            "relativeSizes": [0, 1, 0],
        },
        "file-browser-filebrowser:cwd": {"path": work},
        **{
            tab: {"data": {"path": path, "factory": "Notebook"}}
            for tab, path in zip(tabs, notebooks, strict=True)
        },
        TAB: {"data": {"url": _tensorboard_tab(), "title": "TensorBoard", "id": TAB_ID}},
    }
