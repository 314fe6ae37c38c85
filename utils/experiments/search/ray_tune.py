"""A search's trials on Ray Tune: its ASHA, Optuna, storage and retries; the log root is the memory.

Ray Tune's are the loop, the retries, the storage, the checkpoints, ASHA and Optuna's asking and
telling. By hand, looked at in Ray 2.60:

- `Tuner.restore`: Tune stores all but its scheduler (`TuneController.__getstate__`), so ASHA would
  have forgotten every rung. Its state is a pickle, which in a shared folder or a bucket others can
  write. And what a kill has cut off must be read back from the runs anyway. So each sitting is a
  new experiment to Tune: of the ended runs in the log root ASHA and Optuna are told, and the
  cut-off ones are the first to go on.
- Runs come home by a callback: Tune keeps checkpoints, TensorBoard and `course compare` want runs.
  See storage.py.
- A line for each trial, by the same callback: Tune's reporters print a table of all trials every
  few seconds, know nothing of earlier sittings, and name fields, not what a recipe changes.

Ray is imported only inside functions.
"""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from utils.errors import CourseError
from utils.experiments.run_folder import RECORD, held, now, read_record, write_record
from utils.experiments.search.journal import SearchPlan, Trial
from utils.experiments.search.proposals import make_searcher
from utils.experiments.search.space import Point, changed_fields, trial_label
from utils.experiments.search.storage import (
    ARCHIVE,
    make_folder,
    put,
    remove_folder,
    unpack,
)
from utils.experiments.search.worker import ENDED, TrialJob, trainable
from utils.networks.tflearn_cnn.config import BASELINE, Config
from utils.settings import resolve_path

__all__ = ["Sitting", "open_storage", "search_trials", "train_jobs"]

# A trial is begun again so often after its worker or node was lost.
MAX_FAILURES = 4
# Whoever brings or copies a run home has its lock for moments; who trains it there, for hours.
LOCK_SECONDS = 60
# ASHA keeps the better half at each rung.
REDUCTION = 2


@dataclass(frozen=True)
class Sitting:
    """What all trials of one sitting share.

    root: the log root, where the trials' runs come home to.
    storage: the folder or URL that they come through.
    at_once: trials side by side. threads: TensorFlow's, of each.
    resources: what Ray sets aside for a trial.
    base: the baseline's config, whatever its seed.
    """

    root: Path
    storage: str
    at_once: int
    threads: int
    resources: dict[str, float]
    base: Config = BASELINE


@contextmanager
def open_storage(root: Path, name: str, storage: str | None) -> Iterator[str]:
    """Yield a new folder for what Tune stores in a sitting; remove it at the end: Tune never does.

    storage: a folder or a bucket's URL; beside the search's runs unless given.
    Raises CourseError where nothing can be stored there.
    """
    beside = root / name / ".tune"
    shutil.rmtree(beside, ignore_errors=True)  # what a sitting that was killed has left
    if storage and "://" not in storage:
        storage = str(resolve_path(storage).resolve())
    place = f"{(storage or str(beside)).rstrip('/')}/{name}-{uuid.uuid4().hex}"
    try:
        make_folder(place)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"Nothing can be stored in {storage or beside} ({str(error).splitlines()[0]}).",
            "Give `storage` a folder, or a bucket's URL that this machine has the right to.",
            ("storage",),
        ) from error
    try:
        yield place
    finally:
        remove_folder(place)
        shutil.rmtree(beside, ignore_errors=True)


def search_trials(plan: SearchPlan, before: Sequence[Trial], sitting: Sitting) -> None:
    """Run what is missing of the search's trials; ASHA stops those that fall behind.

    before: the trials of earlier sittings.
    Raises CourseError where a trial can't be run, and says why.
    """
    over = [trial for trial in before if trial.over]
    left = plan.trials - len(over)
    if left <= 0:
        return
    cut_off = [trial for trial in before if not trial.over]
    fresh = sorted(set(range(plan.trials)) - {trial.number for trial in before})
    fixed = [trial.point for trial in cut_off]
    if plan.search == "random":
        fixed += [plan.point(number) for number in fresh]

    def job(number: int, point: Point) -> TrialJob:
        config = plan.config(point, plan.seed)
        return plan.job(plan.name, trial_label(number, point), config, sitting.threads)

    numbers = [trial.number for trial in cut_off] + fresh
    for number, point in zip(numbers, fixed, strict=False):
        read_record(sitting.root / job(number, point).folder)  # a bad one is refused before Ray's
    searcher = make_searcher(
        plan.seed, [(trial.point, trial.value) for trial in over], numbers, fixed,
        lambda number, point: {"job": _with_before(job(number, point), sitting).to_dict()},
        plan.space,
    )  # fmt: skip
    scheduler = make_scheduler(plan.config({}, plan.seed).epochs, over)
    callback = _make_callback(sitting, plan.name, len(over), plan.trials)
    _fit(sitting, {}, dict(search_alg=searcher, scheduler=scheduler, num_samples=left), callback)


def train_jobs(study: str, jobs: Sequence[TrialJob], total: int, sitting: Sitting) -> None:
    """Run these jobs to their end.

    total: how many there were before those that are over were left out.
    Raises CourseError where one can't be run, and says why.
    """
    if not jobs:
        return
    from ray import tune

    params = [_with_before(job, sitting).to_dict() for job in jobs]
    callback = _make_callback(sitting, study, total - len(jobs), total)
    _fit(sitting, {"job": tune.grid_search(params)}, {}, callback)


