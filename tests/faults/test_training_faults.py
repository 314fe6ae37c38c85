"""Trainings that are killed, that meet another of the same run, whose disk is full: campaigns.

The counts are constants; COURSE_TEST_ROUNDS is a factor for longer ones.
"""

import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from counting import counted
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from utils.experiments.event_log import TAGS
from utils.experiments.run_folder import leftovers, read_record
from utils.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
]

FACTOR = int(os.environ.get("COURSE_TEST_ROUNDS", "1"))
KILLED_RUNS = 4 * FACTOR  # at most KILLS kills each
KILLS = 5
ROUNDS = 10 * FACTOR  # of two and of three processes at once
# Bytes that are free when a training begins; a checkpoint of it takes 101,000.
FREE = (0, 4096, 12_288, 32_768, 65_536, 106_496, 131_072, 208_896, 229_376, 262_144)
EPOCHS = 10
SERVER = [sys.executable, str(Path(__file__).with_name("training_server.py"))]


class Server:
    """Starts trainings as processes, and kills them."""

    def __init__(self, folder, command=SERVER):
        self.folder, self.count = folder, 0
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": paths, "TF_NUM_INTRAOP_THREADS": "1"},
        )  # fmt: skip

    def ask(self, *words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def start(self, job, *arguments):
        """Start a process that waits for `go`; return its id and its output's path."""
        self.count += 1
        output = self.folder / f"output-{self.count}.txt"
        output.touch()
        return self.ask("start", job, str(output), *map(str, arguments)), output

    def at_once(self, processes, job, *arguments):
        """Let so many processes do the same at the same time; return (status, output) of each."""
        started = [self.start(job, *arguments) for _ in range(processes)]
        for _, output in started:
            Path(f"{output}.go").touch()
        return [(self.ask("wait", pid), output.read_text()) for pid, output in started]

    def alone(self, job, *arguments):
        [done] = self.at_once(1, job, *arguments)
        return done

    def killed(self, epochs, seconds, job, *arguments):
        """Kill a process so many seconds after an epoch; say whether it lived until then."""
        pid, output = self.start(job, *arguments)
        Path(f"{output}.go").touch()
        while (text := output.read_text()).count(": epoch ") < epochs and ": finished" not in text:
            time.sleep(0.002)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        status = self.ask("wait", pid)
        assert status in (0, -signal.SIGKILL), output.read_text()
        return status != 0

    def close(self):
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("outputs"))
    yield one
    one.close()


def measured(run_dir):
    """Return what a run's epochs measured, all but the time they took."""
    return [{key: row[key] for key in row if key not in ("seconds", "wall_time")}
            for row in read_record(run_dir)["history"]]  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(server, tmp_path_factory):
    """Return what a run measured that nothing disturbed, and its seconds."""
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    server.alone("bring", run_dir, run_dir)  # its answer comes when TensorFlow is imported
    started = time.monotonic()
    status, text = server.alone("train", run_dir, EPOCHS)
    assert status == 0, text
    return measured(run_dir), time.monotonic() - started


def check_whole(run_dir):
    """Assert that a finished run is whole: each epoch once, the same for TensorBoard."""
    record = read_record(run_dir)
    history = record["history"]
    assert record["status"] == "finished" and record["checkpoint"] == "weights"
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    assert leftovers(run_dir, record) == []
    names = {file.name for file in (run_dir / "checkpoint").iterdir()}
    assert names == {"weights.index", "weights.data-00000-of-00001"}
    assert not [*run_dir.parent.glob(f".{run_dir.name}.*.new"), *run_dir.parent.glob("*.holder")]
    reader = EventAccumulator(str(run_dir), size_guidance={"tensors": 0})
    reader.Reload()
    for key, tag in TAGS.items():
        shown = [(event.step, event.tensor_proto.float_val[0]) for event in reader.Tensors(tag)]
        assert shown == [(row["epoch"], np.float32(row[key])) for row in history]


def test_runs_killed_at_random_moments_come_to_the_numbers_of_one_that_was_not(
    server, uninterrupted, tmp_path
):
    wanted, seconds = uninterrupted
    chance, kills, begun = random.Random(0), 0, 0
    for number in range(KILLED_RUNS):
        run_dir, seen = tmp_path / f"run-{number}", []
        for _ in range(KILLS):
            epochs, later = chance.randrange(4), chance.uniform(0, seconds / 12)
            lived = server.killed(epochs, later if epochs else 6 * later, "train", run_dir, EPOCHS)
            kills += lived
            record = read_record(run_dir)
            history = record["history"] if record else []
            begun += lived and len(history) > 0
            assert history[: len(seen)] == seen  # no epoch is lost, none is trained anew
            if history:
                assert (run_dir / "checkpoint" / f"{record['checkpoint']}.index").is_file()
            seen = history
            if record and record["status"] == "finished":
                break
        status, text = server.alone("train", run_dir, EPOCHS)
        assert status == 0 or "has ended" in text, text
        check_whole(run_dir)
        assert measured(run_dir) == wanted
        shutil.rmtree(run_dir)
    counted(f"{kills} kills in {KILLED_RUNS} runs, {begun} after an epoch: 0 lost, 0 other numbers")
    assert begun > KILLED_RUNS  # most of them


