"""The five studies as data: one baseline, and per study the one field that varies; and the ladder.

Nothing here knows TensorFlow, data sets or folders.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from utils.errors import CourseError
from utils.experiments.ladder import RUNGS, rung_fields
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = [
    "COURSE_STUDIES",
    "LADDER",
    "PROFILES",
    "Profile",
    "STUDIES",
    "Study",
    "TRAIN_MEASURED",
    "baseline_with",
    "config_for",
    "find_study",
    "get_profile",
    "get_study",
    "get_variant",
    "meet",
    "variants_at",
]

# Training pictures that are measured as the validation pictures are, at each epoch's end.
TRAIN_MEASURED = 2000
# The fields that say how much work a training is. A study has them from the profile; one that
# stands on the ladder has them at this profile from its rung.
WORK = ("train_size", "validation_size", "epochs")
WHOLE = "full"


@dataclass(frozen=True)
class Profile:
    """How much work a training is: pictures and epochs, and nothing else.

    train_size, validation_size: pictures; None means all there are.
    sample_epochs: the epochs on the built-in sample, whose pictures are few.
    """

    name: str
    train_size: int | None
    validation_size: int | None
    epochs: int
    sample_epochs: int
    summary: str

    def on(self, real: bool) -> "Profile":
        """Return the profile as it is on the real data, or on the sample."""
        return self if real else replace(self, epochs=self.sample_epochs)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile("smoke", 300, 100, 2, 2, "seconds: proves that everything runs"),
            Profile("quick", 10_000, 5_000, 8, 24, "minutes on two cores: the default"),
            Profile("full", None, None, 50, 50, "all pictures, 50 epochs: for a GPU"),
        )
    }
)


@dataclass(frozen=True)
class Study:
    """A question about one factor.

    field: the one field of Config that the variants change.
    variants: each variant's value of that field; one of them is the baseline's own.
    base: fields in which the study's baseline, and with it all variants, isn't the course's.
    start: the rung of the ladder that it starts from; the course's baseline where it is empty.
    search: what a search of it varies, as its file says; it makes no other study of it.
    """

    name: str
    question: str
    field: str
    variants: Mapping[str, Any]
    base: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    start: str = ""
    search: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def ground(self) -> dict[str, Any]:
        """The fields in which its baseline isn't the course's: its rung's, then its base's."""
        return {**(rung_fields(self.start) if self.start else {}), **self.base}

    @property
    def baseline(self) -> str:
        """The name of the variant that changes nothing: what the others are held against."""
        own = self.ground.get(self.field, getattr(BASELINE, self.field))
        return next(name for name, value in self.variants.items() if value == own)

    def fields(self, variant: str) -> dict[str, Any]:
        """Return what a variant changes of the course's baseline; raise CourseError for none."""
        value = _lookup(self.variants, variant, f"variant of {self.name}")
        return {**self.ground, self.field: value}


@dataclass(frozen=True)
class Ladder(Study):
    """The ladder as a study: each variant a rung, held against the first, the lowest."""

    @property
    def baseline(self) -> str:
        """The lowest rung."""
        return next(iter(self.variants))

    def fields(self, variant: str) -> dict[str, Any]:
        """Return what a rung and all below it change; raise CourseError for none."""
        return rung_fields(variant)


STUDIES: Mapping[str, Study] = MappingProxyType(
    {
        study.name: study
        for study in (
            Study(
                "layers",
                "Does a deeper network recognise more?",
                "layers",
                {
                    "one-set": ((32,),),
                    "three-sets": ((32,), (64,), (64,)),
                    "baseline": BASELINE.layers,
                },
            ),
            Study(
                "dropout",
                "Does forgetting on purpose help?",
                "dropout",
                {"0": 0.0, "0.25": 0.25, "0.5": 0.5},
            ),
            Study(
                "regularization",
                "Does a price on large weights help?",
                "regularizer",
                {"none": "none", "L1": "L1", "L2": "L2"},
            ),
            Study(
                "batch_size",
                "How many pictures should one step see?",
                "batch_size",
                {"50": 50, "96": 96, "500": 500, "2000": 2000},
            ),
            Study(
                "learning_rate",
                "How large should a step be?",
                "learning_rate",
                {"0.0001": 0.0001, "0.001": 0.001, "0.01": 0.01},
            ),
        )
    }
)


LADDER = Ladder(
    "ladder", "What does each rung of the ladder add?", "", {one.name: one.changes for one in RUNGS}
)
COURSE_STUDIES: Mapping[str, Study] = MappingProxyType({**STUDIES, LADDER.name: LADDER})

# Studies of a learner's own, by name, as far as this process has met them; see `own_studies`.
_own: dict[str, Study] = {}


def meet(study: Study) -> None:
    """Have a study be known by its name from now on."""
    _own[study.name] = study


def find_study(name: str) -> Study | None:
    """Return the study of that name, the course's or one's own, or None."""
    return COURSE_STUDIES.get(name) or _own.get(name)


def get_study(name: str) -> Study:
    """Return the study of that name; raise CourseError where there is none."""
    study: Study = _lookup({**_own, **COURSE_STUDIES}, name, "study")
    return study


def get_profile(name: str) -> Profile:
    """Return the profile of that name; raise CourseError where there is none."""
    return _lookup(PROFILES, name, "profile")


def get_variant(study: Study, name: str, profile: str = WHOLE) -> Any:
    """Return the value of the study's field in that variant.

    Raises CourseError for none, and for a rung that is the one below it at that profile.
    """
    value = _lookup(study.variants, name, f"variant of {study.name}")
    if name not in variants_at(study, profile):
        raise CourseError(
            f"The rung {name} changes pictures or epochs alone, which the profile {profile!r} says "
            "by itself.",
            f"Give {WHOLE} as `profile`: each rung then has pictures and epochs of its own.",
            ("profile",),
        )
    return value


def config_for(
    study: str, variant: str, profile: str = "full", seed: int = 0, real: bool = True
) -> Config:
    """Return the config of one run: the baseline, one field changed, as much work as asked.

    real: whether it is trained on the real pictures; the sample's get epochs of their own.
    Raises CourseError for a study, variant or profile that doesn't exist.
    """
    return baseline_with(get_study(study).fields(variant), profile, seed, real)


def baseline_with(fields: Mapping[str, Any], profile: str, seed: int, real: bool = True) -> Config:
    """Return the baseline with these fields changed, the profile's work on that data, the seed.

    Fields that say how much work it is, a rung's, are heeded at the profile `full` alone.
    Raises CourseError for a profile that doesn't exist, or a value that can't be.
    """
    work = get_profile(profile).on(real)
    amount = {name: getattr(work, name) for name in WORK}
    if profile == WHOLE:
        amount |= {name: fields[name] for name in WORK if name in fields}
    return replace(BASELINE, **{**fields, **amount, "seed": seed})


def variants_at(study: Study, profile: str) -> list[str]:
    """Return the variants that a profile can tell apart, in their order.

    Of the ladder these are, but at `full`, not the rungs that change the amount of work alone.
    """
    if not isinstance(study, Ladder) or profile == WHOLE:
        return list(study.variants)
    return [name for number, (name, changes) in enumerate(study.variants.items())
            if not number or set(changes) - set(WORK)]  # fmt: skip


def _lookup(table: Mapping[str, Any], name: str, kind: str) -> Any:
    if name not in table:
        raise CourseError(f"There is no {kind} {name!r}.", f"Choose one of: {', '.join(table)}.")
    return table[name]
