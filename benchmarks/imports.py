"""What imports cost: of the rooms, of the `course` command, and until a lesson's first picture.

    python benchmarks/imports.py                              # this checkout
    python benchmarks/imports.py --checkout ../before --json build/imports.json
    python benchmarks/imports.py --only lessons --lessons 02,06 --rounds 1

Each measurement is a process of its own, and the median of the rounds counts; a round before
them, which compiles Python's files, doesn't. With `--checkout` another state of the repository is
measured in turn with this one. Each sees only those installed packages that its own
requirements.txt brings along, so a developer's environment measures what a learner has.

A lesson's first picture: from the start of a fresh kernel until the first cell that shows an
image or a widget has run, in profile smoke.
"""

import argparse
import importlib.metadata
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.manager import start_new_kernel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from utils.experiments.event_log import RunLog
from utils.experiments.studies import config_for

ROOT = Path(__file__).resolve().parent.parent
QUIETLY = "from utils.networks import quiet_stderr\nwith quiet_stderr():\n    import "
IMPORTS = {
    "Python alone": "pass",
    "plots": "from utils import plots\nplots.use_style()",
    "plots, with a table's curves": "from utils import plots\nplots.curves",
    "exercises": "from utils.exercises import check",
    "data, and the sample's digits": "from utils.data import load\nload('mnist', 'sample')",
    "data, and the cat": "from utils.data import photographs\nphotographs.cat()",
    "experiments": "from utils.experiments import STUDIES, interval, reference",
    "widgets": "from utils import widgets",
    "spreadsheet": "from utils.spreadsheet import model_to_workbook, sheet_table",
    "jupyter": "from utils.jupyter import tensorboard_frame",
    "cloud, and floyd.yml": "from utils.cloud.floyd.job import find_floyd, read_floyd\n"
    "from utils.settings import ROOT\nread_floyd(find_floyd(ROOT))",
    "networks: TFLearn": "from utils.networks.tflearn_cnn.compat import tflearn",
    "networks: Keras": f"{QUIETLY}keras",
    "networks: a Keras model read": "from utils.networks import load_model, reference_model\n"
    "load_model(reference_model('mnist_cnn'))",
}
COMMANDS = ("run", "lab", "tensorboard", "train", "compare", "search", "launch", "progress",
            "doctor", "jobs", "data", "data fetch", "sheet")  # fmt: skip
HIDER = """
import os, sys
class Hidden:
    names = frozenset(os.environ["HIDDEN_PACKAGES"].split())
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is hidden", name=name)
sys.meta_path.insert(0, Hidden())
"""
USAGE = "import resource as _r\n_u = _r.getrusage(_r.RUSAGE_SELF)\n"
USAGE += "print('USED', _u.ru_utime + _u.ru_stime, _u.ru_maxrss)"
KILOBYTE = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, else kilobytes
Environment = dict[str, str]


class Cost(NamedTuple):
    """What one measurement came to: seconds of the processor and of the clock, peak megabytes."""

    cpu: float
    wall: float
    peak: float


def brought(requirements: Path) -> set[str]:
    """Return the installed distributions that a requirements file brings along, in turn."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    plain = [line.partition("#")[0].strip() for line in lines if line[:1] not in ("#", "-", "")]
    todo = [Requirement(line) for line in plain]
    done: set[tuple[str, frozenset[str]]] = set()
    while todo:
        one = todo.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in done:
            continue
        done.add(key)
        try:
            needs = map(Requirement, importlib.metadata.requires(one.name) or [])
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        extras = one.extras or {""}
        todo += [
            need for need in needs
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]  # fmt: skip
    return {name for name, _ in done}


def environment(checkout: Path, folder: Path) -> Environment:
    """Return the environment of what is measured: this checkout's code, its packages alone."""
    there = brought(checkout / "requirements.txt") | {"deep-learning-course", "pip", "setuptools"}
    makers = importlib.metadata.packages_distributions()
    hidden = [
        name for name, by in makers.items() if not there & {canonicalize_name(one) for one in by}
    ]
    (folder / "sitecustomize.py").write_text(HIDER, encoding="utf-8")
    ours = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return ours | {
        "PYTHONPATH": os.pathsep.join([str(checkout), str(folder)]),
        "HIDDEN_PACKAGES": " ".join(hidden),
        "COURSE_PROFILE": "smoke",
        "COURSE_PROGRESS": "off",
        "COURSE_RUNS": str(folder / "runs"),
    }


def make_runs(root: Path) -> None:
    """Make the folders of three finished runs of dropout, four epochs each; nothing is trained."""
    for seed in range(3):
        config = config_for("dropout", "0", "quick", seed)
        name = f"dropout/0/seed-{seed}"
        rows = [
            {"epoch": n, "loss": 2 / n, "accuracy": 0.1 * n, "val_loss": 2.2 / n,
             "val_accuracy": 0.1 * n + seed / 100, "train_accuracy": 0.12 * n,
             "learning_rate": 0.001, "seconds": 4.0, "wall_time": 1_700_000_000.0 + n}
            for n in range(1, 5)
        ]  # fmt: skip
        with RunLog(root / name, name, config.hparams()) as log:
            for row in rows:
                log.epoch(row)
            log.close("finished")
        record = {
            "format": 1, "study": "dropout", "variant": "0", "seed": seed, "profile": "quick",
            "config": config.to_dict(), "precision": "float32", "status": "finished",
            "dataset": {"name": "cifar10", "sha256": "0" * 64, "real": True}, "history": rows,
        }  # fmt: skip
        (root / name / "run.json").write_text(json.dumps(record), encoding="utf-8")


