"""What TensorBoard's HParams tab shows: the hyperparameters that vary, and a trial's name.

TensorBoard takes the columns that the first run names for all runs. But what varies, only all runs
together tell; so the columns are reckoned here, between its reader and its page. Knows no server.
"""

from collections.abc import Mapping
from typing import Any

from tensorboard.data import provider
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

from utils.experiments.event_log import FACTORS, experiment_of

__all__ = ["HPARAMS", "shown_hparams"]

HPARAMS = metadata.PLUGIN_NAME
# They tell runs apart, but no study asks about them; a trial's name has seed and profile already.
ASIDE = ("seed", "epochs", "train_size", "validation_size", "precision", "engine")

_Tags = Mapping[str, Any]


def shown_hparams(runs: Mapping[str, _Tags]) -> dict[str, dict[str, Any]]:
    """Return HParams's tags of all runs with the columns of what varies, and each run's name.

    runs: by the run's name, its tags, each a `TensorTimeSeries` of TensorBoard.
    """
    starts = {
        run: metadata.parse_session_start_info_plugin_data(
            tags[metadata.SESSION_START_INFO_TAG].plugin_content
        )
        for run, tags in runs.items()
        if metadata.SESSION_START_INFO_TAG in tags
    }
    columns = _content(experiment=experiment_of(_varying(starts)))
    return {run: _shown(tags, run, starts.get(run), columns) for run, tags in runs.items()}


def _varying(starts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the hyperparameters that vary, and their values; the studies' own come first.

    Where nothing varies, all those of the studies.
    """
    values: dict[str, list[Any]] = {name: [] for name in FACTORS}
    for start in starts.values():
        for name, value in start.hparams.items():
            held = getattr(value, value.WhichOneof("kind"))
            if name not in ASIDE and held not in values.setdefault(name, []):
                values[name].append(held)
    varying = {name: found for name, found in values.items() if len(found) > 1}
    return varying or {name: values[name] for name in FACTORS if values[name]}


def _shown(tags: _Tags, run: str, start: Any, columns: bytes) -> dict[str, Any]:
    shown = dict(tags)
    if metadata.EXPERIMENT_TAG in tags:
        shown[metadata.EXPERIMENT_TAG] = _with(tags[metadata.EXPERIMENT_TAG], columns)
    if start is not None:
        start.group_name = run
        tag = metadata.SESSION_START_INFO_TAG
        shown[tag] = _with(tags[tag], _content(session_start_info=start))
    return shown


def _content(**held: Any) -> bytes:
    data = plugin_data_pb2.HParamsPluginData(**held)
    content: bytes = metadata.create_summary_metadata(data).plugin_data.content
    return content


def _with(series: Any, content: bytes) -> Any:
    return provider.TensorTimeSeries(
        max_step=series.max_step,
        max_wall_time=series.max_wall_time,
        plugin_content=content,
        description=series.description,
        display_name=series.display_name,
    )
