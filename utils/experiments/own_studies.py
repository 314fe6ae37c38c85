"""Studies of a learner's own: checked, met by their name, and kept beside their runs.

A study is a table, in a TOML file of one's own or in `study.json` in the folder of its runs:

    name = "filters"
    question = "Do larger filters see more?"
    field = "filter_size"
    base = {dropout = 0.0}            # where the baseline isn't the course's; may be left out

    [variants]
    3 = 3                             # one of them is the baseline's own value
    5 = 5

Knows nothing of training.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.experiments.record_shape import check_config
from utils.experiments.studies import STUDIES, Study, find_study, meet
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = ["keep_study", "meet_own", "own_study", "read_study"]

FILE = "study.json"
PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}"  # a folder's name on every system
# What the profile and the seeds say; a study that changed it would compare unequal work.
WORK = ("epochs", "seed", "train_size", "validation_size")
KEYS = ("name", "question", "field", "variants", "base")


def own_study(
    name: str,
    question: str,
    field: str,
    variants: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
) -> Study:
    """Return a study of one's own, checked; `run_study` and `StudyLesson` take it like a name.

    name: of its folder of runs. question: a sentence, the title of its figures.
    field: the one field of `Config` that differs. variants: its values by their names; one is the
        baseline's own, which the others are held against.
    base: fields in which all variants differ from the course's baseline.
    Raises CourseError where it isn't a controlled study that can be trained.
    """
    base = dict(base or {})
    _check_names(name, question, variants)
    for one in (field, *base):
        if one not in _changeable():
            raise CourseError(
                f"The study {name} can't vary {one!r}.",
                f"Choose one of: {', '.join(_changeable())}.",
            )
    if field in base:
        raise CourseError(
            f"In the study {name} {field} stands in `base` too.",
            "Leave it out there: a variant with the baseline's own value is the baseline.",
        )
    variants = {key: _value(field, one) for key, one in variants.items()}
    base = {key: _value(key, one) for key, one in base.items()}
    study = Study(name, question, field, variants, base)
    configs = [_config(study, key) for key in variants]
    own = getattr(BASELINE, field)
    if len(set(configs)) < len(configs) or list(variants.values()).count(own) != 1:
        raise CourseError(
            f"The study {name} has no control, or two of its variants are the same.",
            f"Give exactly one variant the baseline's own value, {field} = {own!r}, and each "
            "other one a value of its own.",
        )
    return study


def _check_names(name: str, question: str, variants: Mapping[str, Any]) -> None:
    for what, one in (("study", name), *(("variant", key) for key in variants)):
        if not isinstance(one, str) or not re.fullmatch(PLAIN, one):
            raise CourseError(
                f"{one!r} can't be the name of a {what}.",
                "Take at most 31 letters of a to z, digits, dots, dashes and underscores.",
            )
    if name in STUDIES:
        raise CourseError(f"{name} is a study of the course.", "Give yours another name.")
    if not isinstance(question, str) or not question.strip():
        raise CourseError(f"The study {name} asks nothing.", "Give a sentence as its question.")
    if len(variants) < 2:
        raise CourseError(
            f"The study {name} has fewer than two variants.", "Give the baseline and another one."
        )


def _changeable() -> list[str]:
    return [one.name for one in fields(Config) if one.name not in WORK]


def _value(field: str, value: Any) -> Any:
    """Return a value as Config has it: JSON and TOML have lists in the place of tuples."""
    if field == "layers" and isinstance(value, list | tuple):
        return tuple(tuple(one) if isinstance(one, list | tuple) else one for one in value)
    default = getattr(BASELINE, field)
    if type(default) is float and type(value) is int:
        return float(value)
    return value


def _config(study: Study, variant: str) -> Config:
    """Return a variant's config; raise CourseError for one with a value that can't be."""
    stored = BASELINE.to_dict() | study.fields(variant)
    stored["layers"] = [list(one) for one in stored["layers"]]
    try:
        check_config(stored)
    except ValueError as error:
        raise CourseError(f"The study {study.name}, variant {variant}: {error}.") from error
    return Config.from_dict(stored)


def read_study(path: Path) -> Study:
    """Return the study that a TOML file holds; raise CourseError, which names the file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CourseError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{path} can't be read as TOML ({error}).") from error
    return _from_table(table, path)


def _from_table(table: Any, path: Path) -> Study:
    unknown = sorted(set(table) - set(KEYS)) if isinstance(table, dict) else ["…"]
    lacking = [key for key in KEYS[:-1] if key not in table] if not unknown else []
    if unknown or lacking:
        wrong = f"has no {lacking[0]!r}" if lacking else f"has {unknown[0]!r}, which none knows"
        raise CourseError(f"{path} is no study: it {wrong}.", f"It has: {', '.join(KEYS)}.")
    if not isinstance(table["variants"], dict) or not isinstance(table.get("base", {}), dict):
        raise CourseError(f"{path} is no study: variants and base are tables of values.")
    try:
        return own_study(**table)
    except CourseError as error:
        raise CourseError(f"{path}: {error.problem}", error.remedy, error.arguments) from error
    except (TypeError, AttributeError) as error:  # a value of a kind that no field has
        raise CourseError(f"{path} is no study: {error}.") from error


def keep_study(study: Study, root: Path) -> None:
    """Write a study beside its runs, and have it be known; the course's five need neither.

    Raises CourseError where another study of that name has runs there.
    """
    if study.name in STUDIES:
        return
    path = root / study.name / FILE
    if path.exists() and _from_file(path) != study:
        raise CourseError(
            f"{path.parent} holds the runs of another study of that name.",
            "Give yours another name, or move that folder elsewhere.",
        )
    table = {key: getattr(study, key) for key in KEYS}
    table |= {"variants": dict(study.variants), "base": dict(study.base)}
    write_whole(path, json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n")
    meet(study)


def meet_own(root: Path) -> None:
    """Have the studies that lie below a log root be known; one that can't be read is passed over.

    Its runs are still read; they are told as those of no study.
    """
    for path in sorted(root.glob(f"*/{FILE}")):
        try:
            study = _from_file(path)
        except CourseError:
            continue
        if study.name == path.parent.name and find_study(study.name) != study:
            meet(study)


def _from_file(path: Path) -> Study:
    try:
        return _from_table(json.loads(path.read_bytes()), path)
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(f"{path} can't be read ({error}).") from error
