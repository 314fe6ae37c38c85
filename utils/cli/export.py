"""`course export …`: trained networks for use outside the course. Each kind has a command here."""

from pathlib import Path
from typing import Annotated

import typer

from utils.cli.export_keras import export_keras
from utils.cli.options import ClassesOption, ForceOption, OutputOption, TitleOption, class_names

__all__ = ["export_app"]

export_app = typer.Typer(
    help="Write a trained network for use elsewhere.",
    no_args_is_help=True,
)
export_app.command("keras")(export_keras)


@export_app.command("page")
def page(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Keras model, .keras or .h5.")],
    output: OutputOption,
    classes: ClassesOption = None,
    title: TitleOption = "",
    force: ForceOption = False,
) -> None:
    """Write one HTML page that answers pictures: camera, file, drawing.

    It needs no server and sends nothing. The network is given pixels from 0 to 255.
    """
    from utils.export.page import check_place, page_of
    from utils.files import write_whole

    path = check_place(output, force)
    html = page_of(file, class_names(classes), title or file.stem).encode()
    print(f"{path}: {len(html) / 1e6:.2f} MB")
    write_whole(path, html)
