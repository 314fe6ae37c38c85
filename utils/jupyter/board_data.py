"""TensorBoard's reader of runs, with each run renamed on the way to its page.

Knows the names of runs and what HParams shows; knows no server and no file.
"""

from collections.abc import Callable
from typing import Any

from tensorboard.data import provider

from utils.jupyter.hparams_columns import HPARAMS, shown_hparams
from utils.jupyter.run_names import short_name

__all__ = ["NamedRuns"]


def _by_run(name: str) -> Callable[..., Any]:
    """Return a method that asks the other provider's of that name, and renames what it answers."""

    def ask(self: "NamedRuns", ctx: Any = None, *, run_tag_filter: Any = None, **asked: Any) -> Any:
        names = self._asked(ctx, asked["experiment_id"], run_tag_filter)
        if names is not None:
            run_tag_filter = provider.RunTagFilter(runs=list(names), tags=run_tag_filter.tags)
        found = getattr(self.whole, name)(ctx, run_tag_filter=run_tag_filter, **asked)
        return {
            (names or {}).get(run) or self.short(run): tags for run, tags in sorted(found.items())
        }

    return ask


class NamedRuns(provider.DataProvider):
    """TensorBoard's reader of runs, under their short names; it still answers to the folders'.

    whole: the provider that reads them.
    Two runs that would have one short name keep their folders' names, but for the first.
    """

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        self._folders: dict[str, str] = {}  # by the short name

    def short(self, run: str) -> str:
        """Return a run's short name, the same one whenever it is asked."""
        name = short_name(run)
        return name if self._folders.setdefault(name, run) == run else run

    def list_runs(self, ctx: Any = None, *, experiment_id: str) -> list[Any]:
        """Return all runs, by their folders' names in order."""
        found = self.whole.list_runs(ctx, experiment_id=experiment_id)
        return [
            provider.Run(self.short(one.run_name), self.short(one.run_name), one.start_time)
            for one in sorted(found, key=lambda one: one.run_name)
        ]

    list_scalars = _by_run("list_scalars")
    read_scalars = _by_run("read_scalars")
    read_last_scalars = _by_run("read_last_scalars")
    _list_tensors = _by_run("list_tensors")
    read_tensors = _by_run("read_tensors")
    list_blob_sequences = _by_run("list_blob_sequences")
    read_blob_sequences = _by_run("read_blob_sequences")

    def list_tensors(self, ctx: Any = None, **asked: Any) -> Any:
        """Return what the other provider does; HParams gets its columns and its trials' names."""
        found = self._list_tensors(ctx, **asked)
        return shown_hparams(found) if asked["plugin_name"] == HPARAMS else found

    def experiment_metadata(self, ctx: Any = None, *, experiment_id: str) -> Any:
        """Return what the other provider does."""
        return self.whole.experiment_metadata(ctx, experiment_id=experiment_id)

    def list_plugins(self, ctx: Any = None, *, experiment_id: str) -> Any:
        """Return what the other provider does."""
        return self.whole.list_plugins(ctx, experiment_id=experiment_id)

    def read_blob(self, ctx: Any = None, *, blob_key: str) -> Any:
        """Return what the other provider does."""
        return self.whole.read_blob(ctx, blob_key=blob_key)

    def _asked(self, ctx: Any, experiment_id: str, asked: Any) -> dict[str, str] | None:
        """Return, by the folder, the names of the runs that are asked for; None for all runs."""
        if asked is None or asked.runs is None:
            return None
        if not self._folders.keys() >= set(asked.runs):  # a page that was open before we were
            self.list_runs(ctx, experiment_id=experiment_id)
        return {self._folders.get(name, name): name for name in asked.runs}
