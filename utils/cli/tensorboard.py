"""`course tensorboard`: TensorBoard alone, without JupyterLab."""

import typer

from utils import settings
from utils.cli.options import PortOption, RunsOption

__all__ = ["tensorboard"]


def tensorboard(runs: RunsOption = None, port: PortOption = None) -> None:
    """Serve TensorBoard on this machine only."""
    settings.put(None, None, runs)
    from utils.jupyter.tensorboard import serve

    raise typer.Exit(serve(settings.runs_dir(), port))
