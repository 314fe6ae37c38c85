"""Ray for a search: on this machine alone, or a cluster that is there already.

Knows machines and data sets, not what a search is. Ray is imported only inside functions.
"""

import contextlib
import logging
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.data import Dataset
from utils.errors import CourseError
from utils.experiments.capacity import cores, fit_gpus, free_memory
from utils.experiments.search.storage import reaches
from utils.experiments.search.worker import check_data, data_here

__all__ = [
    "TRIAL_MEMORY",
    "Machines",
    "check_nodes",
    "cluster_trials",
    "gpu_share",
    "local_trials",
    "machines",
    "patience",
]

# One training takes 1.1 GB at its peak, with all 50,000 pictures (docs/measurements.md).
TRIAL_MEMORY = 1_300_000_000
# Left to the rest of this machine: the driver with its data set, Ray's own processes.
SPARE_MEMORY = 2_000_000_000
# Ray's object store: runs come home through files, so little passes through here.
STORE_MEMORY = 100_000_000
KNOCK_SECONDS = 10.0
# Ray gives each step of a node's start 15 to 30 s, which a slow or busy machine exceeds. Most of
# them can be given more; where a part of Ray's own ends after its 15 s, another attempt helps.
START_SECONDS = 180
START_ATTEMPTS = 10
SETTINGS = {
    "RAY_gcs_server_port_wait_time_s": str(START_SECONDS),
    "RAY_worker_register_timeout_seconds": str(START_SECONDS),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the new one prints tables even where it is told not to
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # COURSE_DATA may be a relative path
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the runs' event files are TensorBoard's
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C ends the command
    "TUNE_MAX_PENDING_TRIALS_PG": "1",
}


@dataclass(frozen=True)
class Machines:
    """What a search may use.

    at_once: trials side by side. threads: TensorFlow's, of each.
    resources: what Ray sets aside for a trial.
    text: all that in a sentence.
    """

    at_once: int
    threads: int
    resources: dict[str, float]
    text: str


def local_trials(cores: int, memory: int, trials: int, on_gpus: int | None = None) -> int:
    """Return how many trials at once fit this machine.

    Ray would start one a core. The number is needed before, to share out TensorFlow's threads.
    memory: free bytes. on_gpus: how many its GPUs' memory holds; None where there is no GPU.
    """
    fitting = (memory - SPARE_MEMORY) // TRIAL_MEMORY
    return int(max(1, min(cores, fitting, trials, trials if on_gpus is None else on_gpus)))


@contextlib.contextmanager
def machines(address: str | None, at_once: int | None, trials: int) -> Iterator[Machines]:
    """Start Ray here, or join the cluster at an address; end or leave it afterwards.

    at_once: trials side by side; as many as fit unless given.
    Raises CourseError where the address doesn't answer.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in SETTINGS.items()})
    if not address and "ray" not in sys.modules:  # Ray reads these when it is imported
        # Only so does Ray listen on 127.0.0.1 alone, on Linux too.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        # A password of its own; Ray would write one into the home folder.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray
    import ray.tune

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # tune.py says what fails
    try:
        yield _join(ray, address, at_once) if address else _start(ray, at_once, trials)
    finally:
        ray.shutdown()


def _start(ray: Any, at_once: int | None, trials: int) -> Machines:
    available, memory, on_gpus = cores(), free_memory(), fit_gpus()
    count = at_once or local_trials(available, memory, trials, on_gpus)
    threads = max(1, available // count)
    _start_ray(ray, count)
    gpus = ray.cluster_resources().get("GPU", 0.0)
    held = "" if on_gpus is None else f", room for {_count(on_gpus, 'trial')} on its GPU"
    text = (
        f"This machine: {_count(available, 'core')}, {memory / 1e9:.1f} GB free{held}: "
        f"{_count(count, 'trial')} at once, {_count(threads, 'thread')} each"
    )
    return Machines(count, threads, {"cpu": 1.0} | gpu_share(gpus, count), text)


def _start_ray(ray: Any, cores: int) -> None:
    """Start Ray here, and wait for it; more than once where a start fails.

    Ray ends what a failed start has begun when this process ends; till then it would keep a busy
    machine busier. So it is ended at once.
    """
    import psutil

    before = psutil.Process().children(recursive=True)
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            with patience():
                ray.init(
                    address="local", num_cpus=cores, include_dashboard=False,
                    log_to_driver=False, logging_level=logging.ERROR,
                    object_store_memory=STORE_MEMORY,
                )  # fmt: skip
            return
        except Exception as error:  # it raises Exception itself where time is up
            ray.shutdown()
            for one in {*psutil.Process().children(recursive=True)}.difference(before):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            if attempt == START_ATTEMPTS:
                raise CourseError(
                    f"Ray can't start here ({_first_line(error)}).",
                    "Mend that, or close programs that keep this machine busy, and repeat it.",
                ) from error


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Wait START_SECONDS for a node that starts meanwhile, as long as its processes live.

    Ray gives up when a node has no entry in the cluster's table after 30 s, and no setting
    changes that; so asking for the entry waits for it.
    """
    from ray._private import services

    ask = services.get_node

    def get_node(address: str, node: str) -> Any:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return ask(address, node)
            except RuntimeError:  # there is no entry yet
                if time.monotonic() > end:
                    raise
                if not _raylet_lives():
                    raise ChildProcessError("its raylet has ended") from None
                time.sleep(0.2)

    services.get_node = get_node
    try:
        yield
    finally:
        services.get_node = ask


