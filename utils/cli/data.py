"""`course data …`: the data sets from a terminal."""

from typing import Annotated

import typer

from utils.errors import CourseError

__all__ = ["data_app"]

data_app = typer.Typer(help="List, fetch and verify the data sets.", invoke_without_command=True)


@data_app.callback()
def data_list(context: typer.Context) -> None:
    """List the data sets and where each one is."""
    if context.invoked_subcommand is None:
        from utils.data import status

        for line in status():
            print(line)


@data_app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, cifar10 or cats_dogs.")],
) -> None:
    """Download a data set, check it and unpack it."""
    from utils.data import fetch

    print(fetch(name))


@data_app.command("verify")
def data_verify(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One set; all there are unless given.")
    ] = None,
) -> None:
    """Read a data set whole and check it."""
    from utils.data import SETS, status, verify

    status()  # where no folder can be looked at, that is said once, not for each set

    wrong = []
    for chosen in [name] if name else SETS:
        try:
            print(verify(chosen))
        except CourseError as error:  # the others are verified all the same
            wrong.append(error)
            if not name:
                print(f"{chosen:<17}{error}")
    if name and wrong:
        raise wrong[0]
    if wrong:
        raise CourseError(
            f"{len(wrong)} of {len(SETS)} data sets can't be trusted.",
            "Their lines above say what to do.",
        )
