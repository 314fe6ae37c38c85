"""An ended run's event file, held against its record, which is the truth, and written anew from it.

TensorBoard shows what the event file says; so a file that is damaged, cut or lost is no loss.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.experiments.event_reading import (
    ends_with,
    event_files,
    is_cut,
    is_history,
    read_scalars,
)
from utils.experiments.run_folder import ENDED, RunName, board_fields, held, read_record

__all__ = ["mend_events"]


def mend_events(folder: Path, record: Mapping[str, Any], whole: bool = False) -> str:
    """Return a sentence on what was wrong with a run's event file and what was done; else nothing.

    Of a run that has ended: it is written anew from the record, unless another process has the
    run or the folder can't be written. A run that goes on writes its own.
    whole: read every byte of it. Else only how it ends is looked at.
    """
    if record["status"] not in ENDED or not (fault := _fault(folder, record, whole)):
        return ""
    lost = 0
    try:
        with held(folder):
            record = read_record(folder) or {}  # as it is now: nobody else writes it any more
            if record.get("status") in ENDED and _fault(folder, record, whole):
                lost = _write_anew(folder, record)
    except CourseError as error:
        return f"{fault} It can't be written anew now: {error.problem}"
    if lost:
        return (
            f"{fault} It was written anew from run.json; gone are the weights' histograms of "
            f"{lost} of its {len(record['history'])} epochs, which nothing else holds."
        )
    return f"{fault} It was written anew from run.json, so that TensorBoard shows the run whole."


def _fault(folder: Path, record: Mapping[str, Any], whole: bool) -> str:
    """Say what is wrong with a run's event file; nothing where it says what the record says."""
    rows = record["history"]
    try:
        files = event_files(folder)
        if not files:
            return f"{folder} has no event file."
        if not whole and ends_with(files[-1], rows):
            return ""
        scalars = read_scalars(folder)
        if is_cut(files[-1]):
            return f"The event file {files[-1]} is cut off."
    except CourseError as error:
        return error.problem
    if is_history(scalars, rows):
        return ""
    return f"The event file in {folder} doesn't say what run.json says."


def _write_anew(folder: Path, record: Mapping[str, Any]) -> int:
    """Return how many epochs' histograms are lost; runs of earlier editions had none."""
    from utils.experiments.event_log import RunLog  # a third of a second, hardly ever needed

    name, rows = RunName.of(folder), record["history"]
    kept = RunLog.write_anew(
        folder, str(name or folder.name), board_fields(record), rows, record["status"],
        record.get("classes", ()),
    )  # fmt: skip
    return max(0, sum("confusion" in row for row in rows) - kept)
