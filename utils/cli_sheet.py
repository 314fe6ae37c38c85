"""`course sheet …`: workbooks from a terminal. Thin, as utils/cli.py is."""

import re
from pathlib import Path
from typing import Annotated

import typer

from utils.errors import CourseError

__all__ = ["sheet_app"]

sheet_app = typer.Typer(
    help="Write workbooks with live formulas: a picture, the OR gate.", no_args_is_help=True
)

OutputOption = Annotated[Path, typer.Option("--output", "-o", help="The workbook, FILE.xlsx.")]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Let LibreOffice calculate it anew, and compare.")
]


@sheet_app.command("picture")
def picture(
    file: Annotated[Path, typer.Argument(help="A JPEG or PNG file.")],
    output: OutputOption,
    size: Annotated[
        str | None, typer.Option(help="Scale to WIDTHxHEIGHT, such as 200x150.")
    ] = None,
    check: CheckOption = False,
) -> None:
    """Write a picture as numbers that colour their cells."""
    from utils.spreadsheet import picture_to_workbook

    _report(picture_to_workbook(file, output, _size(size)), check)


@sheet_app.command("or-gate")
def or_gate(
    output: OutputOption,
    learning_rate: Annotated[float, typer.Option(help="From 0 to 100.")] = 2.0,
    epochs: Annotated[int, typer.Option(help="Rows of the table, 1 to 10,000.")] = 2000,
    check: CheckOption = False,
) -> None:
    """Write gradient descent on the OR gate, a row an epoch."""
    from utils.spreadsheet import or_gate_workbook

    _report(or_gate_workbook(output, learning_rate=learning_rate, epochs=epochs), check)


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise CourseError(f"--size {text} isn't WIDTHxHEIGHT.", "Write 200x150, for example.")
    return int(found[1]), int(found[2])


def _report(path: Path, check: bool) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    if check:
        from utils.spreadsheet.checking import check_workbook, formulas

        complaints = check_workbook(path)
        if complaints:
            raise CourseError("\n".join([f"{path} is not right:", *complaints]))
        print(f"Calculated anew by LibreOffice: {len(formulas(path)):,} formulas, all as stored.")
