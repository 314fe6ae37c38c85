"""What holds for every test: no network, and none of the person's own settings or runs.

COURSE_DATA alone is kept: tests on real data need it.
"""

import importlib.util
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from utils.networks.onednn import choose_kernels

OFFLINE = Path(__file__).parent / "notebooks" / "offline"
SETTINGS = ("COURSE_BUILD", "COURSE_DATA_SOURCE", "COURSE_PROFILE", "COURSE_RECORD", "COURSE_RUNS",
            "COURSE_STRICT")  # fmt: skip
PROGRESS = "COURSE_PROGRESS"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")

# Folders and files whose tests start servers or find ports taken. A server takes the first free
# port: two processes that look for one at the same time find the same.
SERVERS = {"browser", "launch", "test_dockerfile.py", "test_doctor.py", "test_eventfiles.py"}
SERVERS |= {
    "test_local.py",
    "test_local_jupyter.py",
    "test_runs.py",
    "test_script_ray.py",
    "test_sky_fetching.py",
}
SERVERS |= {"test_tensorboard.py"}
# Its JupyterLab has a port that the system gives out. 11 to 18 train, and share a folder of runs.
IN_BROWSER, STUDIES = "test_notebooks_run.py", re.compile(r"\[1[1-8]_")
LESSONS = {"test_execute.py", "test_book.py"}  # the book is made of what the other has executed
# What takes longest begins first, so that no process is left with it at the end.
LONGEST = ("studies in the browser", IN_BROWSER, "servers", "lessons",
           "test_search_cluster.py", "test_search_here.py",
           "test_model.py", "test_model_random.py", "test_notebook_faults.py",
           "test_training_faults.py", "test_cli_sheet.py", "test_cifar10_baseline.py",
           "test_backward.py", "test_training.py", "test_compat_session.py", "test_mnist_dense.py",
           "test_picture_and_model_faults.py", "test_cli_lab.py", "test_full_and_closed_folders.py",
           "test_resuming.py", "test_fetching_faults.py", "test_reading_faults.py",
           "test_notebooks_runner.py", "test_reference_models.py", "test_exercises.py",
           "test_nine_steps.py", "test_networks.py", "test_or_gate.py",
           "test_model_refused.py")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Take this process, and each Python that a test starts, off the network."""
    spec = importlib.util.spec_from_file_location("offline", OFFLINE / "sitecustomize.py")
    assert spec is not None and spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    if sys.modules.get("sklearn", spec) is None:  # a process of xdist's, which is one of these
        del sys.modules["sklearn"]
    paths = [str(OFFLINE), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    for name in SETTINGS:
        os.environ.pop(name, None)
    # What nohup started hands an ignored SIGHUP on to what it starts; a handler is not inherited.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)
    os.environ[PROGRESS] = "off"  # for what runs outside a test, such as a session's fixture
    choose_kernels()  # once for all processes, also those with a home of their own
    # Hypothesis's own limits of time fail a test for a slow machine.
    hypothesis.settings.register_profile(
        "course", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("course")
    # The processes share the cores: with all of them each, their threads wait for one another.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for name in THREADS if workers > 1 else ():
        os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) // workers)))


def group(nodeid: str) -> str:
    """Return what a test is kept together with, in one process: its file, or a group."""
    file = nodeid.partition("::")[0]
    parts = set(file.split("/"))
    if IN_BROWSER in parts:
        return "studies in the browser" if STUDIES.search(nodeid) else file
    return "servers" if SERVERS & parts else "lessons" if LESSONS & parts else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays."""

    def rank(item: pytest.Item) -> int:
        name = group(item.nodeid).rpartition("/")[2]
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    # The book's tests come after those that execute lessons.
    items.sort(key=lambda item: (rank(item), "test_book.py" in item.nodeid))


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's; it may be switched off by -p no:xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep in one process what shares a file's fixtures, and in one all that starts servers."""
    from xdist.scheduler import LoadFileScheduling

    class Groups(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Groups(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show the counts that the tests in faults/ have printed: how much was tried, what was lost."""
    told = [
        line
        for report in terminalreporter.getreports("passed")
        if report.nodeid.startswith("tests/faults/") and report.when == "call"
        for line in report.capstdout.splitlines()
        if line.startswith("counted: ")
    ]
    if told:
        terminalreporter.section("what the faults' tests counted")
        for line in told:
            terminalreporter.write_line(line.removeprefix("counted: "))


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Undo what a test sets; give each test a log root and a progress file of its own.

    Studies of a test's own are forgotten after it: another would find them by name.
    """
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv(PROGRESS, str(tmp_path / "progress.jsonl"))
    yield
    if studies := sys.modules.get("utils.experiments.studies"):
        studies._own.clear()
