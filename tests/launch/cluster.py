"""A cluster as a person sees it who launches on it: sbatch, a home folder, logs, the way home."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from starting import until


class Cluster:
    """A Slurm, and a person's home folder there; what is launched lies in machine.own."""

    def __init__(self, slurm, machine) -> None:
        self.slurm, self.machine, self.home = slurm, machine, machine.home
        venv = machine.folder / "venv"
        machine.program("course", 'exec python -m utils.cli "$@"', venv / "bin")
        self.variables = {"HOME": str(self.home), "COURSE_VENV": str(venv)}
        self.submitted: list[int] = []

    def script(self, *words: str) -> Path:
        """Type `course launch … --sbatch job.sbatch`, and bring that to the cluster."""
        done = self.machine.type_here("launch", *words, "--sbatch", "job.sbatch")
        assert done.exit_code == 0, done.output + str(done.exception)
        self.said = done.output  # what is told: the commands to type
        return Path(shutil.copy(self.machine.own / "job.sbatch", self.home))

    def submit(self, *words: str, **variables: str) -> int:
        number = self.slurm.submit(
            *words, "job.sbatch", cwd=self.home, env=self.variables | variables
        )
        self.submitted.append(number)
        return number

    def ended(self, number: int) -> str:
        """Wait for a job's end, or an array's; return how it stands, and what it said."""
        until(lambda: not [one for one in self.slurm.going() if re.match(rf"{number}[_ ]", one)])
        return self.slurm.state(number)

    def log(self, number: int, part: int | None = None) -> str:
        end = str(number) if part is None else f"{number}_{part}"
        return next(self.home.glob(f"course-*-{end}.log")).read_text()

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script outside of Slurm, as on a login node."""
        return subprocess.run(
            ["bash", script], cwd=self.home, env=os.environ | self.variables,
            capture_output=True, text=True,
        )  # fmt: skip

    def expected_folder(self) -> Path:
        """Return where the script will work."""
        name = re.search(r"--job-name=(\S+)", (self.home / "job.sbatch").read_text())[1]
        return self.home / ".course-jobs" / name

    @property
    def folder(self) -> Path:
        (found,) = self.home.glob(".course-jobs/*")
        return found

    def type_there(self, *lines: str) -> None:
        """Type lines of bash that name CLUSTER, which is this computer under another home."""
        for line in lines:
            line = line.replace("ssh CLUSTER", f"cd {self.home} &&")
            line = line.replace("CLUSTER:", f"{self.home}/")
            subprocess.run(line, shell=True, check=True)

    def come_home(self) -> str:
        """Type the three lines that the launch told; return what the last one says."""
        lines = [line.strip() for line in self.said.splitlines() if line.startswith("    ")]
        make, copy, fetch = lines[-3:]
        self.type_there(make, copy)
        done = self.machine.type_here(*fetch.split()[1:])
        assert done.exit_code == 0, done.output + str(done.exception)
        return done.output
