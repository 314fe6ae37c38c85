"""Campaigns against fetching: several at once, kill -9, a full disk, a read-only installation.

The processes are real ones, the server is a slow one on this machine. Counts are printed.
"""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from counting import counted
from starting import served

ROOT = Path(__file__).resolve().parents[2]
HERE = (ROOT / "tests" / "data", ROOT / "tests" / "faults")
sys.path.append(str(HERE[0]))

import fetching_process  # noqa: E402  # it needs the path above, as its processes do
from fetching_server import Slow, archives  # noqa: E402
from tiny_sets import cifar_files, cifar_records, mnist_arrays  # noqa: E402

from utils.data import catalogue  # noqa: E402

FACTOR = float(os.environ.get("COURSE_TEST_ROUNDS", "1"))
ROUNDS = int(10 * FACTOR)  # of two, of three and of four processes
KILLS = int(30 * FACTOR)
LONG = 600  # seconds after which something hangs, on the slowest machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no process to fork from"),
]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return archives(tmp_path_factory.mktemp("archives"))


@pytest.fixture
def server(sets: dict[str, Path]) -> Iterator[Slow]:
    made = Slow({file.name: file.read_bytes() for file in sets.values()})
    with served(made):
        yield made


@pytest.fixture(scope="module")
def forking():
    """Processes that are forked from one that has imported everything: 20 ms each, not 2 s."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fetching_process", "requests"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *map(str, HERE)]), os.pathsep)
        yield context


def is_whole(cache: Path, sets: dict[str, Path], name: str, server: Slow) -> None:
    """See to it that the set is there, right, and alone but for its lock file."""
    with pytest.MonkeyPatch.context() as patch:
        one = catalogue.SETS[name]
        for attribute, value in fetching_process.COUNTS[name].items():
            patch.setitem(one.__dict__, attribute, value)
        if name == "mnist":
            assert (cache / "mnist.npz").read_bytes() == sets["mnist"].read_bytes()
        else:
            one.read(cache / one.found_as, ours=True)
        left = {path.name for path in cache.iterdir()}
        assert left - {f"{one.found_as}.damaged"} == {one.found_as, f".{one.found_as}.lock"}


# Two, three and four at once. `damaged`: a file that isn't the set lies there at the start.
ROUND = (
    (("fetch", "fetch", "fetch", "fetch"), ("mnist",), False),
    (("fetch", "fetch", "fetch", "fetch"), ("cifar10",), False),
    (("load", "fetch", "load", "auto"), ("cifar10", "cats_dogs"), False),
    (("auto", "load", "fetch", "auto"), ("mnist",), False),
    (("fetch", "verify", "load", "auto"), ("mnist",), True),
    (("verify", "fetch", "load", "verify"), ("cifar10", "cats_dogs"), True),
)


def damage(cache: Path, name: str) -> None:
    """Lay something that isn't the set where the set should be."""
    path = cache / catalogue.SETS[name].found_as
    cache.mkdir()
    if name == "mnist":
        path.write_bytes(b"damaged")
    else:
        path.mkdir()
        (path / "data_batch_1.bin").write_bytes(b"damaged")


