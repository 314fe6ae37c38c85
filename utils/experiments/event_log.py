"""Write and read TensorBoard's event files, one point an epoch, without TensorFlow.

Nothing here knows studies, networks or Jupyter: rows of numbers in, rows of numbers out. All
runs of the course, TFLearn's and Keras's, go through `RunLog`, so that TensorBoard lays them
side by side on the same cards.
"""

import contextlib
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import BinaryIO

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_ndarray

from utils.errors import CourseError

__all__ = ["FACTORS", "METRICS", "TAGS", "ScalarPoint", "RunLog", "event_files", "read_scalars"]

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
# What TensorBoard's HParams table shows unasked: these hyperparameters and these metrics.
FACTORS = ("layers", "dropout", "regularizer", "batch_size", "learning_rate")
METRICS = ("Accuracy/Validation", "Loss/Validation")

ScalarPoint = tuple[int, float, float]  # step, value, wall time in seconds since 1970

_SESSION_ENDS = {"finished": api_pb2.STATUS_SUCCESS, "diverged": api_pb2.STATUS_FAILURE}


class RunLog:
    """The event file of one run, open for writing; a context manager.

    Opening it starts a new file that repeats `history` and then removes the run's older
    files. So a resumed run has each epoch once, in TensorBoard too while it is watching.

    run_dir: the run's folder; made where it is missing.
    name: what TensorBoard's HParams table calls the run: `<study>/<variant>/seed-<n>`.
    hparams: the hyperparameters shown there: numbers, texts and booleans.
    history: rows of epochs already trained, as `epoch` takes them.
    """

    def __init__(
        self,
        run_dir: Path,
        name: str,
        hparams: Mapping[str, float | str | bool],
        history: Iterable[Mapping[str, float]] = (),
    ) -> None:
        rows = list(history)
        run_dir.mkdir(parents=True, exist_ok=True)
        older = event_files(run_dir)
        file: BinaryIO = _next_path(older, run_dir).open("wb")
        self._records = RecordWriter(file)
        self._write(Event(file_version="brain.Event:2"))
        # Tells a TensorBoard that is watching to forget what the older files said.
        self._write(Event(step=0, session_log=SessionLog(status=SessionLog.START)))
        session = summary_v2.hparams_pb(
            dict(hparams), trial_id=name, start_time_secs=_start_time(rows)
        )
        self._write(Event(summary=_experiment(hparams)))
        self._write(Event(summary=session))
        for row in rows:
            self.epoch(row)
        self._records.flush()
        for path in older:
            # Windows keeps a file that TensorBoard has open; the new one overrides it anyway.
            with contextlib.suppress(PermissionError):
                path.unlink()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Write one epoch's row and flush it to disk.

        row: `epoch` is the step, counted from 1; every key of TAGS is written; others, but
            for `wall_time` (seconds since 1970, default now), are ignored.
        """
        values = [
            scalar_pb(tag, row[key]).value[0]
            for key, tag in TAGS.items()
            if row.get(key) is not None
        ]
        # One record an epoch: after a kill it is there as a whole or not at all.
        self._write(
            Event(step=int(row["epoch"]), summary=Summary(value=values)), row.get("wall_time")
        )
        self._records.flush()

    def close(self, status: str = "finished") -> None:
        """Say how the run ended and close the file; a second call does nothing.

        status: `finished`, `diverged` or `stopped`. A stopped run can be resumed, so its
            HParams session is left open.
        """
        if self._records.closed:
            return
        if status in _SESSION_ENDS:
            self._write(Event(summary=_session_end(_SESSION_ENDS[status])))
        self._records.close()

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close("finished" if error is None else "stopped")

    def _write(self, event: Event, wall_time: float | None = None) -> None:
        event.wall_time = time.time() if wall_time is None else wall_time
        self._records.write(event.SerializeToString())


def event_files(run_dir: Path) -> list[Path]:
    """Return the folder's own event files, oldest first."""
    return sorted(path for path in run_dir.glob("*tfevents*") if path.is_file())


