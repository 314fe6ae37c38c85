"""The search space of a study of one's own, from its file's table `search` or its variants.

    [search]
    batch_norm = [false, true]                     # any field of a config: one of these values
    learning_rate = {low = 0.0001, high = 0.005}   # or a range, each factor of ten as likely

Without that table a search varies what the course's own search does, as far as the study leaves it
open, and the study's field by its variants' values. Knows neither Ray nor folders.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from utils.errors import CourseError
from utils.experiments.own_studies import checked, to_value
from utils.experiments.search.space import (
    OF_SETS,
    SPACE,
    LogRange,
    OneOf,
    Space,
    idle,
    point_fields,
)
from utils.experiments.studies import Study
from utils.networks.tflearn_cnn.config import BASELINE

__all__ = ["study_space"]

# Fields that decide together whether a network can be built: all their values go with one another.
TOGETHER = ("network", "layers", "dropout", *OF_SETS)
MOST = 20_000  # combinations of these


def study_space(study: Study) -> Space:
    """Return what a search of a study varies; raise CourseError where that can't be trained.

    Every network that a trial could draw is looked at before any is trained.
    """
    given = study.search or _as_the_course(study)
    dimensions = {name: _dimension(study, name, one) for name, one in given.items()}
    space = Space(study.ground, dimensions)
    for point in _to_look_at(study, space):
        where = ", ".join(f"{name} {value}" for name, value in point.items())
        checked(study.name, f"searched with {where}", point_fields(point, space))
    return space


def _as_the_course(study: Study) -> Mapping[str, Any]:
    """Return the course's space where the study leaves it open, and the study's own field."""
    open_to = {**study.ground, "regularizer": study.ground.get("regularizer", "L2")}
    fixed = {*study.ground, *idle(open_to)}
    space: dict[str, Any] = {name: one for name, one in SPACE.items() if name not in fixed}
    return space | {study.field: list(study.variants.values())}


def _dimension(study: Study, name: str, given: Any) -> OneOf | LogRange:
    if isinstance(given, OneOf | LogRange):
        return given
    if isinstance(given, Mapping):
        return _range(study, name, given)
    if not isinstance(given, list | tuple) or not given:
        raise CourseError(
            f"The study {study.name} is searched with {name} = {given!r}.",
            "Give a list of values, or a table of `low` and `high`.",
        )
    values = [to_value(name, one) for one in given]
    if len({*map(repr, values)}) < len(values):
        raise CourseError(f"The study {study.name} is searched with a value of {name} twice.")
    if name == "layers":
        values = [
            checked(study.name, f"searched with layers {one!r}", {name: one}).layers_text
            for one in values
        ]
    return OneOf(tuple(values))


def _range(study: Study, name: str, given: Mapping[str, Any]) -> LogRange:
    ends = [to_value(name, given.get(end)) for end in ("low", "high")]
    if set(given) != {"low", "high"} or {*map(type, ends), type(getattr(BASELINE, name))} != {
        float
    }:
        raise CourseError(
            f"The study {study.name} is searched with {name} = {dict(given)!r}.",
            "A range has `low` and `high`, and is of a field that isn't a whole number.",
        )
    low, high = ends
    if not 0 < low < high:
        raise CourseError(
            f"The study {study.name} is searched with {name} from {low} to {high}.",
            "Give a range that begins above 0 and ends above that.",
        )
    return LogRange(low, high)


def _to_look_at(study: Study, space: Space) -> Iterator[dict[str, Any]]:
    """Yield every combination of what makes a network, and every other value by itself."""
    values = {
        name: (one.low, one.high) if isinstance(one, LogRange) else one.values
        for name, one in space.dimensions.items()
    }
    together = {name: one for name, one in values.items() if name in TOGETHER}
    if prod(map(len, together.values())) > MOST:
        raise CourseError(
            f"The study {study.name} is searched with more than {MOST:,} kinds of networks.",
            "Give fewer values.",
        )
    for chosen in product(*together.values()):
        yield dict(zip(together, chosen, strict=True))
    for name in values.keys() - together.keys():
        yield from ({name: value} for value in values[name])