def process(arguments: list[str], around: Environment, folder: Path) -> Cost:
    """Return what a Python with these arguments costs; raise where it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, *arguments], env=around, cwd=folder, stdout=said, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{arguments} failed: {said.read().decode()[-2000:]}")
    wall = time.perf_counter() - start
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * KILOBYTE / 1e6)


def shows_picture(message: dict[str, Any]) -> bool:
    """Say whether a kernel's message carries an image or a widget."""
    data = message["content"].get("data", {})
    widget = "application/vnd.jupyter.widget-view+json"
    return "image/png" in data or widget in data or "<img" in data.get("text/html", "")


def first_picture(lesson: Path, around: Environment) -> Cost:
    """Return what a lesson's kernel costs until the first picture is there."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    start = time.perf_counter()
    manager, client = start_new_kernel(env=around, cwd=str(lesson.parent))
    try:
        for source in sources:
            if any(map(shows_picture, _run(client, source))):
                break
        else:
            raise RuntimeError(f"{lesson.name} shows no picture")
        wall = time.perf_counter() - start
        said = [one["content"].get("text", "") for one in _run(client, USAGE)]
        _, cpu, peak = next(text for text in said if text.startswith("USED")).split()
        return Cost(float(cpu), wall, int(peak) * KILOBYTE / 1e6)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(client: Any, source: str) -> list[dict[str, Any]]:
    """Return the messages that a cell's execution sends; raise where it fails."""
    messages: list[dict[str, Any]] = []
    try:
        reply = client.execute_interactive(source, output_hook=messages.append, timeout=300)
    except queue.Empty as error:
        raise RuntimeError(f"no answer in 300 s to {source[:60]!r}") from error
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{source[:60]!r}: {reply['content'].get('evalue')}")
    return messages


def jobs(only: set[str], lessons: set[str]) -> Iterator[tuple[str, Callable[..., Cost]]]:
    """Yield the name of each measurement and what makes it, given a checkout's environment."""
    if "imports" in only:
        for name, code in IMPORTS.items():
            yield name, lambda root, around, code=code: process(["-c", code], around, root)
    if "commands" in only:
        for name in ("", *COMMANDS):
            line = ["-m", "utils.cli", *name.split(), "--help"]
            yield (
                " ".join(["course", *line[2:]]),
                lambda root, around, line=line: process(line, around, root),
            )
        line = ["-m", "utils.cli", "compare", "--output"]
        yield (
            "course compare",
            lambda root, around: process(
                [*line, str(Path(around["COURSE_RUNS"]).with_name("compared.html"))], around, root
            ),
        )
    if "lessons" in only:
        for path in sorted((ROOT / "notebooks").glob("[01]*.ipynb")):
            if not lessons or path.name[:2] in lessons:
                yield (
                    f"first picture of {path.stem}",
                    lambda root, around, name=path.name: first_picture(
                        root / "notebooks" / name, around
                    ),
                )


def table(found: dict[str, dict[str, Cost]]) -> str:
    """Return the medians as a Markdown table, one row a measurement."""
    sides = list(next(iter(found.values())))
    head = [f"{side}: {what}" for what in ("CPU s", "wall s", "peak MB") for side in sides]
    lines = ["| | " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(head)]
    for name, costs in found.items():
        numbers = [f"{costs[side].cpu:.2f}" for side in sides]
        numbers += [f"{costs[side].wall:.2f}" for side in sides]
        numbers += [f"{costs[side].peak:.0f}" for side in sides]
        lines.append(f"| {name} | " + " | ".join(numbers) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure all that is asked for, in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="another state of the repository")
    parser.add_argument("--only", help="some of: imports,commands,lessons")
    parser.add_argument("--lessons", default="", help="numbers, such as 02,06; all unless given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="a file for the numbers of every round")
    options = parser.parse_args()
    only = set((options.only or "imports,commands,lessons").split(","))
    lessons = set(filter(None, options.lessons.split(",")))
    roots = {"here": ROOT}
    if options.checkout:
        roots = {"there": options.checkout.resolve()} | roots
    every: dict[str, dict[str, list[Cost]]] = {}
    with tempfile.TemporaryDirectory() as name:
        around = {}
        for side, root in roots.items():
            folder = Path(name) / side
            folder.mkdir()
            around[side] = environment(root, folder)
            make_runs(folder / "runs")
        for job, measure in jobs(only, lessons):
            every[job] = {side: [] for side in roots}
            for number in range(options.rounds + 1):
                for side, root in roots.items():
                    cost = measure(root, around[side])
                    every[job][side] += [cost] * (number > 0)
    middle = {
        job: {side: Cost(*map(statistics.median, zip(*all_, strict=True)))
              for side, all_ in costs.items()}
        for job, costs in every.items()
    }  # fmt: skip
    print(table(middle))
    if options.json:
        options.json.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
