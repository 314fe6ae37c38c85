"""What the scripts of tools/reference share: a lesson's own cells, kept parts, a table at the end.

Knows nothing of what is measured.
"""

import argparse
import ast
import datetime
import hashlib
import inspect
import io
import json
import linecache
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from utils import settings
from utils.data import Dataset, catalogue, load
from utils.errors import CourseError
from utils.experiments.measured import Measured, write_measured
from utils.files import duration, lock, whole, write_whole
from utils.networks.onednn import SWITCH
from utils.networks.processor import cpu_flags, cpu_name

__all__ = [
    "Lesson",
    "Part",
    "keep_network",
    "kept_network",
    "main",
    "measure",
    "real_data",
    "rows_of",
    "wants_saving",
]

# Instructions by which results may differ in their last digits.
FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
VERSIONED = ("tensorflow", "keras", "tflearn", "numpy")

Part = Callable[[], Iterable[Measured]]


@dataclass(frozen=True)
class Lesson:
    """Cells of a lesson that a script executes, so that its numbers are the lesson's.

    name: the notebook's, without `.ipynb`. ids: the cells, in the order of their execution.
    changes: by cell, what stands in it and what takes its place, such as a seed.
    """

    name: str
    ids: tuple[str, ...]
    changes: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def sources(self) -> dict[str, str]:
        """Return the code of the cells by their ids, changes not made.

        Raises CourseError where a cell isn't there, or doesn't hold what is to be changed in it.
        """
        path = settings.NOTEBOOKS / f"{self.name}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = {cell["id"]: "".join(cell["source"]) for cell in cells
                if cell["cell_type"] == "code"}  # fmt: skip
        for one in self.ids:
            for old in ("", *(old for old, _ in self.changes.get(one, ()))):
                if one not in code or old not in code[one]:
                    raise CourseError(
                        f"{path} has changed: no cell {one} that holds {old!r}.",
                        "Change the script in tools/reference/ likewise.",
                    )
        return {one: code[one] for one in self.ids}

    def run(self, first: str, last: str, names: dict[str, Any], **words: Any) -> dict[str, Any]:
        """Execute the cells from `first` to `last`; return `names`, in which theirs are now.

        words: fill the braces in the changes, such as the seed in `seed = {seed}`.
        """
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        mpl.use("Agg")
        names.setdefault("display", lambda *_: None)
        names.setdefault("__name__", "__main__")
        sources = self.sources()
        for one in self.ids[self.ids.index(first) : self.ids.index(last) + 1]:
            source = sources[one]
            for old, new in self.changes.get(one, ()):
                source = source.replace(old, new.format(**words))
            file = f"{self.name}:{one}"
            # As a notebook does it: TensorFlow reads the source of what it plans.
            linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
            with redirect_stdout(io.StringIO()):
                exec(compile(source, file, "exec"), names)
            plt.close("all")
        return names


def real_data(name: str) -> Dataset:
    """Return a real data set that is here; raise CourseError where it isn't: no sample, no load."""
    one = catalogue.get(name)
    if settings.data_source() == "sample":
        raise CourseError(
            "COURSE_DATA_SOURCE is 'sample', and the lessons' numbers are those of real data.",
            "Unset it.",
        )
    if catalogue.find(one) is None:
        raise CourseError(
            f"{one.title} isn't here, and the lessons' numbers are those of real data.",
            f"Fetch it: course data fetch {name}",
        )
    os.environ["COURSE_DATA_SOURCE"] = "real"  # for the lessons' cells
    return load(name, "real")


def rows_of(seed: int | None, values: Mapping[str, float]) -> list[Measured]:
    """Return a row a quantity."""
    return [Measured(quantity, seed, float(value)) for quantity, value in values.items()]


