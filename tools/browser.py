"""JupyterLab with a real kernel in a real Chromium: for tests, benchmarks and screenshots.

Needs the extra `dev` (Playwright) and the system package chromium. Knows no notebook.
"""

import json
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.jupyter.lab import lab_command, lab_environment, write_workspace
from utils.settings import ROOT

__all__ = ["FLAGS", "Server", "chromium_path", "find_chromium", "jupyterlab", "launch",
           "unused_port", "wait_for"]  # fmt: skip

# No sandbox: in a container Chromium runs as root. The rest keeps it off the network.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--no-first-run", "--disable-gpu"]  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address without a path, its token, its process."""

    address: str
    token: str
    process: subprocess.Popen[bytes]

    def url(self, path: str) -> str:
        """Return the address of a page behind the login."""
        return f"{self.address}/{path.lstrip('/')}{'&' if '?' in path else '?'}token={self.token}"


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, None where there is neither."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def chromium_path() -> str:
    """Return the path of Chromium; raise CourseError where there is none."""
    found = find_chromium()
    if found is None:
        raise CourseError("Chromium isn't installed.", "Install the system package chromium.")
    return found


@contextmanager
def launch(playwright: Any, **options: Any) -> Iterator[Any]:
    """Start Chromium without a window; close it at the end. Yields Playwright's Browser."""
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS, **options)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def jupyterlab(
    folder: Path, root: Path = ROOT, variables: dict[str, str] | None = None
) -> Iterator[Server]:
    """Run JupyterLab as `course lab` does, without opening a window; end it and its kernels.

    folder: where its window layouts, settings and messages (`lab.log`) go.
    root: the folder that it shows. variables: of the environment, besides ours.
    """
    token = secrets.token_hex(16)
    layouts, views = folder / "workspaces", folder / "settings"
    environment = lab_environment() | (variables or {}) | {
        "JUPYTERLAB_WORKSPACES_DIR": str(layouts),
        "JUPYTERLAB_SETTINGS_DIR": str(views),
        "JUPYTER_TOKEN": token,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_workspace(layouts)
    _write_settings(views)
    port = unused_port()
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--no-browser",
               "--allow-root", "--LabApp.expose_app_in_browser=True",
               "--JupyterNotebookApp.expose_app_in_browser=True",
               "--LabApp.extension_manager=readonly"]  # fmt: skip
    command = [*lab_command(*options)]
    command[command.index(f"--ServerApp.root_dir={ROOT}")] = f"--ServerApp.root_dir={root}"
    output = (folder / "lab.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", token, process)
    try:
        wait_for(server.url("/api/status"), process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.close()


def unused_port() -> int:
    """Return a port that the system gives out: two that ask at once get two.

    The course's own `free_port` looks from 6006 on, and so finds the same one for both.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_settings(folder: Path) -> None:
    """Let every cell be in the page, on screen or not, and no news be asked for."""
    for name, chosen in {
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }.items():
        file = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(chosen), encoding="utf-8")


def wait_for(
    address: str, process: subprocess.Popen[bytes] | None = None, seconds: float = 600
) -> None:
    """Return once the address answers; raise CourseError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except OSError as error:
            ended = process is not None and process.poll() is not None
            if ended or time.monotonic() > end:
                raise CourseError(f"{address.partition('?')[0]} doesn't answer: {error}") from error
            time.sleep(0.3)
