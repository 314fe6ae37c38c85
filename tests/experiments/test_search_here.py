"""A search on this machine: killed, repeated, looked at."""

import json
import os
import re
import signal
import sys
import time
from dataclasses import asdict

from searches import caught, output, running, wait_until
from starting import LONG, listening, words_of

from utils.experiments.history import load_runs
from utils.experiments.own_studies import read_study
from utils.experiments.run_folder import read_record
from utils.experiments.search.worker import TrialJob
from utils.experiments.studies import config_for, meet
from utils.settings import ROOT

TRIALS = 3
SEARCH = "filters-search"
# One run of a search in a process of its own, without Ray.
ALONE = """
import json, sys
from pathlib import Path
from utils.experiments.search.worker import TrialJob, run_trial
run_trial(TrialJob(**json.loads(sys.argv[1])), Path(sys.argv[2]), lambda result, folder: None)
"""
OPTIONS = ("--trials", TRIALS, "--finalists", 1, "--at-once", 2)


def working(machine):
    """Return Ray's processes but for its agents, which outlive a killed driver by a minute."""
    return [one for one, words in words_of(machine.processes()) if "Agent" not in " ".join(words)]


def ended(root):
    """Return the records' content of the trials that are over, by folder."""
    found = {}
    for path in root.glob(f"{SEARCH}/*/seed-*/run.json"):
        text = path.read_text()
        if json.loads(text)["status"] in ("finished", "stopped", "diverged"):
            found[path] = (text, path.stat().st_mtime_ns)
    return found


def test_a_killed_search_of_ones_own_study_goes_on_and_trains_no_finished_trial_again(machine):
    """The page's own study, with the page's own table of what is searched; then it is compared."""
    file = machine.folder / "filters.toml"
    file.write_text("\n".join(map(_example, ("study", "search"))), encoding="utf-8")
    first = machine.search(file, *OPTIONS)
    both = lambda: ended(machine.runs) and running(machine.runs)  # noqa: E731  # asked twice
    cut_off = wait_until(lambda: caught(first, both), first)
    found = listening(machine.processes())
    assert {one.ip.removeprefix("::ffff:") for one in found} == {"127.0.0.1"}
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    while working(machine):  # they end by themselves
        time.sleep(0.5)
    assert any((machine.runs / SEARCH / ".tune").rglob("*.pkl"))  # Ray's own state
    before = ended(machine.runs)

    text = output(machine.search(file, *OPTIONS))

    assert "trials are over, it goes on there" in text
    after = ended(machine.runs)
    assert len(after) == TRIALS
    assert before.items() <= after.items()
    runs = load_runs(machine.runs)
    assert all(run.problem == "" for run in runs)
    finals = [run for run in runs if run.study == f"{SEARCH}-finals"]
    assert [run.status for run in finals] == ["finished"] * 6
    assert {run.seed for run in finals} == {1, 2, 3}
    study = read_study(file)
    meet(study)
    assert working(machine) == []
    assert not (machine.runs / SEARCH / ".tune").exists()
    for folder, record in cut_off.items():
        _as_if_never_cut_off(machine, folder, record, threads=int(re.search(r"(\d+) thr", text)[1]))
    _says_it_again(machine, text)
    _are_controlled(machine, study)
    _are_compared(machine)


def _as_if_never_cut_off(machine, folder, cut_off, threads):
    """Train a run again from its start: the one that went on came to the very same numbers."""
    record = read_record(machine.runs / folder)
    assert record["history"][: len(cut_off["history"])] == cut_off["history"]
    data = json.loads((machine.runs / SEARCH / "search.json").read_text())["data"]
    study, variant, _ = folder.parts
    job = TrialJob(study, variant, "smoke", record["config"], data, threads)
    alone = machine.folder / "alone"
    output(machine.start([sys.executable, "-c", ALONE, json.dumps(asdict(job)), str(alone)]))
    whole = numbers(read_record(alone))
    assert numbers(record) == whole[: len(record["history"])] and len(whole) == 2


def numbers(record):
    """Return a history without its times."""
    return [
        {name: value for name, value in row.items() if name not in ("seconds", "wall_time")}
        for row in record["history"]
    ]


def _says_it_again(machine, text):
    """Repeat the finished search: the same result, and no second look at the test set."""
    path = machine.runs / SEARCH / "study.json"
    study = json.loads(path.read_text())
    assert set(study["variants"]) == {"baseline", "best"}
    assert set(study["test"]["best"]) == set(study["test"]["baseline"]) == {"1", "2", "3"}
    assert text.split("looked at for this choice")[1].count("3 pairs)") == 1
    assert "looked at for this choice" in text
    written = path.stat().st_mtime_ns
    again = output(machine.start(machine.command("filters", *OPTIONS)))
    assert "not again now" in again
    assert path.stat().st_mtime_ns == written
    assert (
        text.split("| Recipe |")[1].splitlines()[:6]
        == again.split("| Recipe |")[1].splitlines()[:6]
    )
    other = machine.start(machine.command("filters", "--trials", TRIALS + 1, "--finalists", 1))
    assert other.wait(LONG) == 1
    assert "begun with another value of --trials" in other.log.read_text()
    assert "Traceback" not in other.log.read_text()


def _are_controlled(machine, study):
    """Each trial changes of the study's own baseline only what the page's table searches."""
    for run in load_runs(machine.runs, study=SEARCH):
        base = config_for("filters", "3", "smoke", run.seed, real=False).to_dict()
        changed = {name for name, value in base.items() if run.record["config"][name] != value}
        assert changed <= set(study.search)
    chosen = json.loads((machine.runs / SEARCH / "study.json").read_text())
    assert chosen["variants"]["baseline"]["dropout"] == 0.25  # the study's, not the course's


def _are_compared(machine):
    page = machine.folder / "page.html"
    compare = [sys.executable, "-m", "utils.cli", "compare", f"{SEARCH}-finals",
               "--runs", str(machine.runs), "--output", str(page)]  # fmt: skip
    table = output(machine.start(compare))
    assert "| baseline@smoke-sample | 3 |" in table
    assert page.is_file()


def _example(what):
    """Return the page's example of a study of one's own, or of what is searched of it."""
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    return page.partition(f"begin own {what}")[2].partition("```toml\n")[2].partition("```")[0]
