"""`course lab`: a real JupyterLab, and what a kernel in it is told."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from ast import literal_eval

import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from own_checkout import own_checkout

from utils.settings import ROOT

TOLD = "s.profile_name(), s.data_source(), str(s.runs_dir())"


def ask(address, method="GET", seconds=120):
    """Return what the server answers; wait for one that is still starting."""
    return json.loads(get_page(address, method, seconds) or "null")


def get_page(address, method="GET", seconds=120):
    end = time.monotonic() + seconds
    while True:
        try:
            request = urllib.request.Request(
                address, method=method, headers={"Authorization": "token secret"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except OSError as error:
            if time.monotonic() > end:
                raise AssertionError(f"{address} doesn't answer: {error}") from error
            time.sleep(0.3)


@pytest.fixture
def lab(tmp_path):
    """Return what starts `course lab` with options, without a browser; its address comes back.

    It is that of a checkout of its own, in `course`.
    within: words of a command that the lab is started by. more: variables of its environment.
    """
    started = []
    ours = own_checkout(tmp_path / "course")

    def start(*options, within=(), **more):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {"port": port, "open_browser": False}
        config = {"ServerApp": settings, "IdentityProvider": {"token": "secret"}}
        (tmp_path / "jupyter_server_config.json").write_text(json.dumps(config))
        environment = os.environ | {
            "JUPYTER_CONFIG_DIR": str(tmp_path),
            "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
            "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        }
        environment |= ours | more
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [*within, sys.executable, "-m", "utils.cli", "lab", *options],
                env=environment, cwd=tmp_path / "course", stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        started.append((process, f"http://127.0.0.1:{port}/api"))
        return started[-1][1]

    start.started = started
    yield start
    for process, address in started:
        if process.poll() is None:
            ask(f"{address}/shutdown", "POST")
        assert process.wait(60) == 0


def told_in_a_kernel(address, folder):
    """Return profile, data source and log root as a fresh kernel of the JupyterLab sees them."""
    number = ask(f"{address}/kernels", "POST")["id"]
    client = BlockingKernelClient(connection_file=str(folder / "runtime" / f"kernel-{number}.json"))
    client.load_connection_file()
    client.start_channels()
    client.execute("from utils import settings as s", user_expressions={"told": TOLD})
    reply = client.get_shell_msg(timeout=120)["content"]
    client.stop_channels()
    return literal_eval(reply["user_expressions"]["told"]["data"]["text/plain"])


def test_profile_data_and_runs_reach_the_kernels_of_jupyterlab(lab, tmp_path):
    options = ("--profile", "full", "--data", "sample", "--runs", str(tmp_path / "my runs"))
    address = lab(*options)
    ask(address)
    assert told_in_a_kernel(address, tmp_path) == ("full", "sample", str(tmp_path / "my runs"))


@pytest.mark.parametrize(("option", "value"), [("--profile", "huge"), ("--data", "fake")])
def test_a_setting_that_cannot_be_opens_nothing(option, value):
    done = subprocess.run(
        [sys.executable, "-m", "utils.cli", "lab", option, value],
        capture_output=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"course: {option} is {value!r}, which is not one of ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("send", "name"), [(os.kill, "SIGTERM"), (os.killpg, "SIGHUP")], ids=["told", "window closed"]
)
def test_jupyterlab_that_is_told_to_end_takes_kernels_and_tensorboard_with_it(lab, send, name):
    address = lab()
    ask(address)
    ask(f"{address}/kernels", "POST")
    process = lab.started[0][0]
    get_page(f"{address.removesuffix('api')}tensorboard/")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 3  # Jupyter, the kernel, TensorBoard
    send(process.pid, getattr(signal, name))
    assert process.wait(60) == 0
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only for root")
def test_root_may_open_it_and_is_told_so(lab, tmp_path):
    assert ask(lab())["version"]
    said = (tmp_path / "log").read_text()
    assert said.startswith("You are root, so notebooks run as root")
    assert "Running as root is not recommended" not in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts are Linux's")
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root mounts")
def test_in_a_checkout_that_is_read_only_one_works_on_copies_in_the_home_folder(lab, tmp_path):
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    within = ("unshare", "-m", "bash", "-c", mount, str(tmp_path / "course"))
    own = tmp_path / "deep-learning-course"
    mine = own / "work" / "02_or_gate.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("my work")
    home = {"HOME": str(tmp_path), "COURSE_RUNS": "", "PYTHONDONTWRITEBYTECODE": "1"}
    address = lab(within=within, **home)
    found = ask(f"{address}/contents/work")["content"]
    assert [one["name"] for one in found if one["name"].startswith("01")] == ["01_perceptron.ipynb"]
    first = own / "work" / "01_perceptron.ipynb"
    assert first.read_bytes() == (ROOT / "notebooks" / "01_perceptron.ipynb").read_bytes()
    assert mine.read_text() == "my work"
    assert ask(f"{address}/contents/data/README.md")["name"] == "README.md"
    assert told_in_a_kernel(address, tmp_path)[2] == str(own / "runs")
