"""Studies become runs: which to train, which to skip, where each one lives.

Between `training`, which knows one run, and `history`, which reads finished ones back.
TensorFlow is imported only when something has to be trained.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.card_words import note_before_training
from utils.experiments.event_log import RunLog
from utils.experiments.own_studies import keep_study, meet_own
from utils.experiments.run_folder import (
    ENDED,
    RunName,
    board_fields,
    held,
    leftovers,
    read_record,
    readable_record,
    run_dir,
    run_folders,
    same_recipe,
    sweep,
    variant_label,
    write_record,
)
from utils.experiments.studies import (
    Study,
    config_for,
    get_profile,
    get_study,
    get_variant,
    variants_at,
)
from utils.files import Held, whole
from utils.networks import onednn
from utils.networks.processor import cpu_name
from utils.networks.tflearn_cnn.config import Config

__all__ = ["find_same", "run_study"]


def run_study(
    study: str | Study,
    *,
    variants: Iterable[str] | None = None,
    seeds: Iterable[int] = (0,),
    profile: str | None = None,
    dataset: Dataset | None = None,
    runs: Path | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> list[dict[str, Any]]:
    """Train what of a study isn't there yet; return the records of all its runs.

    study: its name, or one of one's own, which is kept beside its runs: `own_study`.
    variants: names of the study's variants; all of them unless given.
    profile, runs: `smoke`, `quick` or `full`, and the log root; the settings' unless given.
    dataset: CIFAR-10 as the settings say, unless given.
    should_stop, on_epoch: passed on to `train`; a stopped run ends the study.

    A finished run is skipped, a cut-off one goes on, and one whose very recipe was trained in
    another study is copied from there; each of these is said in a line. One that another process
    is training is left to it and looked at again at the end; where it isn't done by then, a line
    says so, and its record isn't among those that are returned.
    Raises CourseError for names that don't exist, and for a run of these whose record can't be
    read, before anything is trained.
    """
    profile = profile or settings.profile_name()
    root = runs or settings.runs_dir()
    meet_own(root)
    chosen = get_study(study) if isinstance(study, str) else study
    get_profile(profile)
    names = list(variants) if variants is not None else variants_at(chosen, profile)
    for name in names:
        get_variant(chosen, name, profile)
    dataset = dataset or load("cifar10")
    keep_study(chosen, root)
    note_before_training(root / chosen.name)
    plan = [
        (name, config_for(chosen.name, name, profile, seed, dataset.real))
        for seed in seeds
        for name in names
    ]
    todo = [
        _Todo(
            root, chosen.name, variant_label(name, profile, dataset.real), profile, config, dataset
        )
        for name, config in plan
    ]
    for one in todo:
        read_record(one.folder)
    return _run_all(todo, should_stop, on_epoch)


@dataclass(frozen=True)
class _Todo:
    """One run to be there in the end."""

    root: Path
    study: str
    label: str
    profile: str
    config: Config
    dataset: Dataset

    @property
    def name(self) -> str:
        return str(RunName(self.study, self.label, self.config.seed))

    @property
    def folder(self) -> Path:
        return run_dir(self.root, self.study, self.label, self.config.seed)


def _run_all(
    todo: list[_Todo],
    should_stop: Callable[[], bool] | None,
    on_epoch: Callable[[dict[str, Any]], None] | None,
) -> list[dict[str, Any]]:
    """See to all runs, and once more to those that others were at; return the records there are."""
    records: dict[str, dict[str, Any]] = {}
    for look in ("first", "second"):
        for one in todo:
            if one.name in records:
                continue
            try:
                records[one.name] = record = _one_run(one, should_stop, on_epoch)
            except Held as error:
                if look == "first":
                    print(f"{one.name}: {error.problem}", flush=True)
                continue
            if record["status"] == "stopped":
                return [records[one.name] for one in todo if one.name in records]
    _tell_of([one.name for one in todo if one.name not in records])
    return [records[one.name] for one in todo if one.name in records]


def _tell_of(others: list[str]) -> None:
    """Say which runs are still another process's."""
    if others:
        print(f"Trained by another process, and not finished yet: {', '.join(others)}. "
              "Once it has ended, run this again.", flush=True)  # fmt: skip


