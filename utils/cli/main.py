"""The `course` command: every job of the course from a terminal.

Thin: a command reads options, calls the room that does the work and prints what comes back.
Imports happen inside the commands, so that `course --help` answers at once.
"""

import os
import sys

import typer

from utils import settings
from utils.cli.compare import compare
from utils.cli.data import data_app
from utils.cli.endings import TRACEBACK, be_told_to_end, clean_up_quietly, ended_by, explain
from utils.cli.export import export_app
from utils.cli.jobs import jobs_app
from utils.cli.lab import lab
from utils.cli.launch import launch
from utils.cli.plain import speak_plainly
from utils.cli.progress import progress
from utils.cli.reference import reference
from utils.cli.reset import reset
from utils.cli.run import run
from utils.cli.search import search
from utils.cli.sheet import sheet_app
from utils.cli.tensorboard import tensorboard
from utils.cli.train import train
from utils.cli.update import update

__all__ = ["app", "main"]

app = typer.Typer(
    help="A hands-on deep-learning course: notebooks, trainings, comparisons. Any command "
    f"with {TRACEBACK} prints, after an error, what to report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text is a third shorter, and any terminal can show it
)
INTERRUPTED = 130  # what typer makes of Ctrl-C
for command in (run, lab, reset, update, tensorboard, train, compare, search):
    app.command()(command)
# What it doesn't know may belong to a line for bash, as `floyd run` took it: `launch` answers it.
app.command(context_settings={"ignore_unknown_options": True})(launch)
app.command()(progress)
# For who makes the course, and hidden: what learners use fills the help's one screen. All that
# follows the name is the script's own.
app.command(
    hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)(reference)
app.add_typer(jobs_app, name="jobs")
app.add_typer(data_app, name="data")
app.add_typer(sheet_app, name="sheet")
app.add_typer(export_app, name="export")


@app.command()
def doctor() -> None:
    """Check this machine: a line each, with a remedy where needed."""
    from utils.cli.doctor import diagnose, report

    findings = diagnose()
    print(report(findings))
    raise typer.Exit(1 if any(finding.level == "fault" for finding in findings) else 0)


def main() -> None:
    """Run the command. Whatever goes wrong is one sentence, also a bug; see `utils.cli.endings`."""
    words = [word for word in sys.argv[1:] if word != TRACEBACK]
    speak_plainly()
    be_told_to_end()
    status: int | str | None = 0
    try:
        settings.start_here()
        app(words, prog_name="course")
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:
        explain(error, shown=TRACEBACK in sys.argv)
        if TRACEBACK not in sys.argv:
            clean_up_quietly()
        status = 1
    if status == INTERRUPTED:
        print("course: interrupted; finished work is kept.", file=sys.stderr)
        status = ended_by()
    sys.exit(_flushed(status))


def _flushed(status: int | str | None) -> int | str | None:
    """Write out what is printed, which may fail as any writing may; return the exit status."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again
        if not isinstance(error, BrokenPipeError):  # the reader, such as `head`, has seen enough
            explain(error, shown=False)
            return 1
    return status


if __name__ == "__main__":
    main()