def measure(
    name: str,
    parts: Mapping[str, Part],
    data: Dataset | None = None,
    finish: Callable[[list[Measured]], Iterable[Measured]] = list,
    lessons: Iterable[Lesson] = (),
    recipes: object = None,
) -> None:
    """Make every part of a table that isn't kept yet, then write data/reference/<name>.csv, .json.

    A finished part is kept in build/reference/<name>/ and made again only when the data, the
    versions, the processor, the lessons' cells or the script have changed.
    finish: makes the table's rows of all parts' rows, which may be of use to it alone.
    recipes: what else the parts are made of, as JSON can hold it: another one makes them anew.
    """
    machine = _machine(data)
    made_of = [machine, [lesson.sources() for lesson in lessons], _code(parts)]
    key = _digest([*made_of, recipes] if recipes else made_of)
    with lock(_kept(name).with_suffix(".lock"), seconds=0):
        made = []
        for number, (label, make) in enumerate(parts.items(), start=1):
            words = f"{name} {number}/{len(parts)}  {label}"
            made.append(_made(_kept(name) / f"{label.replace(' ', '_')}.json", key, make, words))
        rows = list(finish([Measured(*row) for part in made for row in part["rows"]]))
        about = machine | {
            "seeds": sorted({row.seed for row in rows if row.seed is not None}),
            "date": max(part["date"] for part in made),
            "seconds": round(sum(part["seconds"] for part in made)),
            "command": f"course reference {name}",
        }
        print(write_measured(name, rows, about))


def _made(path: Path, key: str, make: Part, words: str) -> dict[str, Any]:
    """Return a part as it is kept, made first where it isn't kept yet or by something else."""
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if kept.get("key") == key:
        print(f"{words}: kept", flush=True)
        return kept
    print(f"{words} …", flush=True)
    begun, today = time.perf_counter(), datetime.datetime.now(datetime.UTC).date()
    rows = [list(row) for row in make()]
    seconds = time.perf_counter() - begun
    kept = {"key": key, "date": today.isoformat(), "seconds": seconds, "rows": rows}
    write_whole(path, json.dumps(kept))
    print(f"{words}: {duration(seconds)}", flush=True)
    return kept


def _kept(name: str) -> Path:
    return settings.build_dir() / "reference" / name


def keep_network(name: str, label: str, model: Any) -> None:
    """Keep a Keras model of a table's part in build/reference/<name>/, without its optimizer."""
    import keras

    # clone_model would compile the clone too, and save an optimizer with it
    plain = keras.Sequential.from_config(model.get_config())
    plain.set_weights(model.get_weights())
    with whole(_kept(name) / f"{label}.keras") as beside:
        made = beside.with_name(f"{beside.name}.keras")  # Keras goes by the ending
        plain.save(made)
        made.replace(beside)


def kept_network(name: str, label: str, save: bool) -> Any:
    """Return a model that was kept, ready to be evaluated.

    save: put it in place of data/reference/<name>.keras, too.
    """
    import keras

    path = _kept(name) / f"{label}.keras"
    model = keras.saving.load_model(path, compile=False)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    if save:
        write_whole(settings.ROOT / "data" / "reference" / f"{name}.keras", path.read_bytes())
    return model


def wants_saving(about: str | None) -> bool:
    """Say whether --save was typed: that the network takes the place of the course's own."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--save", action="store_true", help="replace the network the course brings")
    return bool(parser.parse_args().save)


def _machine(data: Dataset | None) -> dict[str, Any]:
    """Return on what is measured: data, processor, versions, threads; nothing that names it."""
    dataset = None if data is None else {"name": data.name, "sha256": data.sha256}
    features = [one for one in FEATURES if one in cpu_flags()]
    computes = {"features": features, "kernels": os.environ.get(SWITCH, "TensorFlow's own choice")}
    versions = {one: version(one) for one in VERSIONED}
    python = {"python": sys.version.split()[0]}
    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    return {"dataset": dataset, "machine": cpu_name(), **computes, "threads": threads,
            "versions": versions | python}  # fmt: skip


def _code(parts: Mapping[str, Part]) -> str:
    """Return the code of the script that makes the parts, as it is without comments and form."""
    files = {inspect.getsourcefile(inspect.unwrap(getattr(make, "func", make)))
             for make in parts.values()}  # fmt: skip
    return "".join(ast.dump(ast.parse(Path(one).read_text("utf-8"))) for one in files if one)


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def main(script: Callable[[], None]) -> None:
    """Run a script: in folders of its own, at the usual profile, and an error as one sentence."""
    build = settings.build_dir() / "reference"
    os.environ |= {
        "COURSE_PROFILE": "quick",
        "COURSE_PROGRESS": "off",
        "COURSE_RUNS": str(build / "runs"),
    }
    try:
        script()
    except CourseError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the parts that are finished are kept.")