def find_same(root: Path, config: Config, dataset: Dataset) -> Path | None:
    """Return the folder of a finished run of exactly this recipe in any study, or None.

    A run whose record can't be read is passed over, and one that has lost its weights.
    """
    wanted = dataset.subset(config.train_size, config.validation_size)
    for folder in run_folders(root):
        record = readable_record(folder)
        if (
            record
            and record["status"] == "finished"
            and same_recipe(record, config, wanted)
            and (folder / "checkpoint" / f"{record.get('checkpoint')}.index").is_file()
        ):
            return folder
    return None


def _one_run(
    one: _Todo,
    should_stop: Callable[[], bool] | None,
    on_epoch: Callable[[dict[str, Any]], None] | None,
) -> dict[str, Any]:
    """Skip, copy or train a run; return its record. Raises `Held` where another process has it."""
    record = read_record(one.folder)
    if record and record["status"] in ENDED:
        return _skipped(one, record)
    if record is None and (twin := find_same(one.root, one.config, one.dataset)):
        with held(one.folder):
            record = read_record(one.folder)  # another process may have made it since
            if record is None:
                return _copied(one, twin)
    _keep_kernels(one.root, one.study)
    from utils.experiments.training import Ended, train  # imports TensorFlow

    try:
        return train(one.config, one.dataset, one.folder, study=one.study, variant=one.label,
                     profile=one.profile, should_stop=should_stop, on_epoch=on_epoch)  # fmt: skip
    except Ended:  # by another process, since it was looked at
        record = read_record(one.folder)
        assert record is not None
        return _skipped(one, record)


def _keep_kernels(root: Path, study: str) -> None:
    """Have all runs of a study on this machine computed by the same kernels.

    Raises CourseError where TensorFlow is imported already, with the others.
    """
    records = [readable_record(folder) for folder in run_folders(root, study)]
    used = {
        record.get("kernels")
        for record in records
        if record and record.get("machine") == cpu_name()
    }
    kernels = next((one for one in onednn.VALUES if {one} == used), None)
    if kernels is None:  # no runs, of an earlier edition that didn't note it, or mixed already
        return
    if "tensorflow" not in sys.modules:
        onednn.use(kernels)
        return
    from utils.networks.tflearn_cnn.compat import kernels_in_use

    if kernels_in_use() != kernels:
        raise CourseError(
            f"The runs of {study} in {root} were computed by {kernels}'s kernels, and TensorFlow "
            f"has been imported with {kernels_in_use()}'s.",
            f"Start anew with the environment variable {onednn.SWITCH} set to "
            f"{onednn.VALUES[kernels]}, or give another log root as `runs`.",
            ("runs",),
        )


def _skipped(one: _Todo, record: dict[str, Any]) -> dict[str, Any]:
    """Say that a run is there already; refuse one of another recipe under the same name."""
    config, folder = one.config, one.folder
    wanted = one.dataset.subset(config.train_size, config.validation_size)
    if not same_recipe(record, config, wanted):
        raise CourseError(
            f"{folder} holds a run of another recipe: its config or its data differ.",
            "Move that folder elsewhere, or give another log root as `runs`.",
            ("runs",),
        )
    if leftovers(folder, record) and os.access(folder, os.W_OK):
        with held(folder):
            sweep(folder, record)
    print(f"{one.name}: {record['status']} before, skipped", flush=True)
    return record


def _copied(one: _Todo, twin: Path) -> dict[str, Any]:
    """Make a run from one of the same recipe; for whoever holds the new one's lock."""
    record = read_record(twin)
    assert record is not None  # find_same read it
    source = str(RunName.of(twin))
    record |= {"study": one.study, "variant": one.label, "copied_from": source}
    with whole(one.folder) as beside:
        (beside / "checkpoint").mkdir(parents=True)
        for file in (twin / "checkpoint").glob(f"{record['checkpoint']}.*"):
            shutil.copy2(file, beside / "checkpoint")
        RunLog.write_anew(
            beside, one.name, board_fields(record), record["history"], record["status"],
            record.get("classes", ()), source=twin,
        )  # fmt: skip
        write_record(beside, record)
    print(f"{one.name}: same recipe as {source}, copied", flush=True)
    return record
