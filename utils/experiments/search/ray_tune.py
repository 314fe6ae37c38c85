"""A search's trials on Ray Tune: its ASHA scheduler and its trial runner, with our own state.

Tune keeps its state in pickles, and a course that opens none can't go on from them. So each
sitting is a new experiment to Tune, and what earlier sittings did is told to it again: ended
trials to the scheduler and the points' source, cut-off ones as the first to run. Ray is
imported only inside functions.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from utils.errors import CourseError
from utils.experiments.search.collector_remote import OpenHome
from utils.experiments.search.journal import SearchPlan, Trial, journal_line
from utils.experiments.search.proposals import Points
from utils.experiments.search.space import changed_fields, point_config, trial_label
from utils.experiments.search.worker import TrialJob, trainable
from utils.experiments.studies import get_profile
from utils.networks.tflearn_cnn.config import Config

__all__ = ["Sitting", "search_trials", "train_jobs"]

# A trial is begun again so often after its worker or node was lost.
MAX_FAILURES = 4
# ASHA keeps the better half at each rung.
REDUCTION = 2


@dataclass(frozen=True)
class Sitting:
    """What all trials of one sitting share.

    home: where the trials' runs come home to.
    at_once: trials side by side. threads: TensorFlow's, of each.
    resources: what Ray sets aside for a trial.
    """

    home: OpenHome
    at_once: int
    threads: int
    resources: dict[str, float]


def search_trials(
    plan: SearchPlan, points: Points, before: Sequence[Trial], sitting: Sitting
) -> None:
    """Run what is missing of the search's trials; ASHA stops those that fall behind.

    before: the trials of earlier sittings.
    Raises CourseError where a trial can't be run, and says why.
    """
    left = plan.trials - sum(trial.over for trial in before)
    if left <= 0:
        return
    searcher = _make_searcher(plan, points, before, sitting)
    scheduler = _make_scheduler(plan, before, sitting)
    done = plan.trials - left
    _fit(
        sitting, {}, dict(search_alg=searcher, scheduler=scheduler, num_samples=left),
        _make_lines(sitting.home.say, plan.name, done, plan.trials),
    )  # fmt: skip


def train_jobs(study: str, jobs: Sequence[TrialJob], total: int, sitting: Sitting) -> None:
    """Run these jobs to their end.

    total: how many there were before those that are over were left out.
    Raises CourseError where one can't be run, and says why.
    """
    if not jobs:
        return
    from ray import tune

    space = {"job": tune.grid_search([job.to_dict() for job in jobs])}
    lines = _make_lines(sitting.home.say, study, total - len(jobs), total)
    _fit(sitting, space, dict(max_concurrent_trials=sitting.at_once), lines)


def grace(epochs: int) -> int:
    """Return the first epoch that ASHA stops trials at: a quarter of all, rounded."""
    return max(1, round(epochs / 4))


def _fit(sitting: Sitting, space: dict[str, Any], how: dict[str, Any], lines: Any) -> None:
    from ray import tune

    stopper = _make_stopper()
    with tempfile.TemporaryDirectory(prefix="course-tune-") as storage:
        results = tune.Tuner(
            tune.with_resources(
                tune.with_parameters(trainable, home=sitting.home.actor), sitting.resources
            ),
            param_space=space,
            tune_config=tune.TuneConfig(
                trial_dirname_creator=_trial_id, reuse_actors=True, **how
            ),
            run_config=tune.RunConfig(
                name="search", storage_path=storage, verbose=0, callbacks=[lines], stop=stopper,
                failure_config=tune.FailureConfig(max_failures=MAX_FAILURES),
            ),
        ).fit()  # fmt: skip
    for number in range(len(results)):
        if problem := (results[number].metrics or {}).get("problem"):
            raise CourseError(problem)
    for error in results.errors:
        raise CourseError(
            f"A trial failed {MAX_FAILURES + 1} times: {_last_line(error)}.",
            "Mend that and repeat the command: it goes on from here.",
        )


def _trial_id(trial: Any) -> str:
    return str(trial.trial_id)


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")


def _make_searcher(
    plan: SearchPlan, points: Points, before: Sequence[Trial], sitting: Sitting
) -> Any:
    """Return what Ray Tune asks for the next trial: cut-off ones first, then new points."""
    import ray
    from ray import tune

    path, home, at_once, threads = (
        f"{plan.name}/trials.jsonl", sitting.home.actor, sitting.at_once, sitting.threads
    )  # fmt: skip

    class Searcher(tune.search.Searcher):
        def __init__(self) -> None:
            super().__init__(metric="val_accuracy", mode="max")
            self.cut_off = [trial for trial in before if not trial.over]
            self.next = max((trial.number for trial in before), default=-1) + 1
            self.begun: dict[str, tuple[int, dict[str, Any]]] = {}
            for trial in before:
                if trial.over:
                    points.told(trial.number, trial.point, trial.values)
                else:
                    points.running(trial.number, trial.point)

        def suggest(self, trial_id: str) -> Any:
            if len(self.begun) >= at_once:
                return None  # ask again when a trial has ended: then more is known
            if self.cut_off:
                trial = self.cut_off.pop(0)
                number, point = trial.number, trial.point
            elif self.next < plan.trials:
                number, point = self.next, points.propose(self.next)
                ray.get(home.append.remote(path, journal_line(number, point)))
                self.next += 1
            else:
                return tune.search.Searcher.FINISHED
            self.begun[trial_id] = number, point
            config = point_config(point, plan.profile, plan.seed)
            name = trial_label(number, point)
            return {"job": plan.job(plan.name, name, config, threads).to_dict()}

        def on_trial_complete(
            self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
        ) -> None:
            number, point = self.begun.pop(trial_id)
            if result and "values" in result:
                points.told(number, point, result["values"])

        def save(self, checkpoint_path: str) -> None:
            """Do nothing: the search's state is in the log root."""

        def restore(self, checkpoint_path: str) -> None:
            """Never called: no sitting goes on from Tune's own state."""

    return Searcher()


