"""A learner's own words on a study: question, prediction, conclusion; and when it was predicted.

They stand in `card.toml` in the folder of the study's runs, where its learner edits them. Each
wording of the prediction is noted in `predictions.jsonl` beside it, with the time: when a run of
the study is about to be trained, and when its card is asked for. Knows nothing of pages.
"""

import json
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from utils.errors import CourseError
from utils.experiments.run_folder import now
from utils.files import append, write_whole

__all__ = [
    *("CardWords", "NotedPrediction", "note_before_training", "note_prediction", "noted"),
    *("parsed_time", "read_words", "told", "words_path", "write_template"),
]

FILE, LINES = "card.toml", "predictions.jsonl"
LARGEST = 40_000  # bytes of card.toml: ten pages; tomllib takes the square of what is nested deep
MOST = 1_000_000  # bytes of predictions.jsonl

TEMPLATE = """\
# Your experiment card of the study {study}. Write between the three quotes, also several lines.

name = {name}
question = {question}

# Before you train: what will come out, of which variant, and why?
prediction = '''
'''

# After the training: what did come out, what follows from it, and what doesn't?
conclusion = '''
'''
"""


class CardWords(NamedTuple):
    """What the learner has written; empty where nothing is."""

    name: str
    question: str
    prediction: str
    conclusion: str


class NotedPrediction(NamedTuple):
    """A wording of the prediction. time: with its zone. where: what noted it."""

    time: datetime
    text: str
    where: str


def words_path(folder: Path) -> Path:
    """Return the place of the words in the folder of a study's runs."""
    return folder / FILE


def write_template(folder: Path, study: str, question: str, name: str) -> Path:
    """Write a `card.toml` to fill in; return its path.

    Raises CourseError where it can't be written.
    """
    path = words_path(folder)
    quoted = {"name": name, "question": question}
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in quoted.items()}
    write_whole(path, TEMPLATE.format(study=study, **texts))
    return path


def read_words(folder: Path) -> CardWords | None:
    """Return what `card.toml` says; None where there is none.

    Raises CourseError where it is too large, no TOML in UTF-8, or holds anything but these texts.
    """
    path = words_path(folder)
    if not path.exists():
        return None
    try:
        if not path.is_file():  # a pipe would be waited for
            raise ValueError("it isn't a file")
        if (size := path.stat().st_size) > LARGEST:
            raise ValueError(f"it has {size:,} bytes, and {LARGEST:,} are allowed")
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return CardWords(**_texts(table))
    except (OSError, ValueError, RecursionError) as error:  # TOMLDecodeError says the line
        reason = error.strerror if isinstance(error, OSError) else error
        raise CourseError(
            f"{path} can't be read ({reason}).",
            "Put that right; or move the file elsewhere, and asking for the card writes a new one.",
        ) from error


def _texts(table: dict[str, Any]) -> dict[str, str]:
    if unknown := set(table) - set(CardWords._fields):
        raise ValueError(f"it has {sorted(unknown)[0][:40]!r}, which no card has")
    for key, value in table.items():
        if not isinstance(value, str):
            raise ValueError(f"its {key} is no text")
    return {key: _plain(table.get(key, "")) for key in CardWords._fields}


def _plain(text: str) -> str:
    """Return a text without what moves a cursor."""
    return "".join(
        one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs")
    ).strip()


def note_prediction(folder: Path) -> NotedPrediction | None:
    """Note the prediction as it stands now, with the time; return it where it is a new wording.

    Raises CourseError where the words can't be read, or the note can't be written.
    """
    words = read_words(folder)
    before = noted(folder)
    if words is None or not words.prediction:
        return None
    if before and before[-1].text == words.prediction:
        return None
    fields = {"time": now(), "text": words.prediction}
    path = folder / LINES
    try:
        append(path, json.dumps(fields).encode() + b"\n")
    except OSError as error:
        reason = error.strerror or error
        remedy = "Put that right, and give the same command again."
        raise CourseError(f"{path} can't be written ({reason}).", remedy) from error
    return noted(folder)[-1]


def note_before_training(folder: Path) -> None:
    """Note the prediction of a study that is about to be trained; a line says so.

    A card that can't be read stops no training.
    """
    try:
        if found := note_prediction(folder):
            print(
                f"Your prediction in {words_path(folder)} is noted, {told(found.time)}.", flush=True
            )
    except CourseError as error:
        print(f"Your prediction isn't noted: {error}", flush=True)


def told(time: datetime) -> str:
    """Return a time in UTC as people read it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def noted(folder: Path) -> list[NotedPrediction]:
    """Return all wordings that were noted, in the file's order.

    A line that is no prediction is passed over: the file is the learner's own. Raises CourseError
    where it can't be read.
    """
    path = folder / LINES
    try:
        if not path.exists():
            return []
        if not path.is_file() or path.stat().st_size > MOST:
            raise CourseError(f"{path} is no file of predictions.", "Move it elsewhere.")
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{path} can't be read ({reason}).", "Move it elsewhere.") from error
    return list(_predictions(content))


def _predictions(content: bytes) -> Iterator[NotedPrediction]:
    last = ""
    for line in content.splitlines():
        try:
            found = json.loads(line)
            time, text = parsed_time(found["time"]), found["text"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if time and isinstance(text, str) and text and text != last:
            last = text
            yield NotedPrediction(time, _plain(text), "card.toml")


def parsed_time(text: Any) -> datetime | None:
    """Return a time of ISO 8601 that has a zone, in UTC; None for what is none."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