def _raylet_lives() -> bool:
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "raylet" and child.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def _join(ray: Any, address: str, at_once: int | None) -> Machines:
    if address.startswith("ray://"):
        raise CourseError(
            f"A search can't be run through Ray's client ({address}).",
            "Give the command on a machine of the cluster, with `address` auto.",
            ("address",),
        )
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise CourseError(
            f"No Ray cluster answers at {address} ({_first_line(error)}).",
            "Start one with `ray start --head`, or leave `address` out to use this machine.",
            ("address",),
        ) from error
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cores, gpus = (int(sum(node.get(kind, 0) for node in nodes)) for kind in ("CPU", "GPU"))
    fitting = cluster_trials(nodes)
    if not fitting:
        raise CourseError(
            f"No node of the cluster at {address} has a free core and "
            f"{TRIAL_MEMORY / 1e9:.1f} GB of memory.",
            "Start its nodes with more: `ray start --num-cpus … --memory …`.",
        )
    count = at_once or fitting
    text = (
        f"The cluster at {address}: {_count(len(nodes), 'node')}, {_count(cores, 'core')}, "
        f"{_count(gpus, 'GPU')}: {_count(count, 'trial')} at once"
    )
    resources = {"cpu": 1.0, "memory": float(TRIAL_MEMORY)} | gpu_share(gpus, count)
    return Machines(count, max(1, cores // count), resources, text)


def cluster_trials(nodes: Sequence[Mapping[str, float]]) -> int:
    """Return how many trials at once fit a cluster: one a core, or one a GPU where it has some.

    nodes: each node's resources as Ray names them: `CPU`, `GPU`, `memory` (bytes).
    """
    kind = "GPU" if any(node.get("GPU") for node in nodes) else "CPU"
    return sum(
        int(min(node.get(kind, 0), node.get("CPU", 0), node.get("memory", 0) // TRIAL_MEMORY))
        for node in nodes
    )


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray would end this process instead of raising."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()


def gpu_share(gpus: float, at_once: int) -> dict[str, float]:
    """Give a trial a GPU, or its part of one where more trials than GPUs are asked for."""
    return {"gpu": min(1.0, int(gpus / at_once * 1000) / 1000)} if gpus else {}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def check_nodes(dataset: Dataset, storage: str) -> None:
    """Ask each node for its data and the storage; raise CourseError where one has no such thing.

    storage: a folder or URL that this machine has just made, so that no other has its like.
    Trials check their data again: a node may join later. Tune looks for its storage too, but in
    each trial, which then fails as often as it is tried, and names no machine.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(num_cpus=0, max_calls=1)(_this_node)
    asked = {
        node["NodeManagerHostname"]: ask.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(dataset.real, storage)
        for node in ray.nodes()
        if node["Alive"] and node["Resources"].get("CPU")
    }
    for name, answer in asked.items():
        sha256, real, reached, problem = ray.get(answer)
        if problem:
            raise CourseError(f"The machine {name} can't read its data: {problem}")
        check_data(sha256, real, {"sha256": dataset.sha256}, name)
        if not reached:
            raise CourseError(
                f"The machine {name} doesn't reach {storage.rpartition('/')[0]}.",
                "Put the log root (`runs`) on a folder that all machines share, or give `storage` "
                "such a folder or a bucket's URL.",
                ("runs", "storage"),
            )


def _this_node(real: bool, storage: str) -> tuple[str, bool, bool, str]:
    try:
        dataset = data_here(real)
    except CourseError as error:
        return "", False, False, str(error)
    return dataset.sha256, dataset.real, reaches(storage), ""
