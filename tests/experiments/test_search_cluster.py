"""A search on a cluster of two nodes on one machine, one of which is killed."""

import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest
from searches import Machine, caught, output, wait_until
from starting import LONG, one_at_a_time

from tools.browser import unused_port
from utils.experiments.history import load_runs
from utils.experiments.search.ray_cluster import SETTINGS, START_ATTEMPTS

TRIALS = 8
# This machine itself, on Linux. Ray puts its outer address in the place of 127.0.0.1.
HERE = "127.0.0.2"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's 127.0.0.2")
OPTIONS = ("--trials", TRIALS, "--search", "random", "--finalists", 1)
# `ray start`, which waits as long as a slow machine needs.
RAY = """
import sys
from ray.scripts.scripts import main
from utils.experiments.search.ray_cluster import patience
sys.argv[0] = "ray"
with patience():
    main()
"""

# How long Ray waits for the thread of a trial that ASHA has stopped, before its process gets the
# next one: 2 s unless told. 0 is a machine that is too busy for any such time.
BUSY = {"TUNE_FUNCTION_THREAD_TIMEOUT_S": "0"}

# Asks the nodes for a folder that none of them has.
CHECK = """
import ray
from utils.data import load
from utils.errors import CourseError
from utils.experiments.search.ray_cluster import check_nodes
ray.init(log_to_driver=False, logging_level=40)
try:
    check_nodes(load("cifar10", source="sample"), "/nowhere/search-1")
except CourseError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start two nodes, each with a TMPDIR of its own; kill them all at the end."""
    pytest.importorskip("ray", reason="the extra search isn't installed")
    # A socket's path has 107 bytes at most: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="nodes-") as folder:
        one = Cluster(tmp_path_factory, Path(folder))
        yield one
        one.machine.kill()


class Cluster:
    """Two nodes: `head` and `worker`.

    address: for `--address`. places: each node's TMPDIR. settings: a search's environment.
    """

    def __init__(self, tmp_path_factory, folder):
        self.machine = Machine(tmp_path_factory.mktemp("cluster"))
        # A token of its own: nothing is read from or written to the person's home.
        self.settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self.places = {node: folder / node for node in ("head", "worker")}
        for place in self.places.values():
            place.mkdir()

        port = unused_port()
        self.address = f"{HERE}:{port}"
        self.start("head", "--head", f"--port={port}", "--include-dashboard=false")
        self.start("worker", f"--address={self.address}")

    def start(self, node, *options):
        """Start a node. All in it carries COURSE_TEST_NODE, so that it can be killed as a whole."""
        for _ in range(START_ATTEMPTS):
            with one_at_a_time():
                process = self.machine.start(
                    [sys.executable, "-c", RAY, "start", *options, f"--node-ip-address={HERE}",
                     "--num-cpus=1", "--num-gpus=0", "--memory=2000000000",
                     "--object-store-memory=104857600", "--disable-usage-stats", "--block"],
                    TMPDIR=str(self.places[node]), COURSE_TEST_NODE=node, **BUSY,
                    **SETTINGS, **self.settings,
                )  # fmt: skip
                while process.poll() is None:
                    if "Ray runtime started" in process.log.read_text():
                        return
                    time.sleep(0.1)
                self.machine.kill(COURSE_TEST_NODE=node)
        raise AssertionError(process.log.read_text())


def at_work(place):
    """Return the runs that this node trains right now: their folders in a log root."""
    found = set()
    for path in place.glob("course-trial-*/run/run.json"):
        with contextlib.suppress(OSError, ValueError):  # it ends, or is being written
            record = json.loads(path.read_text())
            found.add(Path(record["study"], record["variant"], f"seed-{record['config']['seed']}"))
    return found


def test_a_node_that_does_not_reach_the_storage_is_named(machine, cluster):
    done = machine.start([sys.executable, "-c", CHECK], RAY_ADDRESS=cluster.address,
                         **SETTINGS, **cluster.settings)  # fmt: skip
    assert done.wait(LONG) == 0, done.log.read_text()
    text = done.log.read_text()
    assert "doesn't reach /nowhere." in text and "log root (`runs`)" in text


def test_eight_trials_spread_over_two_nodes_and_survive_the_loss_of_one(machine, cluster, tmp_path):
    shared = tmp_path / "shared"
    search = machine.search(*OPTIONS, "--address", cluster.address, "--storage", shared,
                            **cluster.settings)  # fmt: skip
    seen = {node: set() for node in cluster.places}

    def both_have_worked():
        for node, place in cluster.places.items():
            seen[node] |= at_work(place)
        return all(seen.values())

    def unheard():
        """Return what the worker's node trains and the driver has heard nothing of yet.

        That can't be over for Tune. A run that has an epoch can: ASHA may have stopped it a moment
        ago, while its record there still says `running`.
        """
        there = at_work(cluster.places["worker"])
        return {folder for folder in there if not (machine.runs / folder).exists()}

    wait_until(both_have_worked, search)
    lost = wait_until(lambda: caught(search, unheard), search)
    cluster.machine.kill(COURSE_TEST_NODE="worker")
    os.kill(search.pid, signal.SIGCONT)

    text = output(search)

    assert "2 nodes, 2 cores" in text
    for folder in lost:
        assert f"{folder.as_posix()}: its worker was lost; it goes on from the last epoch" in text
    trials = [run for run in load_runs(machine.runs, "search")]
    assert len(trials) == TRIALS
    assert {run.status for run in trials} <= {"finished", "stopped", "diverged"}
    assert all(run.problem == "" for run in load_runs(machine.runs))
    assert list(shared.iterdir()) == []


def test_an_address_where_no_cluster_answers_is_one_sentence(machine):
    search = machine.start(machine.command("--address", f"{HERE}:{unused_port()}"))
    assert search.wait(LONG) == 1
    text = search.log.read_text()
    assert "No Ray cluster answers at" in text and "Traceback" not in text


def test_rays_client_is_refused_in_one_sentence(machine):
    search = machine.start(machine.command("--address", f"ray://{HERE}:{unused_port()}"))
    assert search.wait(LONG) == 1
    text = search.log.read_text()
    assert "can't be run through Ray's client" in text and "--address auto" in text
    assert "Traceback" not in text
