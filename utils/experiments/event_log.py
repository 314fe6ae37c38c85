"""Write TensorBoard's event files, one record an epoch, without TensorFlow.

Nothing here knows studies, networks or Jupyter: rows of numbers in; `event_reading` reads them
back. All runs of the course, TFLearn's and Keras's, go through `RunLog`, so that TensorBoard lays
them side by side on the same cards.
"""

import contextlib
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from utils.experiments.event_pictures import class_values, recipe_value, weight_values
from utils.experiments.event_reading import (
    GAP,
    TAGS,
    Kept,
    ScalarPoint,
    event_files,
    kept_weights,
    read_scalars,
)
from utils.files import whole
from utils.networks.tflearn_cnn.config import LATER

__all__ = [
    "FACTORS",
    "METRICS",
    "OWN",
    "TAGS",
    "RunLog",
    "ScalarPoint",
    "event_files",
    "experiment_of",
    "read_scalars",
]

# What TensorBoard's HParams table shows unasked: these hyperparameters and these metrics; and on
# what a run was computed.
FACTORS = ("layers", "dropout", "regularizer", "batch_size", "learning_rate")
COMPUTED = ("machine", "arithmetic")
METRICS = {"Accuracy/Validation": "val accuracy", "Loss/Validation": "val loss", GAP: "gap"}
OWN = ".course"  # the end of the names of all files that a RunLog writes

Row = Mapping[str, Any]  # an epoch's: numbers, and the confusion matrix
Weights = Mapping[str, np.ndarray]

_SESSION_ENDS = {"finished": api_pb2.STATUS_SUCCESS, "diverged": api_pb2.STATUS_FAILURE}


class RunLog:
    """The event file of one run, open for writing; a context manager.

    Opening it starts a new file that repeats `history`, with the weights' histograms of the
    earlier files, and then removes those. So a resumed run has each epoch once, in TensorBoard
    too while it is watching.

    run_dir: the run's folder; made where it is missing.
    name: what TensorBoard's HParams table calls the run: `<study>/<variant>/seed-<n>`.
    hparams: the hyperparameters shown there: numbers, texts and booleans.
    history: rows of epochs already trained, as `epoch` takes them.
    classes: the names of the classes, in the order of the confusion matrices.
    graph: the network as a serialized GraphDef; empty for none.
    weights: as the last epoch of `history` left them, where the earlier files don't tell.
    """

    def __init__(
        self,
        run_dir: Path,
        name: str,
        hparams: Mapping[str, float | str | bool],
        history: Iterable[Row] = (),
        *,
        classes: Sequence[str] = (),
        graph: bytes = b"",
        weights: Weights | None = None,
    ) -> None:
        run_dir.mkdir(parents=True, exist_ok=True)
        older, rows = event_files(run_dir), list(history)
        kept = kept_weights(older, rows)
        kept = kept._replace(graph=graph or kept.graph)
        if rows and weights:
            kept.weights.setdefault(rows[-1]["epoch"], weight_values(weights))
        self._begin(_next_path(older, run_dir), name, hparams, rows, classes, kept)
        _remove(older)

    @classmethod
    def write_anew(
        cls,
        run_dir: Path,
        name: str,
        hparams: Mapping[str, float | str | bool],
        history: Iterable[Row],
        status: str,
        classes: Sequence[str] = (),
        source: Path | None = None,
    ) -> int:
        """Put one whole file of an ended run in the place of its older ones, in one step.

        The graph and the histograms come from what of the older files can be read, or from
        another folder, `source`, with a run of the same recipe. Return how many epochs have theirs.
        Raises CourseError where the folder can't be written; then all is as it was.
        """
        older, rows = event_files(run_dir), list(history)
        kept = kept_weights(event_files(source) if source else older, rows)
        log = cls.__new__(cls)
        with whole(_next_path(older, run_dir)) as beside:
            log._begin(beside, name, hparams, rows, classes, kept)
            log.close(status)
        _remove(older)
        return len(kept.weights)

    def _begin(
        self,
        path: Path,
        name: str,
        hparams: Mapping[str, float | str | bool],
        rows: list[Row],
        classes: Sequence[str],
        kept: Kept,
    ) -> None:
        """Open a file, and write into it what stands before the next epoch."""
        self._classes = classes
        file: BinaryIO = path.open("wb")
        self._records = RecordWriter(file)
        self._write(Event(file_version="brain.Event:2"))
        # Tells a TensorBoard that is watching to forget what the older files said.
        self._write(Event(step=0, session_log=SessionLog(status=SessionLog.START)))
        session = summary_v2.hparams_pb(
            dict(hparams), trial_id=name, start_time_secs=_start_time(rows)
        )
        session.value.append(recipe_value(name, hparams))
        self._write(Event(summary=_columns(hparams)))
        self._write(Event(summary=session))
        if kept.graph:
            self._write(Event(graph_def=kept.graph))
        for row in rows:
            self._epoch(row, kept.weights.get(row["epoch"], []))
        self._records.flush()

    def epoch(self, row: Row, weights: Weights | None = None) -> None:
        """Write one epoch's row and flush it to disk.

        row: `epoch` is the step, counted from 1; every key of TAGS is written, and `confusion`,
            the validation pictures' matrix (see `event_pictures`). Others, but for `wall_time`
            (seconds since 1970, default now), are ignored.
        weights: each layer's, by its name; they become histograms.
        """
        self._epoch(row, weight_values(weights or {}))

    def _epoch(self, row: Row, weights: Iterable[Summary.Value]) -> None:
        values = [
            scalar_pb(tag, row[key]).value[0]
            for key, tag in TAGS.items()
            if row.get(key) is not None
        ]
        if None not in (row.get("train_accuracy"), row.get("val_accuracy")):
            values += scalar_pb(GAP, row["train_accuracy"] - row["val_accuracy"]).value
        if row.get("confusion"):
            values += class_values(row["confusion"], self._classes)
        values += weights
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


