"""The progress file and its table under kills, full disks and missing rights: counted rounds."""

import csv
import multiprocessing
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from counting import counted

from utils import settings
from utils.exercises.progress import COLUMNS, Item, Standing, export, read, record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills and limits as POSIX has them"),
]

FACTOR = float(os.environ.get("COURSE_TEST_ROUNDS", "1"))
ROUNDS = max(1, round(10 * FACTOR))  # for two writers, and again for three: 50 kills
EXPORT_KILLS = max(1, round(20 * FACTOR))
FULL_DISKS = max(5, round(25 * FACTOR))
NAMES = 99  # a writer's exercises, KK.1 to KK.99, in turn

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["utils.exercises.progress"])


def here() -> Path:
    path = settings.progress_path()
    assert path is not None
    return path


def write_on(path, writer, written):
    """Record event after event until it is killed; written: how many `record` has returned for."""
    os.environ["COURSE_PROGRESS"] = path
    while True:
        record("exercise", f"{writer:02}.{written.value % NAMES + 1}", True)
        written.value += 1


def started(target, *arguments):
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def wait_until(condition, process):
    while not condition():
        assert process.is_alive()
        time.sleep(0.001)


def kill(process):
    process.kill()
    process.join()


def sequence(events, writer):
    """Return the places in turn of a writer's events, and check that they are without a gap."""
    names = [event.name for event in events if event.kind == "exercise"]
    mine = [int(name[3:]) for name in names if name[:2] == f"{writer:02}"]
    assert mine == [number % NAMES + 1 for number in range(len(mine))]
    return len(mine)


@pytest.mark.parametrize("writers", [2, 3])
def test_writers_that_are_killed_lose_and_mix_no_line_and_halve_their_own_alone(writers):
    chance = random.Random(writers)
    lines = kills = unsaid = torn = 0
    for _ in range(ROUNDS):
        here().unlink(missing_ok=True)
        counts = [context.Value("q", 0, lock=False) for _ in range(writers)]
        processes = [
            started(write_on, str(here()), number, count) for number, count in enumerate(counts)
        ]
        for process, count in zip(processes, counts, strict=True):
            enough = chance.randint(1, 150)
            wait_until(lambda count=count, enough=enough: count.value >= enough, process)
            time.sleep(chance.random() / 500)
            kill(process)  # the others go on meanwhile
            kills += 1
        record("notebook", "01", True)
        found = read(here())
        # A kill may cut a line where a page of the disk's memory ends: its own, never another's.
        assert len(found.skipped) <= writers
        torn += len(found.skipped)
        assert found.events[-1].kind == "notebook"
        for number, count in enumerate(counts):
            more = sequence(found.events, number) - count.value
            assert more in (0, 1)  # it was killed between writing a line and counting it
            unsaid += more
        lines += len(found.events)
    counted(
        f"{writers} writers, {ROUNDS} rounds, {kills} killed: {lines} lines, 0 lost or "
        f"mixed; {torn} cut off by their own writer's kill; "
        f"{unsaid} were written in the moment of the kill"
    )


ROWS = [Standing(Item("01_perceptron", "exercise", f"01.{n}"), None, n) for n in range(1, 400)]


def export_on(path, learner, done):
    while True:
        export(Path(path), ROWS, learner, force=True)
        done.value += 1


def test_exporting_that_is_killed_leaves_a_whole_table_and_what_is_left_is_swept(tmp_path):
    path = tmp_path / "table.csv"
    chance = random.Random(1)
    for number in range(EXPORT_KILLS):
        done = context.Value("q", 0, lock=False)
        process = started(export_on, str(path), f"learner {number}", done)
        enough = chance.randint(0, 2)
        wait_until(lambda done=done, enough=enough: done.value >= enough, process)
        time.sleep(chance.random() / 100)
        kill(process)
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                heading, *rows = csv.reader(file)
            assert tuple(heading) == COLUMNS
            assert len(rows) == len(ROWS) and len({row[0] for row in rows}) == 1
    beside = [one for one in tmp_path.iterdir() if one != path]
    for one in beside:  # a day later
        os.utime(one, (0, 0))
    export(path, ROWS, "the last", force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["table.csv"]
    counted(f"{EXPORT_KILLS} exports killed: 0 half tables, {len(beside)} leftovers, all swept")


def in_a_process(code, *arguments):
    """Return what a program prints to standard output and to standard error."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=settings.ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


FULL = """
import os, resource, sys
from utils.exercises.progress import record
for size in sys.argv[2:]:
    os.environ["COURSE_PROGRESS"] = f"{sys.argv[1]}/{size}.jsonl"
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))
    for number in range(1, 10):
        record("exercise", f"01.{number}", True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    record("exercise", "02.1", True)
    record("exercise", "02.2", True)
print("the lesson goes on")
"""


def test_a_full_disk_tears_one_line_at_most_and_the_next_are_whole(tmp_path):
    """A limit of a file's size stands in for the disk: it too lets part of a line be written."""
    sizes = random.Random(2).sample(range(900), FULL_DISKS)
    out, said = in_a_process(FULL, tmp_path, *sizes)
    assert out == "the lesson goes on\n"
    assert len(said.splitlines()) == 1 and "Your progress isn't recorded" in said
    torn = 0
    for size in sizes:
        found = read(tmp_path / f"{size}.jsonl")
        names = [event.name for event in found.events]
        assert names[-2:] == ["02.1", "02.2"]
        assert names[:-2] == [f"01.{n}" for n in range(1, len(names) - 1)]
        assert len(found.skipped) <= 1
        torn += len(found.skipped)
    assert torn
    counted(f"{FULL_DISKS} full disks: {torn} torn lines, 0 of the next ones lost")


READ_ONLY = """
import os, sys
from utils.exercises import check
os.environ["COURSE_PROGRESS"] = "off"
check("01.1", (1, -1, -0.5))  # whatever it imports may not be readable to the other user
os.environ["COURSE_PROGRESS"] = sys.argv[1]
if os.geteuid() == 0:
    os.setuid(65534)
for _ in range(3):
    check("01.1", (1, -1, -0.5))
"""


def test_a_progress_file_that_is_read_only_is_one_sentence_and_the_lesson_goes_on(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    path = folder / "progress.jsonl"
    path.write_bytes(b"as it was\n")
    path.chmod(0o444)
    out, said = in_a_process(READ_ONLY, path)
    assert out.count("✓ Right") == 4
    assert len(said.splitlines()) == 1
    assert str(path) in said and "Permission denied" in said and "COURSE_PROGRESS" in said
    assert path.read_bytes() == b"as it was\n" and len(list(folder.iterdir())) == 1
