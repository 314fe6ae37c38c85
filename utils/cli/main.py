"""The `course` command: every job of the course from a terminal.

Thin: it reads options, calls the room that does the work and prints what comes back.
Imports happen inside the commands, so that `course --help` answers at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from utils import settings
from utils.cli.launch import launch
from utils.cli.options import DataOption, ProfileOption, RunsOption, with_flags
from utils.cli.progress import progress
from utils.cli.search import search
from utils.cli.sheet import sheet_app
from utils.errors import CourseError

__all__ = ["app", "main"]

app = typer.Typer(
    help="A hands-on deep-learning course: run its notebooks, train its studies, compare runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="List, fetch and verify the data sets.", invoke_without_command=True)
app.add_typer(data_app, name="data")
app.add_typer(sheet_app, name="sheet")
app.command("launch")(launch)
app.command("search")(search)
app.command("progress")(progress)


def main() -> None:
    """Run the command; a mistake a person can mend is one sentence, not a traceback."""
    try:
        app()
    except CourseError as error:
        print(f"course: {with_flags(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("course: interrupted; finished work is kept.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def run(
    only: Annotated[
        str | None, typer.Option(help="Some notebooks: 01-06, or 01,03, or 10_layers.")
    ] = None,
    profile: ProfileOption = None,
    data: DataOption = None,
    runs: RunsOption = None,
) -> None:
    """Execute the notebooks in order; copies and a report land in build/."""
    settings.put(profile, data, runs)
    from utils.jupyter.run_all import run_notebooks

    report = run_notebooks(only)
    print(report.summary())
    raise typer.Exit(0 if report.passed else 1)


@app.command()
def lab() -> None:
    """Open JupyterLab on the first notebook, TensorBoard beside it."""
    from utils.jupyter.lab import open_lab

    raise typer.Exit(open_lab())


@app.command()
def tensorboard(
    runs: RunsOption = None,
    port: Annotated[
        int | None, typer.Option(help="6006 or the next free one unless given.")
    ] = None,
) -> None:
    """Serve TensorBoard on this machine only."""
    settings.put(None, None, runs)
    from utils.jupyter.tensorboard import serve

    raise typer.Exit(serve(settings.runs_dir(), port))


@app.command()
def train(
    study: Annotated[
        str,
        typer.Argument(help="layers, dropout, regularization, batch_size, learning_rate or all."),
    ],
    variant: Annotated[
        list[str] | None,
        typer.Option("--variant", help="One variant; may be repeated. All unless given."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs a variant, with seeds 0, 1, 2, …")] = 3,
    profile: ProfileOption = None,
    data: DataOption = None,
    runs: RunsOption = None,
) -> None:
    """Train a study's runs; finished ones are skipped, cut-off ones go on."""
    settings.put(profile, data, runs)
    from utils.data import load
    from utils.experiments.studies import STUDIES, get_study, get_variant
    from utils.experiments.study_runner import run_study

    names = list(STUDIES) if study == "all" else [get_study(study).name]
    for name in names:  # every name is checked before the first picture is read
        for chosen in variant or []:
            get_variant(get_study(name), chosen)
    dataset = load("cifar10")
    records = [
        record
        for name in names
        for record in run_study(name, variants=variant, seeds=range(seeds), dataset=dataset)
    ]
    diverged = sum(record["status"] == "diverged" for record in records)
    print(
        f"{len(records)} runs are in {settings.runs_dir()}"
        + f", {diverged} diverged" * (diverged > 0)
    )
    print(f"Compare them: course compare {'' if study == 'all' else study}".rstrip())


@app.command()
def compare(
    study: Annotated[
        str | None, typer.Argument(help="One study; all of them unless given.")
    ] = None,
    runs: RunsOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the HTML comparison goes.")
    ] = None,
) -> None:
    """Print finished runs as a table, and write it with its figures as one HTML page."""
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
    page = output or settings.BUILD / f"compare-{study or 'all'}.html"
    comparison_report(found, page)
    print(f"\nFigures: {page}")


@app.command()
def doctor() -> None:
    """Check this machine: a line each, and a remedy for what is wrong."""
    from utils.cli.doctor import diagnose, report

    findings = diagnose()
    print(report(findings))
    raise typer.Exit(1 if any(finding.level == "fault" for finding in findings) else 0)


@data_app.callback()
def data_list(context: typer.Context) -> None:
    """List the data sets and where each one is."""
    if context.invoked_subcommand is None:
        from utils.data import status

        for line in status():
            print(line)


@data_app.command("fetch")
def data_fetch(name: Annotated[str, typer.Argument(help="mnist, cifar10 or cats_dogs.")]) -> None:
    """Download a data set, check it and unpack it."""
    from utils.data import fetch

    print(fetch(name))


@data_app.command("verify")
def data_verify(
    name: Annotated[str | None, typer.Argument(help="One set; all there are unless given.")] = None,
) -> None:
    """Read a data set whole and check it."""
    from utils.data import SETS, verify

    for chosen in [name] if name else SETS:
        print(verify(chosen))


if __name__ == "__main__":
    main()
