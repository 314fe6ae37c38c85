"""`course export keras`: a trained run as a Keras model."""

from pathlib import Path
from typing import Annotated

import typer

from utils.cli.options import ForceOption, OutputOption
from utils.errors import CourseError
from utils.files import refuse_taken
from utils.settings import resolve_path

__all__ = ["export_keras"]


def export_keras(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="A run's folder, such as runs/dropout/0.5/seed-0."),
    ],
    output: OutputOption,
    force: ForceOption = False,
) -> None:
    """Write a trained run's network as a Keras model.

    It takes pictures of 32 x 32 as they are, values 0 to 255, and gives ten
    probabilities. A run that isn't finished gives those of its last epoch.
    """
    from utils.experiments.run_copy import copy_run, write_model

    output = resolve_path(output)
    if output.suffix != ".keras":
        raise CourseError(f"{output} must end in .keras.", "Write -o mine.keras, for example.")
    refuse_taken(output, force)
    model, record = copy_run(resolve_path(run))
    write_model(model, output)
    row, epochs = record["history"][-1], record["config"]["epochs"]
    print(
        f"{output}: {output.stat().st_size / 1e6:.2f} MB, {model.count_params():,} weights, after "
        f"{row['epoch']} of {epochs} epochs; {100 * row['val_accuracy']:.1f} % of its validation "
        "pictures are right."
    )
