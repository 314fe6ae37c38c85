"""Read TensorBoard's event files without TensorFlow: all their scalars, or only how they end.

Nothing here knows studies, records or Jupyter: any bytes in, rows of numbers or a CourseError out.
"""

import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from utils.errors import CourseError

__all__ = [
    "GAP",
    "TAGS",
    "Kept",
    "ScalarPoint",
    "ends_with",
    "event_files",
    "is_cut",
    "is_history",
    "kept_weights",
    "read_scalars",
]

# The key of an epoch's row, and the card TensorBoard shows it on.
TAGS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "Accuracy",
        "val_accuracy": "Accuracy/Validation",
        "train_accuracy": "Accuracy/Train",
        "loss": "Loss",
        "val_loss": "Loss/Validation",
        "learning_rate": "Learning rate",
        "seconds": "Seconds per epoch",
    }
)

GAP = "Gap"  # training minus validation accuracy; no row has it, each point is reckoned

ScalarPoint = tuple[int, float, float]  # step, value, wall time in seconds since 1970

# Around a record's data lie its length (uint64) and a checksum, and behind it another one.
# Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
HEAD, TAIL = 12, 4
# A run's file has an event an epoch and a few around them; one with many more is no run's.
OTHER_EVENTS = 1000
LARGEST = 2**30  # bytes; a run of 50 epochs has a million


