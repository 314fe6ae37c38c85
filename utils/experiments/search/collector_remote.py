"""Start a Home, and bring here what comes home on another machine.

Knows runs as folders of files. Ray is imported only inside functions.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.experiments.run_folder import read_record
from utils.experiments.search.collector import RECORD, Home, folder_files, store
from utils.experiments.search.worker import ENDED

__all__ = ["OpenHome", "open_home"]

MIRROR_SECONDS = 1.0


@dataclass(frozen=True)
class OpenHome:
    """A Home that runs.

    actor: its handle, for workers.
    say: prints a line on this terminal, wherever it is called.
    settle: returns when all that has come home is in the log root.
    """

    actor: Any
    say: Callable[[str], None]
    settle: Callable[[], None]


@contextlib.contextmanager
def open_home(root: Path, name: str, remote: bool) -> Iterator[OpenHome]:
    """Start the Home of a search.

    remote: this machine is no node of the cluster; then what comes home lands on the cluster's
        head, and a thread brings it to the log root here.
    Raises CourseError where another process is at work on the search.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    actor: Any = ray.remote(num_cpus=0)(Home)  # its methods have .remote, which Home's lack
    if remote:
        home = actor.options(resources={"node:__internal_head__": 0.001}).remote("", mirrored=True)
        _send_cut_off(home, root, name)
        with _mirror(home, root) as settle:
            yield OpenHome(home, lambda text: ray.get(home.say.remote(text)), settle)
        return
    here = ray.get_runtime_context().get_node_id()
    pinned = NodeAffinitySchedulingStrategy(here, soft=False)
    home = actor.options(scheduling_strategy=pinned).remote(str(root))
    if problem := ray.get(home.hold.remote(f"{name}/.home.lock")):
        raise CourseError(problem)
    yield OpenHome(home, _print, lambda: None)


def _send_cut_off(home: Any, root: Path, name: str) -> None:
    """Bring the runs that can go on to a Home on another machine."""
    import ray

    for path in sorted(root.glob(f"{name}*/*/seed-*/{RECORD}")):
        record = read_record(path.parent)
        if record and record["status"] not in ENDED:
            folder = path.parent.relative_to(root).as_posix()
            ray.get(home.begin.remote(folder, "before"))
            ray.get(home.receive.remote(folder, "before", folder_files(path.parent)))


@contextlib.contextmanager
def _mirror(home: Any, root: Path) -> Iterator[Callable[[], None]]:
    """Do here what the Home does there, every second; yield what does it at once."""
    import ray

    over, lock = threading.Event(), threading.Lock()
    problems: list[Exception] = []

    def settle() -> None:
        with lock:
            for kind, what in ray.get(home.news.remote()):
                store(root, kind, what)
        if problems:
            raise problems[0]

    def watch() -> None:
        while not over.wait(MIRROR_SECONDS) and not problems:
            try:
                settle()
            except Exception as error:  # raised again by the next settle: a thread can't
                problems.append(error)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield settle
        settle()
    finally:
        over.set()
        ray.get(home.close.remote())


def _print(text: str) -> None:
    print(text, flush=True)
