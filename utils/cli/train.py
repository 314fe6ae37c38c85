"""`course train`: a study's runs from a terminal."""

from typing import Annotated

import typer

from utils import settings
from utils.cli.options import DataOption, ProfileOption, RunsOption, SeedsOption, VariantOption

__all__ = ["train"]


def train(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="layers, dropout, regularization, batch_size, learning_rate or all.",
        ),
    ],
    variant: VariantOption = None,
    seeds: SeedsOption = 3,
    profile: ProfileOption = None,
    data: DataOption = None,
    runs: RunsOption = None,
) -> None:
    """Train a study: finished runs are skipped, cut-off ones go on."""
    settings.put(profile, data, runs)
    from utils.data import load
    from utils.errors import CourseError
    from utils.experiments.studies import STUDIES, get_study, get_variant
    from utils.experiments.study_runner import run_study

    names = list(STUDIES) if study == "all" else [get_study(study).name]
    asked = seeds * sum(len(variant or STUDIES[name].variants) for name in names)
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
        f"{len(records)} run{'s are' if len(records) != 1 else ' is'} in {settings.runs_dir()}"
        + f", {diverged} diverged" * (diverged > 0)
    )
    if others := asked - len(records):
        raise CourseError(
            f"{others} run{'s are' if others > 1 else ' is'} being trained by another process.",
            "Give the same command again once it has ended.",
        )
    print(f"Compare them: course compare {'' if study == 'all' else study}".rstrip())
