"""`course lab`: JupyterLab on the notebooks, every kernel with the settings that were chosen."""

import typer

from utils import settings
from utils.cli.options import DataOption, ProfileOption, RunsOption

__all__ = ["lab"]


def lab(profile: ProfileOption = None, data: DataOption = None, runs: RunsOption = None) -> None:
    """Open JupyterLab on the start page of your lessons."""
    settings.put(profile, data, runs)
    from utils.jupyter.lab import open_lab

    raise typer.Exit(open_lab())
