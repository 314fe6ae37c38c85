"""`course ladder`: the reference's rungs and your own runs, as a leaderboard."""

import shutil
import sys
from typing import Annotated

import typer

from utils import settings
from utils.cli.options import RunsOption
from utils.errors import CourseError

__all__ = ["ladder"]


def ladder(
    study: Annotated[
        str | None,
        typer.Argument(metavar="STUDY", help="Of your runs, one study's; all unless given."),
    ] = None,
    runs: RunsOption = None,
) -> None:
    """Rank the ladder's rungs and your runs; show their prices.

    Rungs are the reference's, on real CIFAR-10. A run of yours has a place
    where it was measured on the same validation pictures; each other one is
    named, with the reason. Test pictures play no part.
    """
    settings.put(None, None, runs)
    root = settings.runs_dir()
    if root.exists() and not root.is_dir():
        raise CourseError(f"{root} isn't a folder.", "Give a folder as `runs`.", ("runs",))
    from utils.experiments.ladder_board import leaderboard
    from utils.experiments.ladder_tables import board_text

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(board_text(leaderboard(study=study), width), end="")
