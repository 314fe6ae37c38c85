"""`course class …`: the work of many learners, graded and gathered on the teacher's machine.

Knows nothing of how it is read and judged.
"""

import sys
from pathlib import Path

import typer

from utils.cli.card import card
from utils.cli.options import ClassFolderArgument, NamesOption, ReportsOption, TrustOption

__all__ = ["class_app"]

class_app = typer.Typer(help="Hand in, grade and gather the work of a class.", no_args_is_help=True)
class_app.command("card")(card)


@class_app.command("grade")
def class_grade(
    folder: ClassFolderArgument,
    output: ReportsOption = None,
    names: NamesOption = None,
    trust: TrustOption = False,
) -> None:
    """Run the exercises of handed-in notebooks anew, each in a cage.

    Only answers count: stored outputs, progress files and changed checks don't. -o FILE.html is a
    page, -o FILE.csv a table; give both for both.
    """
    from utils.classroom import class_table, grading, names_file

    for path in output or ():
        class_table.known_ending(path)
    known = names_file.read(names) if names else {}
    grades = grading.grade(folder, trust, known, _count)
    for path in output or ():
        class_table.write_grades(path, grades)
    _say(class_table.grade_lines(grades), output)


def _count(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of} notebooks", end="\n" if done == of else "", file=sys.stderr)


@class_app.command("collect")
def class_collect(folder: ClassFolderArgument, output: ReportsOption = None) -> None:
    """Gather progress files: who is where, what stops most.

    Reads what `course progress --export` wrote, progress.jsonl, notebooks and experiment cards;
    runs nothing. -o FILE.html is a page, -o FILE.csv a table; give both for both.
    """
    from utils.classroom import class_table, gathering

    for path in output or ():
        class_table.known_ending(path)
    found = gathering.collect(folder)
    for path in output or ():
        class_table.write_class(path, found)
    _say(class_table.class_lines(found), output)


def _say(lines: str, output: list[Path] | None) -> None:
    """Print all where nothing is written, else its last line and what was written."""
    print(lines.rpartition("\n")[2] if output else lines)
    for path in output or ():
        print(path)
