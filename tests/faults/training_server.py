"""Trainings in processes of their own: forks of this one, which has imported TensorFlow but once.

A session's threads would not outlive a fork; here none is made before it. Reads one JSON list a
line: `["start", job, output, …]` answers with the new process's id, `["wait", id]` with its exit
status, -9 after SIGKILL. A process waits for the file OUTPUT.go; it ends with status 1 after the
course's own sentence, with 3 after a traceback.
"""

import json
import os
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

from tiny import TINY, tiny_dataset

from utils.errors import CourseError
from utils.experiments.import_runs import bring_runs
from utils.experiments.study_runner import run_study
from utils.experiments.training import train


def train_run(run_dir, epochs):
    train(replace(TINY, epochs=int(epochs)), tiny_dataset(), Path(run_dir))


def run_a_study(runs, study, variant):
    run_study(study, variants=[variant], profile="smoke", dataset=tiny_dataset(), runs=Path(runs))


def bring(source, runs):
    print("\n".join(bring_runs(Path(source), Path(runs))))


JOBS = {"train": train_run, "study": run_a_study, "bring": bring}


def child(job, output, *arguments):
    """Do a job as soon as it may begin; what it prints goes to the file output."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1), os.dup2(file, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    status = 0
    while not os.path.exists(f"{output}.go"):  # noqa: PTH110  # the fastest way to ask
        time.sleep(0.0005)
    try:
        JOBS[job](*arguments)
    except CourseError as error:
        status = 1
        print(f"course: {error}", flush=True)
    except BaseException:
        status = 3
        traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(status)


for line in sys.stdin:
    word, *rest = json.loads(line)
    if word == "wait":
        answer = os.waitstatus_to_exitcode(os.waitpid(rest[0], 0)[1])
    elif not (answer := os.fork()):
        child(*rest)
    print(answer, flush=True)
