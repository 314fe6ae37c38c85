"""Studies of a learner's own: checked, met by their name, and kept beside their runs.

A study is a table, in a TOML file of one's own or in `study.json` in the folder of its runs:

    name = "filters"
    question = "Do larger filters see more?"
    field = "filter_size"
    from = "map-means"                # the rung of the ladder that is the baseline; may be left out
    base = {dropout = 0.0}            # where the baseline isn't that or the course's; likewise

    [variants]
    3 = 3                             # one of them is the baseline's own value
    5 = 5

    [search]                          # what `course search` varies; see `search.space`; likewise
    batch_size = [50, 96, 200]

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
from utils.experiments.ladder import rung_fields
from utils.experiments.record_shape import check_config
from utils.experiments.studies import COURSE_STUDIES, Study, meet
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = [
    *("checked", "keep_study", "meet_own", "own_study", "read_study"),
    *("study_table", "to_study", "to_value"),
]

FILE = "study.json"
PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}"  # a folder's name on every system
# What the profile and the seeds say; a study that changed it would compare unequal work.
FIXED = ("epochs", "seed", "train_size", "validation_size")
NEEDED = ("name", "question", "field", "variants")
TABLES = ("variants", "base", "search")
KEYS = (*NEEDED, "base", "from", "search")
LARGEST = 2**20  # bytes of a file; one of twenty variants has two thousand
SEARCHED = "search.json"  # beside it, study.json is what a search has chosen


def own_study(
    name: str,
    question: str,
    field: str,
    variants: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
    start: str = "",
    search: Mapping[str, Any] | None = None,
) -> Study:
    """Return a study of one's own, checked; `run_study` and `StudyLesson` take it like a name.

    name: of its folder of runs. question: a sentence, the title of its figures.
    field: the one field of `Config` that differs. variants: its values by their names; one is the
        baseline's own, which the others are held against.
    base: fields in which all variants differ from the course's baseline, or from the rung's.
    start: the rung of the ladder whose recipe is the baseline; the course's own unless given.
        At the profile `full` its pictures and epochs are the rung's too.
    search: what a search of the study varies: see `utils.experiments.search.space`.
        It is looked at when it is searched.
    Raises CourseError where it isn't a controlled study that can be trained.
    """
    base = dict(base or {})
    _check_names(name, question, variants)
    if start != "":
        rung_fields(start)
    for one in (field, *base, *(search or {})):
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
    variants = {key: to_value(field, one) for key, one in variants.items()}
    base = {key: to_value(key, one) for key, one in base.items()}
    study = Study(name, question, field, variants, base, start, dict(search or {}))
    configs = [_config(study, key) for key in variants]
    own = study.ground.get(field, getattr(BASELINE, field))
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
    if name in COURSE_STUDIES:
        raise CourseError(f"{name} is a study of the course.", "Give yours another name.")
    if not isinstance(question, str) or not question.strip():
        raise CourseError(f"The study {name} asks nothing.", "Give a sentence as its question.")
    if len(variants) < 2:
        raise CourseError(
            f"The study {name} has fewer than two variants.", "Give the baseline and another one."
        )


def _changeable() -> list[str]:
    return [one.name for one in fields(Config) if one.name not in FIXED]


def to_value(field: str, value: Any) -> Any:
    """Return a value as Config has it: JSON and TOML have lists in the place of tuples."""
    if field == "layers" and isinstance(value, list | tuple):
        return tuple(tuple(one) if isinstance(one, list | tuple) else one for one in value)
    default = getattr(BASELINE, field)
    if type(default) is float and type(value) is int:
        return float(value)
    return value


def _config(study: Study, variant: str) -> Config:
    """Return a variant's config; raise CourseError for one with a value that can't be."""
    return checked(study.name, f"variant {variant}", study.fields(variant))


def checked(study: str, where: str, changed: Mapping[str, Any]) -> Config:
    """Return the baseline with some fields changed; raise CourseError, which says where, if not."""
    stored = {**BASELINE.to_dict(), **changed}
    if isinstance(stored["layers"], tuple):  # what else it is, JSON has the same way
        sets = stored["layers"]
        stored["layers"] = [list(one) if isinstance(one, tuple) else one for one in sets]
    try:
        check_config(stored)
    except ValueError as error:
        raise CourseError(f"The study {study}, {where}: {error}.") from error
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
    lacking = [key for key in NEEDED if key not in table] if not unknown else []
    if unknown or lacking:
        wrong = f"has no {lacking[0]!r}" if lacking else f"has {unknown[0]!r}, which none knows"
        raise CourseError(f"{path} is no study: it {wrong}.", f"It has: {', '.join(KEYS)}.")
    if not all(isinstance(table.get(key, {}), dict) for key in TABLES):
        raise CourseError(f"{path} is no study: variants, base and search are tables of values.")
    try:
        return to_study(table)
    except CourseError as error:
        raise CourseError(f"{path}: {error.problem}", error.remedy, error.arguments) from error
    except (TypeError, AttributeError) as error:  # a value of a kind that no field has
        raise CourseError(f"{path} is no study: {error}.") from error


def to_study(table: Mapping[str, Any]) -> Study:
    """Return the study of a table of KEYS; raise CourseError where it is none."""
    named = {"start" if key == "from" else key: value for key, value in table.items()}
    return own_study(**named)


def study_table(study: Study) -> dict[str, Any]:
    """Return a study as such a table, of what JSON can hold."""
    table: dict[str, Any] = {key: getattr(study, key) for key in NEEDED[:3]}
    table |= {"variants": dict(study.variants), "base": dict(study.base)}
    more = {"from": study.start, "search": dict(study.search)}
    stored: dict[str, Any] = json.loads(json.dumps(table | {k: v for k, v in more.items() if v}))
    return stored


def keep_study(study: Study, root: Path) -> None:
    """Write a study beside its runs, and have it be known; the course's own need neither.

    Raises CourseError where another study of that name has runs there, or a search.
    """
    if study.name in COURSE_STUDIES:
        return
    path = root / study.name / FILE
    if path.with_name(SEARCHED).exists():
        raise CourseError(
            f"{path.parent} holds a search of that name.", "Give your study another name."
        )
    if path.exists() and _from_file(path) != study:
        raise CourseError(
            f"{path.parent} holds the runs of another study of that name.",
            "Give yours another name, or move that folder elsewhere.",
        )
    text = json.dumps(study_table(study), indent=1, ensure_ascii=False)
    write_whole(path, text.encode() + b"\n")
    meet(study)


def meet_own(root: Path) -> dict[str, str]:
    """Have the studies that lie below a log root be known.

    Return two sentences on each that can't be read, by the name of its folder. Its runs are still
    read; they are told as those of no study.
    """
    damaged = {}
    for path in sorted(root.glob(f"*/{FILE}")):
        try:
            study = _from_file(path)
            if study is not None:
                _require_its_folder(study, path)
                meet(study)
        except CourseError as error:
            damaged[path.parent.name] = f"{error.problem.rstrip('.')}{_what_follows(path)}"
    return damaged


def _what_follows(path: Path) -> str:
    """Say what a damaged file means for the runs beside it, and what to do."""
    if path.parent.name in COURSE_STUDIES:
        return f", so it is passed over. Move {path} elsewhere."
    if path.with_name(SEARCHED).exists():
        return f". Move {path} elsewhere and repeat the search: it writes its choice anew."
    return (
        f", so the runs in {path.parent} are told as those of no study. Move {path.name} elsewhere "
        "and train the study from its TOML file once more."
    )


def _require_its_folder(study: Study, path: Path) -> None:
    if study.name != path.parent.name:
        raise CourseError(f"{path} is of another study, {study.name}.")


def _from_file(path: Path) -> Study | None:
    """Return the study of a study.json; None where a search has written it."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise ValueError("it isn't a file")
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has {path.stat().st_size:,} bytes")
        table = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(f"{path} can't be read ({error}).", "Move it elsewhere.") from error
    if isinstance(table, dict) and "format" in table and path.with_name(SEARCHED).exists():
        return None
    return _from_table(table, path)