def _make_scheduler(plan: SearchPlan, before: Sequence[Trial], sitting: Sitting) -> Any:
    """Return Ray Tune's ASHA, which has its trials end themselves instead of killing them.

    So a stopped trial is a run like any other, with the status `stopped`.
    """
    import ray
    from ray.tune.schedulers import ASHAScheduler, TrialScheduler

    epochs, home = get_profile(plan.profile).epochs, sitting.home.actor

    class Scheduler(ASHAScheduler):
        def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
            if "status" in result:  # it is over, and all its epochs were told
                return str(TrialScheduler.CONTINUE)
            action = super().on_trial_result(tune_controller, trial, result)
            if action == TrialScheduler.STOP and result["epoch"] < epochs and trial.config:
                folder = TrialJob(**trial.config["job"]).folder
                ray.get(home.ask_to_stop.remote(folder))
            return str(TrialScheduler.CONTINUE)

    scheduler = Scheduler(
        time_attr="epoch", metric="val_accuracy", mode="max", max_t=epochs,
        grace_period=grace(epochs), reduction_factor=REDUCTION, stop_last_trials=False,
    )  # fmt: skip
    replay(scheduler, [trial for trial in before if trial.over])
    return scheduler


def replay(scheduler: Any, trials: Sequence[Trial]) -> None:
    """Tell a scheduler the epochs of ended trials again, in the order in which they ended."""
    rows: list[tuple[float, int, Any, dict[str, Any]]] = []
    for trial in trials:
        stand_in = SimpleNamespace(trial_id=trial.name, config={})
        scheduler.on_trial_add(None, stand_in)
        for row in trial.record["history"] if trial.record else []:
            result = {"epoch": row["epoch"], "val_accuracy": row["val_accuracy"]}
            rows.append((row["wall_time"], len(rows), stand_in, result))
    for _, _, stand_in, result in sorted(rows):
        scheduler.on_trial_result(None, stand_in, result)


def _make_lines(say: Callable[[str], None], study: str, done: int, total: int) -> Any:
    """Return what prints a line for each trial that ends, and for each that is begun again."""
    from ray import tune

    class Lines(tune.Callback):
        count = done

        def on_trial_result(
            self, iteration: int, trials: Any, trial: Any, result: dict[str, Any], **info: Any
        ) -> None:
            if result.get("status", "refused") != "refused":
                self.count += 1
                say(_line(study, self.count, total, TrialJob(**trial.config["job"]), result))

        def on_trial_recover(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            name = TrialJob(**trial.config["job"]).folder
            say(f"{name}: its worker was lost; it goes on from the last epoch that came home")

    return Lines()


def _line(study: str, count: int, total: int, job: TrialJob, result: dict[str, Any]) -> str:
    config = Config.from_dict(job.config)
    epochs = len(result["values"])
    when = f"after epoch {epochs} of {config.epochs}" if result["status"] != "finished" else ""
    return (
        f"{study} {count} of {total} · {job.variant}/seed-{config.seed} {result['status']} {when}"
        f" · validation {result['val_accuracy']:.3f} · {changed_fields(config)}"
    ).replace("  ", " ")


def _make_stopper() -> Any:
    """Return what ends the experiment as soon as a trial says what a person must put right."""
    from ray import tune

    class Stopper(tune.Stopper):
        problem = ""

        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            self.problem = self.problem or result.get("problem", "")
            return False

        def stop_all(self) -> bool:
            return bool(self.problem)

    return Stopper()