@pytest.mark.parametrize("together", [2, 3, 4])
def test_several_who_want_a_set_at_once_get_it_whole_by_one_download(
    forking, sets: dict[str, Path], server: Slow, tmp_path: Path, together: int
) -> None:
    said = Counter[str]()
    for number in range(ROUNDS):
        actions, names, bad = ROUND[number % len(ROUND)]
        cache, start = tmp_path / f"cache-{number}", forking.Barrier(together)
        if bad:
            damage(cache, names[0])
        server.asked.clear()
        answers = [tmp_path / f"{number}-{k}" for k in range(together)]
        told = (cache, sets, server.url)
        processes = [
            forking.Process(
                target=fetching_process.run,
                args=(actions[k], names[k % len(names)], told, answers[k], start),
            )
            for k in range(together)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(LONG)
            assert process.exitcode == 0
        for k, answer in enumerate(answers):
            words = json.loads(answer.read_text())
            # Who finds a damaged file, or finds it gone to be fetched anew, says so.
            allowed = bad and actions[k] != "fetch" and words.startswith("sentence: ")
            assert words == "good" or allowed, (number, actions[k], words)
            said["good" if words == "good" else "sentence about the damaged file"] += 1
        assert server.asked == [(sets[names[0]].name, 0)], number
        is_whole(cache, sets, names[0], server)
    counted(f"{together} at once, {ROUNDS} rounds: {dict(said)}, 1 download a round, 0 faults")


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_fetch_that_is_killed_again_and_again_ends_with_the_set_and_nothing_else(
    forking, sets: dict[str, Path], server: Slow, tmp_path: Path, name: str
) -> None:
    draw, kills, seen = random.Random(name), 0, Counter[str]()
    final = catalogue.SETS[name].found_as
    server.pause = 0.01
    for life in range(10_000):
        cache = tmp_path / f"cache-{life}"
        for _ in range(6):  # tries of one life
            answer = tmp_path / "answer"
            answer.unlink(missing_ok=True)
            process = forking.Process(
                target=fetching_process.run, args=("fetch", name, (cache, sets, server.url), answer)
            )
            process.start()
            kill_at(process, cache, draw, name)
            killed = process.exitcode is None
            process.kill()
            process.join(LONG)
            kills += process.exitcode == -9
            seen.update(stage(cache, name) if killed else ())
            if (cache / final).exists():  # never half a file under its final name
                is_right(cache, sets, name)
                break
        settle(forking, cache, sets, server, name, tmp_path / "answer")
        is_whole(cache, sets, name, server)
        if kills >= KILLS / 2:
            break
    counted(f"{name}: {kills} kills in {life + 1} fetches {dict(seen)}, 0 half files, 0 leftovers")


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_who_waits_for_one_that_is_killed_goes_on_in_its_place(
    forking, sets: dict[str, Path], server: Slow, tmp_path: Path, name: str
) -> None:
    draw, rounds = random.Random(name), ROUNDS // 2
    server.pause = 0.01
    for number in range(rounds):
        cache = tmp_path / f"cache-{number}"
        answers = [tmp_path / f"{number}-{k}" for k in range(3)]
        processes = [
            forking.Process(
                target=fetching_process.run, args=("load", name, (cache, sets, server.url), answer)
            )
            for answer in answers
        ]
        for process in processes:
            process.start()
        kill_at(processes[0], cache, draw, name)
        processes[0].kill()
        for process, answer in zip(processes[1:], answers[1:], strict=True):
            process.join(LONG)
            assert process.exitcode == 0 and json.loads(answer.read_text()) == "good"
        is_whole(cache, sets, name, server)
    counted(f"{name}: one of three killed in {rounds} rounds, the others got it in all")


def kill_at(process, cache: Path, draw: random.Random, name: str) -> None:
    """Wait for a moment to kill at: a while after the lock was taken or the unpacking began."""
    unpacking = draw.random() < 0.5 and name == "cifar10"
    sign = ".*.new" if unpacking else ".*.lock"
    while process.is_alive() and not list(cache.glob(sign)):
        time.sleep(0.001)
    download = 0.4 if name == "cifar10" else 0.1  # seconds that it takes about
    time.sleep(draw.uniform(0, 0.05 if unpacking else download))


def stage(cache: Path, name: str) -> Iterator[str]:
    """Name what a kill has left."""
    if cache.is_dir():
        found = {path.name for path in cache.iterdir()}
        if any(one.endswith(".new") for one in found):
            yield "left half an unpacking"
        elif any(one.endswith(".part") for one in found):
            yield "left half a download"
        elif catalogue.SETS[name].found_as in found:
            yield "came after the end"
        else:
            yield "came before the start"


def is_right(cache: Path, sets: dict[str, Path], name: str) -> None:
    if name == "mnist":
        assert (cache / "mnist.npz").read_bytes() == sets["mnist"].read_bytes()
        return
    for number, file in enumerate(list(cifar_files())[:-1], start=1):
        data = (cache / "cifar-10-batches-bin" / file).read_bytes()
        assert data == np.tile(cifar_records(number), (20, 1)).tobytes()


def settle(
    forking, cache: Path, sets: dict[str, Path], server: Slow, name: str, answer: Path
) -> None:
    """Fetch undisturbed."""
    answer.unlink(missing_ok=True)
    process = forking.Process(
        target=fetching_process.run, args=("fetch", name, (cache, sets, server.url), answer)
    )
    process.start()
    process.join(LONG)
    assert process.exitcode == 0 and json.loads(answer.read_text()) == "good"


# A small disk, and a folder that can't be written: mounts, of which only root may make some.

rooted = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root mounts, on Linux"
)


def apart(mounting: str, code: str, *arguments: str, **environment: str) -> str:
    """Run Python among mounts of its own; return what it printed."""
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", f'{mounting} && exec "$@"', "bash", sys.executable,
         "-c", code, *arguments],
        capture_output=True, text=True, cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
             "PYTHONPATH": ":".join(map(str, (ROOT, *HERE))),
             **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