def _with_before(job: TrialJob, sitting: Sitting) -> TrialJob:
    """Put into the storage what an earlier sitting left of the run, where that is something.

    A new trial of Tune's can't be given a checkpoint; only its own can be restored.
    """
    home = sitting.root / job.folder
    if not (home / RECORD).is_file():
        return job
    place = f"{sitting.storage}/before/{job.folder}"
    with held(home, LOCK_SECONDS):
        read_record(home)  # a bad one is refused here, by its own name
        put(home, place)
    return replace(job, before=place)


def _fit(sitting: Sitting, space: dict[str, Any], how: dict[str, Any], callback: Any) -> None:
    from ray import tune

    results = tune.Tuner(
        tune.with_resources(trainable, sitting.resources),
        param_space=space,
        tune_config=tune.TuneConfig(
            trial_dirname_creator=_trial_id, reuse_actors=True,
            max_concurrent_trials=sitting.at_once, **how,
        ),
        run_config=tune.RunConfig(
            name=uuid.uuid4().hex, storage_path=sitting.storage, verbose=0, callbacks=[callback],
            failure_config=tune.FailureConfig(max_failures=MAX_FAILURES),
            checkpoint_config=tune.CheckpointConfig(num_to_keep=1),
        ),
    ).fit()  # fmt: skip
    for error in results.errors:
        raise CourseError(
            f"A trial failed {MAX_FAILURES + 1} times: {_last_line(str(error))}.",
            "Mend that and repeat the command: it goes on from here.",
        )


def _trial_id(trial: Any) -> str:
    return str(trial.trial_id)


def _last_line(error: str) -> str:
    return (error.strip().splitlines() or ["it doesn't say why"])[-1].rstrip(".")


def grace(epochs: int) -> int:
    """Return the first epoch that ASHA stops trials at: a quarter of all, rounded."""
    return max(1, round(epochs / 4))


def make_scheduler(epochs: int, over: Sequence[Trial]) -> Any:
    """Return Ray Tune's ASHA, which is told the ended trials' epochs in the order they came."""
    from ray.tune.schedulers import ASHAScheduler

    scheduler: Any = ASHAScheduler(
        time_attr="epoch", metric="val_accuracy", mode="max", max_t=epochs,
        grace_period=grace(epochs), reduction_factor=REDUCTION, stop_last_trials=False,
    )  # fmt: skip
    stand_ins = {trial.number: SimpleNamespace(trial_id=trial.name) for trial in over}
    for stand_in in stand_ins.values():
        scheduler.on_trial_add(None, stand_in)
    rows = [(row["wall_time"], trial.number, row) for trial in over
            for row in trial.record["history"]]  # fmt: skip
    for _, number, row in sorted(rows, key=lambda one: one[:2]):
        scheduler.on_trial_result(None, stand_ins[number], row)
    return scheduler


def _make_callback(sitting: Sitting, study: str, done: int, total: int) -> Any:
    """Return what brings each trial's run home and prints a line for each that has ended."""
    from ray import tune

    root = sitting.root

    class Callback(tune.Callback):
        count = done

        def on_trial_result(
            self, iteration: int, trials: Any, trial: Any, result: dict[str, Any], **info: Any
        ) -> None:
            if "problem" in result:  # what a person must put right ends the search
                raise CourseError(result["problem"])

        def on_trial_save(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            home = root / _job(trial).folder
            with trial.checkpoint.as_directory() as place, held(home, LOCK_SECONDS):
                unpack(Path(place, ARCHIVE), home)

        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            self.count += 1
            record = close_run(root / _job(trial).folder)
            line = _line(study, self.count, total, _job(trial), record, sitting.base)
            print(line, flush=True)

        def on_trial_recover(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            print(
                f"{_job(trial).folder}: {_what_happened(trial)}; "
                "it goes on from the last epoch that came home", flush=True,
            )  # fmt: skip

    return Callback()


def _what_happened(trial: Any) -> str:
    """Say in a few words how a trial failed last, by what Tune has noted of it."""
    error = Path(trial.error_file).read_text(encoding="utf-8").rpartition("Failure # ")[2]
    is_its_own = '  File "' in error  # a traceback; what Ray itself says of a lost actor has none
    return f"it broke ({_last_line(error)})" if is_its_own else "its worker was lost"


def _job(trial: Any) -> TrialJob:
    return TrialJob(**trial.config["job"])


def close_run(folder: Path) -> dict[str, Any]:
    """Return the record of a trial that is over; one that ASHA has cut short is `stopped` now."""
    with held(folder, LOCK_SECONDS):
        record = read_record(folder)
        assert record is not None  # each trial that ends has brought home an epoch or its end
        if record["status"] not in ENDED:
            record |= {"status": "stopped", "ended": now()}
            write_record(folder, record)
    return record


def _line(
    study: str, count: int, total: int, job: TrialJob, record: dict[str, Any], base: Config
) -> str:
    config, history = Config.from_dict(job.config), record["history"]
    name = job.folder.partition("/")[2]
    value = history[-1]["val_accuracy"] if history else 0.0
    short = record["status"] != "finished"
    when = f" after epoch {len(history)} of {config.epochs}" if short else ""
    return (
        f"{study} {count} of {total} · {name} {record['status']}{when}"
        f" · validation {value:.3f} · {changed_fields(config, base)}"
    )
