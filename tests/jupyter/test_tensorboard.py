"""TensorBoard alone and behind JupyterLab's login, as real servers on this machine."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from starting import LONG, one_at_a_time

from utils import settings
from utils.errors import CourseError
from utils.experiments.event_log import RunLog
from utils.files import free_port
from utils.jupyter import tensorboard
from utils.jupyter.lab import FIRST_NOTEBOOK, TAB, lab_command, lab_environment, write_workspace


def write_run(root, name, final):
    """Write a run of three epochs that ends with this validation accuracy."""
    study, variant, seed = name.split("/")
    with RunLog(root / study / variant / seed, name, {"dropout": float(variant)}) as log:
        for epoch in (1, 2, 3):
            log.epoch({"epoch": epoch, "val_accuracy": final * epoch / 3, "val_loss": 3.0 - epoch})


@pytest.fixture
def runs(tmp_path):
    for name, final in (("dropout/0.5/seed-0", 0.6), ("dropout/0.25/seed-0", 0.9)):
        write_run(tmp_path / "runs", name, final)
    return tmp_path / "runs"


def fetch(address, seconds=LONG):
    """Return what the address answers, as JSON; wait for a server that is still starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=LONG) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError) as error:
            if time.monotonic() > end:
                raise AssertionError(f"{address} doesn't answer: {error}") from error
            time.sleep(0.3)


def all_runs(address, count):
    """Return the names of the runs once TensorBoard has found so many."""
    for _ in range(LONG):
        names = fetch(address)
        if len(names) >= count:
            return sorted(names)
        time.sleep(0.3)
    raise AssertionError(f"TensorBoard found only {names}")


@pytest.fixture
def alone(runs):
    """`course tensorboard` as a process; yields its address and its whole first output."""
    server = subprocess.Popen(
        [sys.executable, "-m", "utils.cli", "tensorboard", "--runs", str(runs)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=settings.ROOT,
    )  # fmt: skip
    said = ""
    for line in server.stdout:
        said += line
        if found := re.search(r"http://\S+?/", line):
            break
    yield found[0], said
    server.terminate()
    server.wait()
    server.stdout.close()


def test_alone_it_serves_every_run_by_its_name_on_this_machine_only(alone):
    address, said = alone
    assert address.startswith("http://127.0.0.1:")
    assert said.count("\n") == 2, said  # no wall of log lines
    names = ["dropout/0.25/seed-0", "dropout/0.5/seed-0"]
    assert all_runs(f"{address}data/runs", 2) == names
    tag = "Accuracy%2FValidation"
    run = "dropout%2F0.25%2Fseed-0"
    points = fetch(f"{address}data/plugin/scalars/scalars?run={run}&tag={tag}")
    assert [step for _, step, _ in points] == [1, 2, 3]
    assert [value for *_, value in points] == pytest.approx([0.3, 0.6, 0.9])


def test_the_hparams_tab_lists_every_run_with_its_config(alone):
    address, _ = alone
    all_runs(f"{address}data/runs", 2)
    metrics = [{"metric": {"group": "", "tag": "Accuracy/Validation"}}]
    ask = {"experimentName": "", "allowedStatuses": ["STATUS_SUCCESS"], "colParams": metrics,
           "startIndex": 0, "sliceSize": 10}  # fmt: skip
    request = urllib.request.Request(
        f"{address}data/plugin/hparams/session_groups",
        data=json.dumps(ask).encode(),
        headers={"Content-Type": "application/json"},
    )
    groups = fetch(request)["sessionGroups"]
    found = {group["hparams"]["dropout"]: group["metricValues"][0]["value"] for group in groups}
    assert found == pytest.approx({0.5: 0.6, 0.25: 0.9})


def test_a_taken_port_leads_to_the_next_one():
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(CourseError, match=f"Port {port} is taken"):
            free_port(port)
    assert free_port(port) == port
    with socket.socket() as default:
        try:
            default.bind(("127.0.0.1", 6006))
            default.listen()
        except OSError:
            pass  # somebody's TensorBoard holds it already, which serves as well
        assert free_port() > 6006


@pytest.fixture
def lab(runs, tmp_path, monkeypatch):
    """JupyterLab as `course lab` starts it, but without a browser; yields its address."""
    monkeypatch.setenv("COURSE_RUNS", str(runs))
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    environment = lab_environment()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--IdentityProvider.token=secret", "--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    address = f"http://127.0.0.1:{port}"
    with one_at_a_time(), (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(lab_command(*options), env=environment, stdout=log, stderr=log)
        fetch(f"{address}/api")
    yield address
    server.terminate()
    server.wait()


def test_behind_jupyter_it_needs_jupyters_token_and_serves_the_runs(lab):
    with urllib.request.urlopen(f"{lab}/tensorboard/data/runs", timeout=LONG) as answer:
        assert "/login" in answer.url  # a stranger is sent to the login page
    names = all_runs(f"{lab}/tensorboard/data/runs?token=secret", 2)
    assert names == ["dropout/0.25/seed-0", "dropout/0.5/seed-0"]


def test_the_first_layout_has_the_notebook_and_tensorboard_side_by_side(tmp_path):
    path = write_workspace(tmp_path)
    data = json.loads((tmp_path / path.name).read_text())["data"]
    dock = data["layout-restorer:data"]["main"]["dock"]
    shown = [widget for area in dock["children"] for widget in area["widgets"]]
    assert shown == [f"notebook:{FIRST_NOTEBOOK}", TAB]
    assert (settings.ROOT / FIRST_NOTEBOOK).is_file()


def test_a_layout_somebody_arranged_is_kept(tmp_path):
    path = write_workspace(tmp_path)
    file = tmp_path / path.name
    saved = json.loads(file.read_text())
    saved["data"]["layout-restorer:data"]["relativeSizes"] = [0, 1, 0]
    file.write_text(json.dumps(saved))
    write_workspace(tmp_path)
    assert json.loads(file.read_text())["data"]["layout-restorer:data"]["relativeSizes"] == [
        0,
        1,
        0,
    ]


def test_outside_our_jupyterlab_a_frame_is_a_sentence(monkeypatch):
    monkeypatch.delenv("COURSE_LAB", raising=False)
    bundle = tensorboard.tensorboard_frame(runs="dropout")._repr_mimebundle_()
    assert "iframe" not in bundle["text/html"]
    assert "course tensorboard" in bundle["text/plain"] and "dropout" in bundle["text/plain"]


def test_inside_our_jupyterlab_a_frame_goes_through_the_proxy(monkeypatch):
    monkeypatch.setenv("COURSE_LAB", "1")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/15_compare.ipynb")
    markup = tensorboard.tensorboard_frame(runs="^dropout/")._repr_mimebundle_()["text/html"]
    assert 'src="/tensorboard/?' in markup and "runFilter=%5Edropout%2F" in markup
    assert "127.0.0.1" not in markup and 'title="TensorBoard"' in markup
