"""`course run`: the notebooks, executed."""

import typer

from utils import settings
from utils.cli.options import (
    DataOption,
    JobsOption,
    OnlyOption,
    ProfileOption,
    RunsOption,
    WorkOption,
)

__all__ = ["run"]


def run(
    only: OnlyOption = None,
    profile: ProfileOption = None,
    data: DataOption = None,
    runs: RunsOption = None,
    jobs: JobsOption = None,
    work: WorkOption = False,
) -> None:
    """Execute the notebooks; copies and a report land in build/."""
    settings.put(profile, data, runs)
    from utils.jupyter.run_all import run_notebooks
    from utils.jupyter.work import make_copies

    folder = make_copies() if work else settings.NOTEBOOKS
    report = run_notebooks(only, runs_dir=runs, jobs=jobs, notebooks_dir=folder)
    print(report.summary())
    raise typer.Exit(report.exit_code)
