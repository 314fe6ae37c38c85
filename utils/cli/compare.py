"""`course compare`: finished runs as a table and a page."""

import gc
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from utils import settings
from utils.cli.options import MaybeOutputOption, RunsOption, VerifyOption
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.experiments.history import Run
    from utils.experiments.log_root import Stray

__all__ = ["compare"]

KINDS = {
    "record": "in another place than <study>/<variant>/seed-<n>",
    "lesson": "that lessons logged by themselves",
    "keras": "of Keras's TensorBoard callback",
    "other": "of other programs, such as PyTorch's SummaryWriter or TFLearn",
}


def compare(
    study: Annotated[
        str | None, typer.Argument(metavar="STUDY", help="One study; all of them unless given.")
    ] = None,
    runs: RunsOption = None,
    output: MaybeOutputOption = None,
    verify: VerifyOption = False,
) -> None:
    """Print finished runs as tables; write a page with figures.

    Each variant is held against its study's baseline. The page is HTML, and
    build/compare-STUDY.html unless another file is given.
    """
    settings.put(None, None, runs)
    with _no_collector():
        _compare(study, output, verify, runs is not None)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Look for no garbage meanwhile: what is read here is kept, and looking takes a twentieth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _compare(study: str | None, output: Path | None, verify: bool, given: bool) -> None:
    from utils.experiments.history import load_runs, summary
    from utils.experiments.log_root import few, shown, strays
    from utils.experiments.tables import to_markdown

    root = settings.runs_dir()
    found = load_runs(root, study, verify)
    beside = strays(root, study)
    if not found:
        raise _nothing(root, study, beside, given)
    table = summary(found)
    table.notes.extend(few([_passed_over(root, one) for one in beside if _is_near(root, one)]))
    table.notes.extend(few([one for one in _damaged(root, study) if one not in table.notes]))
    print(to_markdown(table))
    if verify:
        print(f"\n{_verified(found)}")
    from utils.plots.comparison_page import comparison_report  # with it comes matplotlib

    page = output or settings.build_dir() / f"compare-{study or 'all'}.html"
    comparison_report(found, page, table)
    print(f"\nFigures: {shown(str(page))}")


def _is_near(root: Path, stray: "Stray") -> bool:
    """Say whether a person may take a folder for a study's run."""
    from utils.experiments.studies import find_study

    first = stray.folder.relative_to(root).parts[0]
    return stray.kind == "record" or find_study(first) is not None


def _damaged(root: Path, study: str | None) -> list[str]:
    """Say of each study of one's own, or of this one, that can't be read."""
    from utils.experiments.log_root import shown
    from utils.experiments.own_studies import meet_own

    found = meet_own(root)
    return [shown(note) for name, note in found.items() if study in (None, name)]


def _passed_over(root: Path, stray: "Stray") -> str:
    from utils.experiments.log_root import shown

    return shown(
        f"{stray.folder} isn't compared: a run's folder is called <study>/<variant>/seed-<n> "
        f"below {root}. TensorBoard shows it."
    )


def _verified(found: "list[Run]") -> str:
    """Say how many event files were read whole, and how many of them weren't right."""
    from utils.experiments.run_folder import ENDED

    ended = [run for run in found if run.status in ENDED]
    wrong = sum(bool(run.note) for run in ended)
    said = f"{wrong} didn't say what run.json says; see the notes" if wrong else "all agree"
    return f"Event files read whole and held against run.json: {len(ended)}; {said}."


def _nothing(root: Path, study: str | None, beside: "list[Stray]", given: bool) -> CourseError:
    """Return what to say where there is no run to compare: why, and what to type."""
    from utils.experiments.studies import STUDIES, find_study

    where = f" --runs {shlex.quote(str(root))}" if given else ""
    known = study if study and find_study(study) else next(iter(STUDIES))
    train = f"Train some first: course train {known}{where}"
    if not root.exists():
        return CourseError(f"{root} holds no runs: there is no such folder.", train)
    if not root.is_dir():
        problem = f"{root} holds no runs: it isn't a folder."
        return CourseError(problem, "Give a folder as `runs`.", ("runs",))
    problem = f"{root} holds no runs{f' of {study}' if study else ''}"
    if damaged := _damaged(root, study):
        return CourseError(f"{problem}. {damaged[0]}", train)
    if not beside:
        return CourseError(f"{problem}.", train)
    problem += f" that can be compared, but {_told(root, beside)}."
    if other := _other_root(root, beside):
        there = f" --runs {shlex.quote(str(other))}"
        return CourseError(problem, f"They belong to another log root: course compare{there}")
    there = f" --runs {shlex.quote(str(root))}"
    return CourseError(problem, f"TensorBoard shows them: course tensorboard{there}")


def _told(root: Path, beside: "list[Stray]") -> str:
    """Say how many folders of each kind there are, and what the first ones are called."""
    kinds: dict[str, list[str]] = {}
    for one in beside:
        kinds.setdefault(one.kind, []).append(str(one.folder.relative_to(root)))
    told = []
    for kind, names in kinds.items():
        first = ", ".join([*names[:3], *["…"] * (len(names) > 3)])
        told.append(f"{len(names)} folder{'s' * (len(names) > 1)} {KINDS[kind]} ({first})")
    return "; ".join(told)


def _other_root(root: Path, beside: "list[Stray]") -> Path | None:
    """Return the log root that runs lie in which this one doesn't hold, where there is one."""
    from utils.experiments.run_folder import RunName

    for one in beside:
        if one.kind == "record" and RunName.of(one.folder) and one.folder.parents[2] != root:
            return one.folder.parents[2]
    return None
