"""JupyterLab on a machine that costs money: no window, the token kept quiet, an end when idle.

Started by a job's script as `python -m utils.jupyter.remote_lab [IDLE_SECONDS]`, with
JUPYTER_TOKEN in the environment.
Knows nothing of clouds.
"""

import datetime
import logging
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp
from tornado.ioloop import PeriodicCallback
from traitlets import Bool

from utils.errors import CourseError
from utils.jupyter.lab import lab_environment, lab_options, prepare_work, write_workspace

__all__ = ["IDLE_SECONDS", "QuietServer", "main"]

IDLE_SECONDS = 1800
CHECK_SECONDS = 60
_LONG_AGO = datetime.datetime.fromtimestamp(0, datetime.UTC)


class QuietServer(ServerApp):
    """A Jupyter server that tells its token to nobody and ends when nothing is done with it.

    Done is: a cell runs, a terminal prints, a file is saved, a kernel is started or ended. An open
    browser tab asks for news every few seconds, which Jupyter itself takes for activity.
    """

    # The file that would open a browser holds the token.
    no_browser_open_file = Bool(True)

    def load_config_file(  # type: ignore[override]  # as ServerApp itself overrides it
        self, suppress_errors: bool = True
    ) -> None:
        """Read the course's configuration; its TensorBoard tab shows the one that runs already."""
        super().load_config_file(suppress_errors)
        entry = self.config.ServerProxy.servers["tensorboard"]
        port = int(os.environ.get("TENSORBOARD_PORT", "6006"))
        entry |= {"command": [], "port": port, "update_last_activity": False}

    def init_configurables(self) -> None:
        """Take the token out of the environment: kernels and terminals inherit that."""
        super().init_configurables()
        token = self.identity_provider.token
        if not token or self.identity_provider.token_generated:
            raise CourseError("JUPYTER_TOKEN isn't set.", "A job gets it from `course launch`.")
        os.environ.pop("JUPYTER_TOKEN")
        for handler in self.log.handlers:
            handler.addFilter(_Secret(token))

    def init_webapp(self) -> None:
        """Note when something was last changed by way of the API."""
        super().init_webapp()
        log_request = self.web_app.settings["log_function"]

        def noting(handler: Any) -> None:
            changing = handler.request.method not in ("GET", "HEAD", "OPTIONS")
            if changing and isinstance(handler, APIHandler) and handler.current_user:
                self._changed = _now()
            log_request(handler)

        self.web_app.settings["log_function"] = noting

    def server_info(self) -> dict[str, Any]:
        """Return what Jupyter writes into its runtime folder, without the token."""
        return {**super().server_info(), "token": ""}

    def init_shutdown_no_activity(self) -> None:
        """Look often enough whether it is time to end."""
        self._changed = _now()
        seconds = min(CHECK_SECONDS, self.shutdown_no_activity_timeout)
        PeriodicCallback(self.shutdown_no_activity, 1000 * seconds).start()

    def shutdown_no_activity(self) -> None:
        """End the server when no kernel is busy and nothing was done for long enough."""
        idle = (_now() - self.last_work()).total_seconds()
        if idle > self.shutdown_no_activity_timeout:
            self.log.warning("Nothing was done for %d seconds: JupyterLab ends.", idle)
            self.stop()

    def last_work(self) -> datetime.datetime:
        """Return when something was last done; now while a kernel is busy."""
        manager: Any = self.kernel_manager
        kernels = [manager.get_kernel(one) for one in manager.list_kernel_ids()]
        if any(kernel.execution_state == "busy" for kernel in kernels):
            return _now()
        terminals = self.web_app.settings.get("terminal_manager")
        living: list[Any] = [*kernels, *(terminals.terminals.values() if terminals else ())]
        # One that was opened in an unusual way has no such note.
        return max([self._changed, *(getattr(one, "last_activity", _LONG_AGO) for one in living)])


class _Secret(logging.Filter):
    """Keeps a token out of the log: an address in a redirect has it, for example."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if self.token in message:
            record.msg, record.args = message.replace(self.token, "[secret]"), ()
        return True


def main(idle: int = IDLE_SECONDS) -> None:
    """Run JupyterLab on 127.0.0.1:$JUPYTER_PORT until it is ended, or idle for so many seconds.

    Idle kernels are ended too, though a tab shows them; a busy one never is.
    """
    if not os.environ.get("JUPYTER_TOKEN"):
        raise CourseError("JUPYTER_TOKEN isn't set.", "A job gets it from `course launch`.")
    os.environ.update(lab_environment())
    prepare_work()
    write_workspace(Path(os.environ["JUPYTERLAB_WORKSPACES_DIR"]))
    port = os.environ.get("JUPYTER_PORT", "8888")
    print(f"JupyterLab starts on 127.0.0.1:{port}; idle for {idle} s, it ends.", flush=True)
    LabApp.serverapp_class = QuietServer
    LabApp.launch_instance(
        lab_options(
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.open_browser=False",
            "--ServerApp.log_level=WARN",
            "--ServerApp.allow_root=True",
            f"--ServerApp.shutdown_no_activity_timeout={idle}",
            f"--MappingKernelManager.cull_idle_timeout={idle}",
            f"--MappingKernelManager.cull_interval={CHECK_SECONDS}",
            "--MappingKernelManager.cull_connected=True",
            "--MappingKernelManager.cull_busy=False",
        )
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except CourseError as error:
        sys.exit(f"course: {error}")
