"""`course sheet …`: workbooks from a terminal."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from utils.cli.options import (
    CheckOption,
    ClassesOption,
    EpochsOption,
    LabelOption,
    LearningRateOption,
    NumberOption,
    OutputOption,
    PictureOption,
    SizeOption,
    UntilOption,
    class_names,
)
from utils.errors import CourseError
from utils.settings import resolve_path

__all__ = ["sheet_app"]

sheet_app = typer.Typer(
    help="Write workbooks with live formulas.",
    no_args_is_help=True,
)


@sheet_app.command("picture")
def picture(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A JPEG, PNG, GIF, WebP, AVIF, BMP or TIFF.")
    ],
    output: OutputOption,
    size: SizeOption = None,
    check: CheckOption = False,
) -> None:
    """Write a picture as numbers that colour their cells."""
    from utils.spreadsheet import image_to_workbook

    _report(image_to_workbook(file, output, _size(size)), check)


@sheet_app.command("model")
def model(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Keras model, .keras or .h5.")],
    output: OutputOption,
    picture: PictureOption = None,
    number: NumberOption = 0,
    classes: ClassesOption = None,
    label: LabelOption = None,
    until: UntilOption = "",
    check: CheckOption = False,
) -> None:
    """Write a trained Keras CNN, a sheet a layer.

    The Input sheet shows a picture of MNIST or CIFAR-10, whichever the model fits, or your own.
    """
    from utils.networks.in_numpy.keras_layers import read_network
    from utils.networks.saved import load_model
    from utils.spreadsheet import model_to_workbook
    from utils.spreadsheet.examples import choose_example
    from utils.spreadsheet.model import check_size

    network = load_model(file)
    where = str(resolve_path(file))
    layers = read_network(network, where, "added", until)
    check_size(layers, where)
    one = choose_example(layers, picture, number, class_names(classes), label)
    note = f"Its weights are those of {file.name}."
    path = model_to_workbook(network, one.image, one.label, one.class_names, output, note, until)
    _report(path, check, network, until)


@sheet_app.command("or-gate")
def or_gate(
    output: OutputOption,
    learning_rate: LearningRateOption = 2.0,
    epochs: EpochsOption = 2000,
    check: CheckOption = False,
) -> None:
    """Write gradient descent on the OR gate, a row an epoch."""
    from utils.spreadsheet import or_gate_workbook

    _report(or_gate_workbook(output, learning_rate=learning_rate, epochs=epochs), check)


@sheet_app.command("nine-steps")
def nine_steps(output: OutputOption, check: CheckOption = False) -> None:
    """Write the nine steps from a cat's pixels to the loss."""
    from utils.networks.saved import load_model, reference_model
    from utils.spreadsheet import nine_steps_workbook

    model = load_model(reference_model("three_classes"))
    _report(nine_steps_workbook(output, model), check, model)


@sheet_app.command("backward")
def backward(
    output: OutputOption,
    learning_rate: LearningRateOption = 0.1,
    check: CheckOption = False,
) -> None:
    """Write one backward step of a tiny CNN: slopes, weights, loss."""
    from utils.spreadsheet import backward_workbook

    _report(backward_workbook(output, learning_rate=learning_rate), check)


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise CourseError(f"--size {text} isn't WIDTHxHEIGHT.", "Write 200x150, for example.")
    return int(found[1]), int(found[2])


def _report(path: Path, check: bool, model: Any = None, until: str = "") -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    if not check:
        return
    from utils.spreadsheet.check import check_model, check_workbook
    from utils.spreadsheet.libreoffice import formulas

    complaints = check_workbook(path)
    complaints += check_model(path, model, until) if model is not None else []
    if complaints:
        raise CourseError("\n".join([f"{path} is not right:", *complaints]))
    print(
        f"Calculated anew by LibreOffice: {len(formulas(path)):,} formulas, all as stored"
        + ", every layer as in the model." * (model is not None)
        + "." * (model is None)
    )
