"""What holds for every test: no network, and none of the person's own settings or runs.

COURSE_DATA alone is kept: tests on real data need it.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

OFFLINE = Path(__file__).parent / "notebooks" / "offline"
SETTINGS = ("COURSE_DATA_SOURCE", "COURSE_PROFILE", "COURSE_RUNS", "COURSE_STRICT")
PROGRESS = "COURSE_PROGRESS"

# Folders and files whose tests start servers or find ports taken. A server takes the first free
# port: two processes that look for one at the same time find the same.
SERVERS = {"browser", "test_doctor.py", "test_eventfiles.py", "test_local.py"}
SERVERS |= {"test_local_jupyter.py", "test_runs.py", "test_script_ray.py", "test_sky_fetching.py"}
SERVERS |= {"test_tensorboard.py"}


def pytest_configure(config: pytest.Config) -> None:
    """Take this process, and each Python that a test starts, off the network."""
    spec = importlib.util.spec_from_file_location("offline", OFFLINE / "sitecustomize.py")
    assert spec is not None and spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    paths = [str(OFFLINE), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ[PROGRESS] = "off"  # for what runs outside a test, such as a session's fixture


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's; it may be switched off by -p no:xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep in one process what shares a file's fixtures, and in one all that starts servers."""
    from xdist.scheduler import LoadFileScheduling

    class Groups(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "servers" if SERVERS & set(file.split("/")) else file

    return Groups(config, log)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Undo what a test sets; give each test a log root and a progress file of its own."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv(PROGRESS, str(tmp_path / "progress.jsonl"))