def event_files(run_dir: Path) -> list[Path]:
    """Return the folder's own event files, in TensorBoard's order: by name. Hidden ones aren't.

    Raises CourseError where the folder can't be looked into.
    """
    try:
        with os.scandir(run_dir) as entries:
            names = [
                entry.name
                for entry in entries
                if "tfevents" in entry.name and entry.name[0] != "." and entry.is_file()
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(run_dir, error) from error
    return [run_dir / name for name in sorted(names)]


def read_scalars(run_dir: Path) -> dict[str, list[ScalarPoint]]:
    """Return each tag's points in the order of their steps, as TensorBoard shows them.

    Reads the scalars of TensorFlow 1 and 2. A record that is still being written at the end
    of a file is left out. Raises CourseError for a file that is damaged further up, unless a
    later one begins anew.
    """
    points: dict[str, list[ScalarPoint]] = {}
    scalar_tags: set[str] = set()
    damage: CourseError | None = None
    for path in event_files(run_dir):
        try:
            for number, event in _events(path):
                if event.session_log.status == SessionLog.START:
                    damage = None if event.step <= 0 else damage
                    for series in points.values():
                        _drop_from(event.step, series)
                for value in event.summary.value:
                    if value.metadata.plugin_data.plugin_name == "scalars":
                        scalar_tags.add(value.tag)
                    found = _number(value, value.tag in scalar_tags, path, number)
                    if found is not None:
                        series = points.setdefault(value.tag, [])
                        _drop_from(event.step, series)
                        series.append((event.step, found, event.wall_time))
        except CourseError as error:
            damage = error
    if damage:
        raise damage
    return {tag: series for tag, series in points.items() if series}


def ends_with(path: Path, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a file is whole as far as its records' lengths tell, and ends with these epochs.

    Of what the records say, only the last epoch's row is looked at: a thousand files in a moment.
    What is damaged inside, only `read_scalars` finds. Raises CourseError where it can't be read.
    """
    with _opened(path) as file:
        starts = _starts(file, len(rows) + OTHER_EVENTS)
        for first, behind in zip(starts[-2::-1], starts[:0:-1], strict=True):
            file.seek(first + HEAD)
            try:
                event = Event.FromString(file.read(behind - TAIL - first - HEAD))
            except (DecodeError, ValueError):
                return False
            found = {one.tag: one for one in event.summary.value if one.tag in TAGS.values()}
            if found:
                return bool(rows) and event.step == rows[-1]["epoch"] and _is_row(found, rows[-1])
    return bool(starts) and not rows


class Kept(NamedTuple):
    """What an event file holds that no record does.

    weights: by the epoch, the values of its histograms. graph: serialized; empty where none is.
    """

    weights: dict[int, list[Summary.Value]]
    graph: bytes


def kept_weights(paths: Iterable[Path], rows: Sequence[Mapping[str, Any]]) -> Kept:
    """Return what files hold of a run's weights, as far as they can be read; damage is the end.

    rows: the run's epochs. What stands beside another row than its own epoch's isn't this run's.
    """
    kept, wanted = Kept({}, b""), {row["epoch"]: row for row in rows}
    for path in paths if rows else ():
        with suppress(CourseError):
            for _, event in _events(path):
                kept = kept._replace(graph=event.graph_def or kept.graph)
                curves = {one.tag: one for one in event.summary.value if one.tag in TAGS.values()}
                row = wanted.get(event.step)
                weights = [one for one in event.summary.value if _is_histogram(one)]
                if weights and row and _is_row(curves, row):
                    kept.weights[event.step] = weights
    return kept


def _is_histogram(value: Summary.Value) -> bool:
    return bool(value.metadata.plugin_data.plugin_name == "histograms")


def is_cut(path: Path) -> bool:
    """Say whether a file is empty or its last record isn't whole, as of a writer at work."""
    with _opened(path) as file:
        return not _starts(file, LARGEST)


def _starts(file: FileIO, most: int) -> list[int]:
    """Return where records start, and the file's end; nothing if they don't end there.

    Nothing too for more records than most. Of each, only its length is read.
    """
    starts, size = [0], os.fstat(file.fileno()).st_size
    while starts[-1] + HEAD + TAIL <= size and len(starts) <= most:
        file.seek(starts[-1])
        (length,) = struct.unpack("<Q", file.read(8))
        starts.append(starts[-1] + HEAD + length + TAIL)
    return starts if len(starts) > 1 and starts[-1] == size else []


def _is_row(found: Mapping[str, Summary.Value], row: Mapping[str, Any]) -> bool:
    values = {tag: list(value.tensor.float_val) for tag, value in found.items()}
    told = [
        (values.get(tag, []), row[key]) for key, tag in TAGS.items() if row.get(key) is not None
    ]
    return all(_same(value, [number]) for value, number in told)


def is_history(
    scalars: Mapping[str, Sequence[ScalarPoint]], rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Say whether what `read_scalars` found are these epochs, to float32, each on every card."""
    epochs = [row["epoch"] for row in rows]
    for key, tag in TAGS.items():
        series = scalars.get(tag, [])
        if [step for step, _, _ in series] != epochs:
            return False
        if not _same([value for _, value, _ in series], [row[key] for row in rows]):
            return False
    return True


def _same(found: Sequence[float], wanted: Sequence[float]) -> bool:
    """Say whether numbers are the wanted ones as float32, which event files hold; NaN is NaN."""
    return len(found) == len(wanted) and all(
        one == other or (one != one and other != other)
        for one, other in zip(found, array("f", wanted), strict=True)
    )


def _drop_from(step: int, series: list[ScalarPoint]) -> None:
    """Drop what an interrupted training had written from this step on, as TensorBoard does."""
    while series and series[-1][0] >= step:
        series.pop()


def _number(value: Summary.Value, is_scalar: bool, path: Path, record: int) -> float | None:
    """Return the number in a summary value, or None where it holds something else."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return value.simple_value
    if kind != "tensor" or not is_scalar:
        return None
    from tensorboard.util.tensor_util import make_ndarray

    try:  # one number, so that no shape that a file makes up takes memory
        if any(dimension.size != 1 for dimension in value.tensor.tensor_shape.dim):
            raise ValueError("it isn't one number")
        return float(make_ndarray(value.tensor).item())
    except (TypeError, KeyError, ValueError, OverflowError) as error:  # all it can be wrong in
        raise _damaged(path, record) from error


def _events(path: Path) -> Iterator[tuple[int, Event]]:
    for number, data in enumerate(_records(path), start=1):
        try:
            yield number, Event.FromString(data)
        except (DecodeError, ValueError) as error:
            raise _damaged(path, number) from error


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records of a file up to its end or a record that isn't whole yet."""
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    content = _read(path)
    start, number = 0, 0
    while start + HEAD <= len(content):
        number += 1
        length, checksum = struct.unpack_from("<QI", content, start)
        if checksum != masked_crc32c(bytes(content[start : start + 8])):
            raise _damaged(path, number)
        data, start = content[start + HEAD : start + HEAD + length], start + HEAD + length + TAIL
        if start > len(content):
            return
        if struct.unpack_from("<I", content, start - TAIL)[0] != masked_crc32c(data):
            raise _damaged(path, number)
        yield data


def _read(path: Path) -> bytes:
    with _opened(path) as file:
        return file.readall()


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    try:
        if path.stat().st_size > LARGEST:
            raise CourseError(
                f"{path} has {path.stat().st_size:,} bytes, more than any run writes.",
                f"Move it out of the folder {path.parent}.",
            )
        with FileIO(path) as file:
            yield file
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> CourseError:
    return CourseError(
        f"{path} can't be read ({error.strerror or error}).", "Give your user the right to read it."
    )


def _damaged(path: Path, number: int) -> CourseError:
    return CourseError(
        f"The event file {path} is damaged at record {number}.",
        f"Delete the folder {path.parent} and train this run again.",
    )