HOLDER = re.compile(r"Another process trains \S+\. It is (process \d+ on|another process)")


def check_round(done, others):
    """Assert that each process did its work, or said in a sentence who does it; count these."""
    for status, text in done:
        assert status in (0, 1) and "Traceback" not in text, text
        assert status == 0 or HOLDER.search(text) or "has ended" in text, text
    others["said who"] += sum(bool(HOLDER.search(text)) for _, text in done)
    others["found it ended"] += sum("ended (finished)" in text for _, text in done)
    others["did it"] += sum(": finished, " in text or ", copied" in text or "1 run brought" in text
                            for _, text in done)  # fmt: skip


@pytest.mark.parametrize("processes", [2, 3])
def test_of_processes_that_train_one_run_at_once_one_does_and_the_others_say_so(
    server, tmp_path, processes
):
    others = {"did it": 0, "said who": 0, "found it ended": 0}
    for number in range(ROUNDS):
        run_dir = tmp_path / f"run-{number}"
        check_round(server.at_once(processes, "train", run_dir, 1), others)
        check_whole(run_dir)
        shutil.rmtree(run_dir)
    counted(f"{processes} processes, {ROUNDS} rounds: 0 failed, 0 unreadable; {others}")
    assert others["did it"] == ROUNDS and others["said who"] > 0


@pytest.fixture(scope="module")
def trained(server, tmp_path_factory):
    """Return a log root with a finished run whose recipe another study has too."""
    root = tmp_path_factory.mktemp("trained")
    status, text = server.alone("study", root, "dropout", "0.5")
    assert status == 0, text
    return root


@pytest.mark.parametrize("processes", [2, 3])
def test_of_processes_that_copy_one_run_at_once_one_does_and_the_others_find_it(
    server, trained, processes
):
    others = {"did it": 0, "said who": 0, "found it ended": 0}
    for _ in range(ROUNDS):
        done = server.at_once(processes, "study", trained, "batch_size", "96")
        check_round(done, others)
        assert [status for status, _ in done] == [0] * processes, done
        check_whole(trained / "batch_size/96@smoke/seed-0")
        shutil.rmtree(trained / "batch_size")
    counted(f"{processes} processes, {ROUNDS} rounds of copying: 0 failed; {others}")
    assert others["did it"] == ROUNDS


@pytest.mark.parametrize("processes", [2, 3])
def test_of_processes_that_bring_one_run_at_once_one_does_and_the_others_say_so(
    server, trained, tmp_path, processes
):
    others = {"did it": 0, "said who": 0, "found it ended": 0}
    for number in range(ROUNDS):
        runs = tmp_path / f"runs-{number}"
        done = server.at_once(processes, "bring", trained, runs)
        check_round(done, others)
        assert [status for status, _ in done] == [0] * processes, done
        check_whole(runs / "dropout/0.5@smoke/seed-0")
        shutil.rmtree(runs)
    counted(f"{processes} processes, {ROUNDS} rounds of bringing: 0 failed; {others}")
    assert others["did it"] == ROUNDS


@pytest.fixture
def small_disk(tmp_path):
    """Return a server that alone sees a disk of 1 MB at `tmp_path/disk`, and the way to that."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=1m tmpfs {disk}"
    unshare = ["unshare", "-r", "-m", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, mount]).returncode:
        pytest.skip("a small disk of one's own can't be made here")
    one = Server(tmp_path, [*unshare, f'{mount} && exec "$@"', "sh", *SERVER])
    yield one, disk, Path(f"/proc/{one.process.pid}/root{disk}")
    one.close()


def test_a_full_disk_is_one_sentence_and_with_room_the_run_goes_on_to_the_same_numbers(
    small_disk, uninterrupted
):
    server, disk, seen = small_disk
    server.alone("bring", disk, disk)  # the disk is there once the server has answered
    failed, kept = 0, []
    for free in FREE:
        status = os.statvfs(seen)
        (seen / "filler").write_bytes(bytes(status.f_bavail * status.f_frsize - free))
        ended, text = server.alone("train", disk / "run", EPOCHS)
        (seen / "filler").unlink()
        if ended:
            failed += 1
            sentence = text.splitlines()[-1]
            assert ended == 1 and "Traceback" not in text, text
            assert f"course: {disk / 'run'}" in sentence, text
            assert "can't be written (No space left on device). Mend that" in sentence, text
            kept.append(len((read_record(seen / "run") or {"history": []})["history"]))
            ended, text = server.alone("train", disk / "run", EPOCHS)
        assert ended == 0, text
        check_whole(seen / "run")
        assert measured(seen / "run") == uninterrupted[0]
        shutil.rmtree(seen / "run")
    counted(f"{len(FREE)} full disks, {failed} trainings failed, with {kept} epochs kept: 0 lost")
    assert failed >= len(FREE) - 2 and max(kept) > 0
    assert all(earlier <= later for earlier, later in itertools.pairwise(kept))
