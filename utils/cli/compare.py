"""`course compare`: finished runs as a table and a page."""

from typing import Annotated

import typer

from utils import settings
from utils.cli.options import MaybeOutputOption, RunsOption
from utils.errors import CourseError

__all__ = ["compare"]


def compare(
    study: Annotated[
        str | None, typer.Argument(metavar="STUDY", help="One study; all of them unless given.")
    ] = None,
    runs: RunsOption = None,
    output: MaybeOutputOption = None,
) -> None:
    """Print finished runs as a table; write a page with figures.

    It is HTML, and build/compare-STUDY.html unless another file is given.
    """
    settings.put(None, None, runs)
    from utils.experiments.history import compare as table_of
    from utils.experiments.history import load_runs
    from utils.experiments.tables import to_markdown
    from utils.plots.comparison_page import comparison_report

    found = load_runs(settings.runs_dir(), study)
    if not found:
        raise CourseError(
            f"{settings.runs_dir()} holds no runs"
            + f" of {study}." * bool(study)
            + "." * (not study),
            f"Train some first: course train {study or 'layers'}",
        )
    print(to_markdown(table_of(found)))
    page = output or settings.build_dir() / f"compare-{study or 'all'}.html"
    comparison_report(found, page)
    print(f"\nFigures: {page}")
