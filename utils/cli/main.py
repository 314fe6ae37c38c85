"""The `course` command: every job of the course from a terminal.

Thin: a command reads options, calls the room that does the work and prints what comes back.
Imports happen inside the commands, so that `course --help` answers at once.
"""

import os
import sys

import typer

from utils.cli.compare import compare
from utils.cli.data import data_app
from utils.cli.jobs import jobs_app
from utils.cli.lab import lab
from utils.cli.launch import launch
from utils.cli.options import with_flags
from utils.cli.progress import progress
from utils.cli.run import run
from utils.cli.search import search
from utils.cli.sheet import sheet_app
from utils.cli.tensorboard import tensorboard
from utils.cli.train import train
from utils.errors import CourseError

__all__ = ["app", "main"]

app = typer.Typer(
    help="A hands-on deep-learning course: run its notebooks, train its studies, compare runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text is a third shorter, and any terminal can show it
)
for command in (run, lab, tensorboard, train, compare, search, launch, progress):
    app.command()(command)
app.add_typer(jobs_app, name="jobs")
app.add_typer(data_app, name="data")
app.add_typer(sheet_app, name="sheet")


@app.command()
def doctor() -> None:
    """Check this machine: a line each, with a remedy where needed."""
    from utils.cli.doctor import diagnose, report

    findings = diagnose()
    print(report(findings))
    raise typer.Exit(1 if any(finding.level == "fault" for finding in findings) else 0)


def main() -> None:
    """Run the command; a mistake a person can mend is one sentence, not a traceback."""
    try:
        app(prog_name="course")
    except CourseError as error:
        print(f"course: {with_flags(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("course: interrupted; finished work is kept.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