def read_scalars(run_dir: Path) -> dict[str, list[ScalarPoint]]:
    """Return each tag's points in the order of their steps, as TensorBoard shows them.

    Reads the scalars of TensorFlow 1 and 2. A record that is still being written at the end
    of a file is left out. Raises CourseError for a file that is damaged further up.
    """
    points: dict[str, list[ScalarPoint]] = {}
    scalar_tags: set[str] = set()
    for path in event_files(run_dir):
        for event in _events(path):
            if event.session_log.status == SessionLog.START:
                points = {tag: _before(event.step, series) for tag, series in points.items()}
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    scalar_tags.add(value.tag)
                number = _number(value, scalar_tags)
                if number is not None:
                    earlier = _before(event.step, points.get(value.tag, []))
                    points[value.tag] = [*earlier, (event.step, number, event.wall_time)]
    return {tag: series for tag, series in points.items() if series}


def _before(step: int, series: list[ScalarPoint]) -> list[ScalarPoint]:
    """Drop what an interrupted training had written from this step on, as TensorBoard does."""
    return [point for point in series if point[0] < step]


def _number(value: Summary.Value, scalar_tags: set[str]) -> float | None:
    """Return the number in a summary value, or None where it holds something else."""
    if value.WhichOneof("value") == "simple_value":
        return value.simple_value
    if value.WhichOneof("value") == "tensor" and value.tag in scalar_tags:
        return float(make_ndarray(value.tensor).item())
    return None


def _experiment(hparams: Mapping[str, float | str | bool]) -> Summary:
    """Say which columns the HParams table has. TensorBoard takes the first run's word for all.

    TensorBoard's own `hparams_config_pb` can't say which hyperparameters come first.
    """
    kinds = {bool: api_pb2.DATA_TYPE_BOOL, str: api_pb2.DATA_TYPE_STRING}
    infos = [
        api_pb2.HParamInfo(
            name=name,
            type=kinds.get(type(value), api_pb2.DATA_TYPE_FLOAT64),
            differs=name in FACTORS,
        )
        for name, value in hparams.items()
    ]
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in METRICS]
    experiment = api_pb2.Experiment(hparam_infos=infos, metric_infos=metrics)
    content = plugin_data_pb2.HParamsPluginData(experiment=experiment)
    return _hparams_summary(metadata.EXPERIMENT_TAG, content)


def _session_end(status: int) -> Summary:
    """Return what TensorBoard's own `session_end_pb` does, which imports TensorFlow."""
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    content = plugin_data_pb2.HParamsPluginData(session_end_info=info)
    return _hparams_summary(metadata.SESSION_END_INFO_TAG, content)


def _hparams_summary(tag: str, content: plugin_data_pb2.HParamsPluginData) -> Summary:
    described = metadata.create_summary_metadata(content)
    return Summary(value=[Summary.Value(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)])


def _next_path(older: list[Path], run_dir: Path) -> Path:
    """Return a name that sorts behind the older files: TensorBoard reads in that order."""
    stamp = int(time.time())
    while older and f"events.out.tfevents.{stamp:010d}" <= older[-1].name:
        stamp += 1
    return run_dir / f"events.out.tfevents.{stamp:010d}.course"


def _start_time(rows: list[Mapping[str, float]]) -> float:
    if rows and rows[0].get("wall_time") is not None:
        return rows[0]["wall_time"] - (rows[0].get("seconds") or 0.0)
    return time.time()


def _events(path: Path) -> Iterator[Event]:
    for number, data in enumerate(_records(path), start=1):
        try:
            yield Event.FromString(data)
        except Exception as error:  # protobuf's DecodeError has no stable home
            raise _damaged(path, number) from error


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records of a file up to its end or a record that isn't whole yet.

    A record is length (uint64), checksum (uint32), data, checksum (uint32).
    Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
    """
    content = path.read_bytes()
    start, number = 0, 0
    while start + 12 <= len(content):
        number += 1
        (length,) = struct.unpack_from("<Q", content, start)
        if _checksum(content, start + 8) != masked_crc32c(content[start : start + 8]):
            raise _damaged(path, number)
        data, start = content[start + 12 : start + 12 + length], start + 16 + length
        if start > len(content):
            return
        if _checksum(content, start - 4) != masked_crc32c(data):
            raise _damaged(path, number)
        yield data


def _checksum(content: bytes, at: int) -> int:
    return struct.unpack_from("<I", content, at)[0]


def _damaged(path: Path, number: int) -> CourseError:
    return CourseError(
        f"The event file {path} is damaged at record {number}.",
        f"Delete the folder {path.parent} and train this run again.",
    )
