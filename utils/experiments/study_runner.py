"""Studies become runs: which to train, which to skip, where each one lives.

Between `training`, which knows one run, and `runs`, which reads finished ones back.
TensorFlow is imported only when something has to be trained.
"""

import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.event_log import RunLog
from utils.experiments.run_folder import (
    ENDED,
    RunName,
    read_record,
    run_dir,
    run_folders,
    same_recipe,
    variant_label,
    write_record,
)
from utils.experiments.studies import config_for, get_profile, get_study
from utils.files import whole
from utils.networks import onednn
from utils.networks.processor import cpu_name
from utils.networks.tflearn_cnn.config import Config

__all__ = ["find_same", "run_study"]


def run_study(
    study: str,
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

    variants: names of the study's variants; all of them unless given.
    profile, runs: `smoke`, `quick` or `full`, and the log root; the settings' unless given.
    dataset: CIFAR-10 as the settings say, unless given.
    should_stop, on_epoch: passed on to `train`; a stopped run ends the study.

    A finished run is skipped, a cut-off one goes on, and one whose very recipe was trained in
    another study is copied from there; each of these is said in a line.
    Raises CourseError for names that don't exist, before anything is trained.
    """
    profile = profile or settings.profile_name()
    names = list(variants) if variants is not None else list(get_study(study).variants)
    get_profile(profile)
    plan = [(name, config_for(study, name, profile, seed)) for seed in seeds for name in names]
    dataset = dataset or load("cifar10")
    root = runs or settings.runs_dir()
    records = []
    for name, config in plan:
        label = variant_label(name, profile, dataset.real)
        record = _one_run(root, study, label, profile, config, dataset, should_stop, on_epoch)
        records.append(record)
        if record["status"] == "stopped":
            break
    return records


def find_same(root: Path, config: Config, dataset: Dataset) -> Path | None:
    """Return the folder of a finished run of exactly this recipe in any study, or None."""
    wanted = dataset.subset(config.train_size, config.validation_size)
    for folder in run_folders(root):
        record = read_record(folder)
        if record and record["status"] == "finished" and same_recipe(record, config, wanted):
            return folder
    return None


def _one_run(
    root: Path,
    study: str,
    label: str,
    profile: str,
    config: Config,
    dataset: Dataset,
    should_stop: Callable[[], bool] | None,
    on_epoch: Callable[[dict[str, Any]], None] | None,
) -> dict[str, Any]:
    folder = run_dir(root, study, label, config.seed)
    name = str(RunName(study, label, config.seed))
    record = read_record(folder)
    if record and record["status"] in ENDED:
        return _skipped(record, name, folder, config, dataset)
    if record is None and (twin := find_same(root, config, dataset)):
        return _copied(twin, folder, root, study, label)
    _keep_kernels(root, study)
    from utils.experiments.training import train  # imports TensorFlow

    return train(config, dataset, folder, study=study, variant=label, profile=profile,
                 should_stop=should_stop, on_epoch=on_epoch)  # fmt: skip


def _keep_kernels(root: Path, study: str) -> None:
    """Have all runs of a study on this machine computed by the same kernels.

    Raises CourseError where TensorFlow is imported already, with the others.
    """
    records = [read_record(folder) for folder in run_folders(root, study)]
    used = {
        record.get("kernels") for record in records if record and record["machine"] == cpu_name()
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


def _skipped(
    record: dict[str, Any], name: str, folder: Path, config: Config, dataset: Dataset
) -> dict[str, Any]:
    """Say that a run is there already; refuse one of another recipe under the same name."""
    if not same_recipe(record, config, dataset.subset(config.train_size, config.validation_size)):
        raise CourseError(
            f"{folder} holds a run of another recipe: its config or its data differ.",
            "Move that folder elsewhere, or give another log root as `runs`.",
            ("runs",),
        )
    print(f"{name}: {record['status']} before, skipped", flush=True)
    return record


def _copied(twin: Path, folder: Path, root: Path, study: str, label: str) -> dict[str, Any]:
    """Make a run from one of the same recipe."""
    record = read_record(twin)
    assert record is not None  # find_same read it
    name, source = str(RunName(study, label, record["seed"])), str(RunName.of(twin))
    record |= {"study": study, "variant": label, "copied_from": source}
    config = Config.from_dict(record["config"])
    with whole(folder) as beside:
        shutil.copytree(twin / "checkpoint", beside / "checkpoint")
        with RunLog(beside, name, config.hparams(), record["history"]) as log:
            log.close(record["status"])
        write_record(beside, record)
    print(f"{name}: same recipe as {source}, copied", flush=True)
    return record