FULL = """
import sys
from pathlib import Path
from fetching_process import use
from utils import data
from utils.errors import CourseError
cache, url, *archives = sys.argv[1:]
use(Path(cache), dict(zip(("mnist", "cifar10"), map(Path, archives))), url)
full = Path(cache) / "full"
for room in (0, 4_000, 100_000, 300_000, 700_000, 3_000_000, 6_000_000):
    for name in ("mnist", "cifar10"):
        full.write_bytes(b"")
        try:
            with full.open("wb", 0) as file:
                while file.write(b"x" * 4096):
                    pass
        except OSError:
            pass
        with full.open("r+b") as file:
            file.truncate(max(0, full.stat().st_size - room))
        before = {one.name: one.stat().st_size for one in Path(cache).glob("*.part")}
        try:
            data.fetch(name, progress=False)
            print(f"{room} good")
        except CourseError as error:
            print(f"{room} {error}")
        for part, size in before.items():
            kept = Path(cache, part)
            assert not kept.exists() or kept.stat().st_size >= size, "a part has shrunk"
full.unlink()
for name in ("mnist", "cifar10"):
    print("at last", data.fetch(name, progress=False).name)
print(sorted(one.name for one in Path(cache).iterdir()))
"""


@rooted
def test_a_full_disk_is_one_sentence_and_with_room_the_fetch_goes_on(
    sets: dict[str, Path], server: Slow, tmp_path: Path
) -> None:
    server.pause = 0
    mounting = f"mount -t tmpfs -o size=12m none {tmp_path}"
    paths = [str(sets[name]) for name in ("mnist", "cifar10")]
    *tries, mnist, cifar10, left = apart(
        mounting, FULL, str(tmp_path), server.url, *paths
    ).splitlines()
    refused = [line for line in tries if not line.endswith("good")]
    assert len(refused) >= 6, tries
    for line in refused:
        assert "no space left on device" in line.lower(), line
    assert (mnist, cifar10) == ("at last mnist.npz", "at last cifar-10-batches-bin")
    assert left == str(
        [".cifar-10-batches-bin.lock", ".mnist.npz.lock", "cifar-10-batches-bin", "mnist.npz"]
    )
    assert any(start > 0 for _, start in server.asked)  # it went on where it had stopped
    counted(f"full disk: {len(refused)} refusals, asked for {server.asked}, 0 leftovers")


INSTALLED = """
import sys
from pathlib import Path
from fetching_process import COUNTS
from utils import settings
from utils.data import catalogue, fetch, load, status, verify
from utils.errors import CourseError
for name, counts in COUNTS.items():
    catalogue.SETS[name].__dict__.update(counts)
print(settings.cache_dir())
print({one.name: one.state for one in status()})
print(load("cifar10").source)
print(fetch("cats_dogs", progress=False))
for attempt in (load, verify, fetch):
    try:
        attempt("mnist")
    except CourseError as error:
        print(error)
"""


@rooted
def test_in_an_installation_for_a_class_the_teachers_sets_are_found_and_nothing_is_changed(
    tmp_path: Path,
) -> None:
    """The checkout's data/ is a folder laid over it; the whole checkout can't be written."""
    data, home, share = tmp_path / "data", tmp_path / "home", tmp_path / "share"
    (data / "cifar-10-batches-bin").mkdir(parents=True)
    for number, name in enumerate(list(cifar_files())[:-1], start=1):
        records = np.tile(cifar_records(number), (20, 1))
        (data / "cifar-10-batches-bin" / name).write_bytes(records.tobytes())
    (data / "mnist.npz").write_bytes(b"damaged")
    mounting = (
        f"mount --bind {ROOT} {ROOT} && mount --bind {data} {ROOT}/data && "
        f"mount -o remount,ro,bind {ROOT} && mount -o remount,ro,bind {ROOT}/data"
    )
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    cache, states, source, fetched, *said = apart(mounting, INSTALLED, HOME=str(home)).splitlines()
    assert cache.startswith(str(home)) and "'cifar10': 'real (installed)'" in states
    assert str(ROOT / "data") in source and fetched == f"{ROOT}/data/cifar-10-batches-bin"
    assert len(said) == 3
    for line in said:
        assert f"{ROOT}/data/mnist.npz is cut short" in line
        assert "ask whoever installed it" in line
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before
    # COURSE_DATA comes first, and what a student has fetched last.
    share.mkdir()
    np.savez(share / "mnist.npz", **mnist_arrays())
    code = INSTALLED.partition("for attempt")[0] + "print(load('mnist').source)"
    *_, source = apart(mounting, code, HOME=str(home), COURSE_DATA=str(share)).splitlines()
    assert str(share) in source