def experiment_of(hparams: Mapping[str, Sequence[float | str | bool]]) -> Any:
    """Return which columns the HParams table has, as TensorBoard's `Experiment`.

    hparams: hyperparameters in their order, with the values they have. Those of FACTORS,
        COMPUTED and LATER are shown unasked; TensorBoard's own `hparams_config_pb` can't say that.
    """
    kinds = {bool: api_pb2.DATA_TYPE_BOOL, str: api_pb2.DATA_TYPE_STRING}
    infos = [
        api_pb2.HParamInfo(
            name=name,
            type=kinds.get(type(values[0]), api_pb2.DATA_TYPE_FLOAT64),
            differs=name in (*FACTORS, *COMPUTED, *LATER),
        )
        for name, values in hparams.items()
    ]
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=name)
        for tag, name in METRICS.items()
    ]
    return api_pb2.Experiment(hparam_infos=infos, metric_infos=metrics)


def _columns(hparams: Mapping[str, float | str | bool]) -> Summary:
    """Say which columns the HParams table has. TensorBoard takes the first run's word for all."""
    experiment = experiment_of({name: [value] for name, value in hparams.items()})
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


def _next_path(older: Sequence[Path], run_dir: Path) -> Path:
    """Return a name that sorts behind the older files: TensorBoard reads in that order.

    It tells the time, unless a file is there from later: a clock that was set back, or another
    program's name. Then it goes on counting from that name.
    """
    name = f"events.out.tfevents.{max(0, int(time.time())):010d}{OWN}"
    last = older[-1].name if older else ""
    if last >= name:
        found = re.fullmatch(rf"(.*?)(\d+){re.escape(OWN)}", last, re.ASCII | re.DOTALL)
        start, count = found.groups() if found else (f"{last}.", "0" * 10)
        following = f"{int(count) + 1:0{len(count)}d}"
        if len(following) > len(count):  # 9 becomes 90000000001, as 10 would sort before 9
            following = f"{count}0000000001"
        name = f"{start}{following}{OWN}"
    return run_dir / name


def _remove(older: Iterable[Path]) -> None:
    """Remove files that a RunLog wrote. Another program's stay; TensorBoard forgets what they say.

    Windows keeps a file that TensorBoard has open; the new one overrides it anyway.
    """
    for path in older:
        if path.name.endswith(OWN):
            with contextlib.suppress(PermissionError, FileNotFoundError):
                path.unlink()


def _start_time(rows: list[Row]) -> float:
    if rows and rows[0].get("wall_time") is not None:
        return float(rows[0]["wall_time"] - (rows[0].get("seconds") or 0.0))
    return time.time()
