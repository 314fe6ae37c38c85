"""`course train`: a study's runs from a terminal."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from utils import settings
from utils.cli.options import (
    DataOption,
    PartOption,
    ProfileOption,
    RunsOption,
    SeedsOption,
    VariantOption,
)
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.experiments.studies import Study

__all__ = ["planned", "train"]


def train(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="layers, dropout, regularization, batch_size, learning_rate, all of these, "
            "ladder, or FILE.toml.",
        ),
    ],
    variant: VariantOption = None,
    seeds: SeedsOption = 3,
    profile: ProfileOption = None,
    data: DataOption = None,
    runs: RunsOption = None,
    part: PartOption = None,
) -> None:
    """Train a study: finished runs are skipped, cut-off ones go on."""
    settings.put(profile, data, runs)
    mine = planned(study, variant, seeds, part)  # every name is checked before a picture is read
    from utils.data import load
    from utils.experiments.studies import LADDER
    from utils.experiments.study_runner import run_study

    dataset = load("cifar10")
    records = [
        record
        for one, variants, numbers in mine
        for record in run_study(one, variants=variants, seeds=numbers, dataset=dataset)
    ]
    diverged = sum(record["status"] == "diverged" for record in records)
    print(
        f"{len(records)} run{'s are' if len(records) != 1 else ' is'} in {settings.runs_dir()}"
        + f", {diverged} diverged" * (diverged > 0)
    )
    asked = sum(len(variants) * len(numbers) for _, variants, numbers in mine)
    if others := asked - len(records):
        raise CourseError(
            f"{others} run{'s are' if others > 1 else ' is'} being trained by another process.",
            "Give the same command again once it has ended.",
        )
    print(f"Compare them: course compare {'' if study == 'all' else mine[0][0].name}".rstrip())
    if any(one.start or one is LADDER for one, _, _ in mine):
        print("Beside the reference's rungs: course ladder")


def planned(
    study: str, variant: list[str] | None, seeds: int, part: str | None = None
) -> "list[tuple[Study, list[str], list[int]]]":
    """Return what is to be trained: study, variants and seeds, each variant with each seed.

    study: a study's name, `all` of the course's, or the file of one's own, which ends in `.toml`.
    part: `K/N`, only the K-th of N parts: every N-th run, each named alone then.
    Raises CourseError for names that there are none of, and for a part that is none.
    """
    from utils.experiments.own_studies import meet_own, read_study
    from utils.experiments.studies import STUDIES, get_study, get_variant, variants_at

    profile = settings.profile_name()
    damaged = meet_own(settings.runs_dir())
    if study in damaged:
        raise CourseError(damaged[study])
    own = read_study(Path(study)) if study.endswith(".toml") else None
    studies = list(STUDIES.values()) if study == "all" else [own or get_study(study)]
    for one in studies:
        for chosen in variant or []:
            get_variant(one, chosen, profile)
    whole = [(one, variant or variants_at(one, profile), list(range(seeds))) for one in studies]
    if part is None:
        return whole
    number, parts = _part(part)
    single = [
        (one, [name], [seed]) for one, variants, numbers in whole for seed in numbers
        for name in variants
    ]  # fmt: skip
    return single[number - 1 :: parts]


def _part(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
    number, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= parts:
        raise CourseError(f"`part` is {text!r}.", "Give K/N, such as 1/3, 2/3 or 3/3.", ("part",))
    return number, parts
