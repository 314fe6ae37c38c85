"""All measurements of one benchmark: which are left to make, and each made in its own process."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.epoch import machine
from benchmarks.epoch.flops import training_flops
from benchmarks.epoch.results import Results, Row
from benchmarks.epoch.sides import SIDES
from utils import settings
from utils.data import Dataset
from utils.errors import CourseError
from utils.files import whole
from utils.networks.processor import cpu_has_bfloat16
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = ["MODES", "RIVALS", "Bench"]

MODES = ("augmented", "plain")
RIVALS = (
    settings.ROOT / "build/bench" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
)
# Which library multiplies in which precision, for the peak.
PEAKS = (("numpy", "float32"), ("tensorflow", "float32"), ("torch", "float32"),
         ("tensorflow", "bfloat16"), ("torch", "bfloat16"))  # fmt: skip


@dataclass(frozen=True)
class Measurement:
    """One process to start.

    who: the side or library; kind: `measurements` or `peaks`; key: what tells its row apart.
    request: what benchmarks/epoch/child.py is asked; variables: its own environment variables.
    """

    who: str
    kind: str
    key: Row
    request: Row
    rival: bool
    variables: Mapping[str, str] = field(default_factory=dict)


class Bench:
    """The measurements that share a results' file.

    dataset: its first `images` training pictures are trained on, its validation pictures tested.
    epochs: counted ones; one more goes before them.
    rivals: the Python that has PyTorch and JAX.
    Raises CourseError where the file holds measurements of other settings.
    """

    def __init__(
        self, dataset: Dataset, path: Path, isa: str, images: int, epochs: int, threads: int,
        rivals: Path = RIVALS, config: Config = BASELINE,
    ) -> None:  # fmt: skip
        train = dataset.train.first(images)
        self.isa, self.rivals, self.config = isa, rivals, config
        self.results = Results.open(path, {
            "machine": machine.describe(isa),
            "threads": threads,
            "data": dataset.sha256,
            "images": len(train),
            "validation": len(dataset.validation),
            "epochs": epochs,
            "config": config.to_dict(),
            "flops": training_flops(config.layers, config.dense_units),
        })  # fmt: skip
        self.pictures = path.with_suffix(".npz").absolute()
        with whole(self.pictures) as beside, beside.open("wb") as file:
            np.savez(
                file, images=train.images, labels=train.labels,
                validation_images=dataset.validation.images,
                validation_labels=dataset.validation.labels,
                mean=train.images.mean(), std=train.images.std(),
            )  # fmt: skip

    def run(self, sides: Sequence[str], modes: Sequence[str], seeds: int) -> None:
        """Measure what the results lack, the sides in turn; print a line each."""
        every = list(self._every(sides, modes, seeds))
        left_out: set[str] = set()
        for number, one in enumerate(every, 1):
            if one.who in left_out or self.results.has(one.kind, one.key):
                continue
            told = self._ask(one)
            if missing := told.get("missing"):
                left_out.add(one.who)
                print(f"{one.who} is left out: there is no {missing}.", flush=True)
                continue
            self.results.add(one.kind, one.key | told | {"date": date.today().isoformat()})
            name = "  ".join(str(value) for value in one.key.values())
            print(f"{number:3}/{len(every)}  {name}:  {self._line(told)}", flush=True)
        self.pictures.unlink()

    def _every(
        self, names: Sequence[str], modes: Sequence[str], seeds: int
    ) -> Iterator[Measurement]:
        """Yield a round a seed: the peaks, then each side, mode by mode."""
        measured = []
        for name in names:
            if reason := SIDES[name].missing(self.isa):
                print(f"{name} is left out: {reason}.", flush=True)
            else:
                measured.append(name)
        for seed in range(seeds):
            yield from self._peaks(seed)
            for mode in modes:
                for name in measured:
                    yield self._side(name, mode, seed)

    def _peaks(self, round_: int) -> Iterator[Measurement]:
        for threads in dict.fromkeys((self.results.settings["threads"], 1)):
            for library, precision in PEAKS:
                if precision == "float32" or (self.isa == "native" and cpu_has_bfloat16()):
                    asked = {"library": library, "precision": precision, "threads": threads}
                    yield Measurement(
                        library, "peaks", asked | {"round": round_}, asked | {"module": "peak"},
                        rival=library == "torch",
                    )  # fmt: skip

    def _side(self, name: str, mode: str, seed: int) -> Measurement:
        side = SIDES[name]
        request = {
            "module": side.module,
            "config": replace(self.config, seed=seed).to_dict(),
            "epochs": 1 + self.results.settings["epochs"],
            "augmented": mode == "augmented",
            "precision": side.precision_under(self.isa),
            "compiled": side.compiled,
            "threads": self.results.settings["threads"],
            "pictures": str(self.pictures),
        }
        key = {"side": name, "mode": mode, "seed": seed}
        variables = side.avx2 if self.isa == "avx2" else {}
        return Measurement(name, "measurements", key, request, side.rival, variables)

    def _ask(self, one: Measurement) -> Row:
        """Measure in a process of its own, so that memory, threads and graph are its own too."""
        python = self.rivals if one.rival else Path(sys.executable)
        if not python.exists():
            return {"missing": f"{python}, which `make bench` sets up"}
        command = [str(python), "-m", "benchmarks.epoch.child", json.dumps(one.request)]
        variables = machine.environment(self.isa, one.request["threads"]) | dict(one.variables)
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=settings.ROOT, env=variables
        )
        if done.returncode:
            raise CourseError(f"Measuring {one.who} failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def _line(self, told: Row) -> str:
        """Say what was measured in a line."""
        if "gflops" in told:
            return f"{told['gflops']:.0f} Gflop/s"
        rate = self.results.settings["images"] / told["seconds"]
        return (
            f"{told['seconds']:.2f} s an epoch, {rate:,.0f} pictures/s,"
            f" {told['peak_mb']:,.0f} MB, accuracy {told['accuracy']:.3f}"
            + (f", {told['others']:.0%} other work" if told.get("others", 0) else "")
        )
