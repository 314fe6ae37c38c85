"""The task notebooks for real: who is let in, what is told of the token, and that it ends."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
from jobs import HERE, WHY
from starting import LONG, one_at_a_time

from utils import settings
from utils.cloud import local
from utils.cloud.floyd.job import find_floyd, read_floyd, resolve
from utils.cloud.script import TENSORBOARD_PORT
from utils.errors import CourseError

pytestmark = pytest.mark.skipif(not HERE, reason=WHY)


def status(address, **headers):
    """Return the HTTP status of an address, redirects followed; 0 where nothing listens."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_until(answers, seconds):
    end = time.monotonic() + seconds
    while not answers() and time.monotonic() < end:
        time.sleep(0.3)
    return answers()


def closed(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Visitor(threading.Thread):
    """Tries the doors of a launch while it runs; `saw` is what was behind them."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds
        self.shown = threading.Event()
        self.address = self.token = ""
        self.tensorboard = 0
        self.saw = {}

    def show(self, line):
        """Take the address that only a person's terminal gets, as `run_local` shows it."""
        address, _, self.token = line.partition("?token=")
        self.address = address.partition(": ")[2].removesuffix("/lab")
        self.shown.set()

    def run(self):
        if not self.shown.wait(LONG):
            return
        remote_lab, board, key = self.address, self.tensorboard_address(), f"token={self.token}"
        up = wait_until(lambda: status(f"{remote_lab}/api") and status(f"{board}/"), self.seconds)
        if not up:
            return
        self.saw = {
            "stranger": status(f"{remote_lab}/api/contents"),
            "wrong token": status(f"{remote_lab}/api/contents?token=wrong"),
            "token": status(f"{remote_lab}/api/contents?{key}"),
            "lab": status(f"{remote_lab}/lab?{key}"),
            "tensorboard": status(f"{board}/data/runs"),
            "its tab": status(f"{remote_lab}/tensorboard/data/runs?{key}"),
            "tab redirected": status(f"{remote_lab}/tensorboard?{key}"),
            "missing": status(f"{remote_lab}/nowhere?{key}"),
        }
        self.saw["kernel's environment"] = self.kernel_environment()

    def tensorboard_address(self):
        return f"http://127.0.0.1:{self.tensorboard}"

    def kernel_environment(self):
        """Start a kernel; return the environment of its process as the system knows it."""
        import psutil

        request = urllib.request.Request(
            f"{self.address}/api/kernels", data=b"{}",
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            kernel = json.load(answer)["id"]
        for process in psutil.process_iter(["cmdline"]):
            if any(kernel in word for word in process.info["cmdline"] or []):
                return process.environ()
        return None


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """The repository's own task, its data sets being there by name, the environment this one."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("COURSE_VENV", sys.prefix)
    data = tmp_path / "data"
    (data / "cifar-10-batches-bin").mkdir(parents=True)
    (data / "cifar-10-batches-bin" / "data_batch_1.bin").write_text("")
    (data / "mnist.npz").write_text("")
    monkeypatch.setenv("COURSE_DATA", str(data))
    job = resolve(read_floyd(find_floyd(settings.ROOT)), "notebooks")
    assert job.mode == "jupyter"
    return job


def launch(job, seconds, monkeypatch):
    """Launch with so many seconds to live, a visitor at the doors; return it and the status."""
    visitor = Visitor(seconds)
    free_port = local.free_port

    def noted(first):
        port = free_port(first=first)
        if first == TENSORBOARD_PORT:
            visitor.tensorboard = port
        return port

    monkeypatch.setattr(local, "free_port", noted)
    visitor.start()
    ended = local.run_local(replace(job, max_runtime=seconds), show=visitor.show)
    visitor.join()
    return visitor, ended


def test_notebooks_lets_in_whoever_has_the_token_and_ends_in_time(
    notebooks, tmp_path, monkeypatch, capfd
):
    for seconds in (15, 60, 240):  # a slow machine needs longer than a quick one to be up
        with monkeypatch.context() as patch:
            visitor, ended = launch(notebooks, seconds, patch)
        assert ended == 124
        if visitor.saw:
            break
    kernel = visitor.saw.pop("kernel's environment")
    assert visitor.saw == {
        "stranger": 403, "wrong token": 403, "token": 200, "lab": 200,
        "tensorboard": 200, "its tab": 200, "tab redirected": 200, "missing": 404,
    }  # fmt: skip
    assert kernel is not None and "JUPYTER_TOKEN" not in kernel
    assert visitor.token not in str(kernel)
    remote_lab = int(visitor.address.rpartition(":")[2])
    assert closed(remote_lab) and closed(visitor.tensorboard)
    said = "".join(capfd.readouterr())
    assert "TensorBoard: http://127.0.0.1:" in said and "is over" in said
    assert len(visitor.token) >= 32 and visitor.token not in said
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "run.sh" for path in written)
    assert not [path for path in written if visitor.token.encode() in path.read_bytes()]


# The server alone


@pytest.fixture
def server(tmp_path):
    """Yield a function that starts the job's JupyterLab, which ends after so many idle seconds."""
    started = []

    def start(idle):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "RUNTIME")}
        ours = {**folders, "JUPYTER_TOKEN": "secret", "JUPYTER_PORT": str(port)}
        address = f"http://127.0.0.1:{port}"
        with one_at_a_time():
            process = subprocess.Popen(
                [sys.executable, "-m", "utils.jupyter.remote_lab", str(idle)],
                env={**os.environ, **ours}, cwd=settings.ROOT, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            started.append(process)
            wait_until(lambda: status(f"{address}/api") or process.poll() is not None, LONG)
        return process, address

    yield start
    for process in started:
        process.terminate()
        process.wait(LONG)


def ask(address, data=None):
    headers = {"Authorization": "token secret"}
    request = urllib.request.Request(f"{address}/api/kernels", data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=LONG) as answer:
        return json.load(answer)


def run_cell(address, kernel, code):
    """Have a kernel run a cell, as a notebook would; don't wait for its end."""
    import websocket

    line = websocket.create_connection(
        f"{address.replace('http', 'ws')}/api/kernels/{kernel}/channels",
        header=["Authorization: token secret"],
    )
    header = {"msg_id": "1", "msg_type": "execute_request", "session": "1", "username": ""}
    content = {"code": code, "silent": False}
    message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {},
               "content": content, "channel": "shell"}  # fmt: skip
    line.send(json.dumps(message))
    return line


def test_a_running_cell_keeps_the_server_up_but_a_forgotten_tab_and_an_idle_kernel_do_not(
    server, tmp_path
):
    code = f"import pathlib, time\nwhile not pathlib.Path({str(tmp_path / 'end')!r}).exists(): "
    for idle in (5, 25, 125):  # on a slow machine the kernel's start takes longer
        process, address = server(idle)
        with contextlib.suppress(OSError):  # the server has ended
            line = run_cell(address, ask(address, b"{}")["id"], f"{code}time.sleep(0.1)")
            wait_until(lambda: ask(address)[0]["execution_state"] == "busy", LONG)  # noqa: B023
            break
    with contextlib.closing(line):
        time.sleep(2 * idle + 1)  # two looks of the server at whether it is idle
        assert process.poll() is None
        (tmp_path / "end").touch()
        end = time.monotonic() + LONG
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                ask(address)  # as an open tab asks, again and again
            time.sleep(0.2)
    assert process.poll() == 0


def test_without_a_token_nobody_is_served(monkeypatch):
    from utils.jupyter import remote_lab

    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    with pytest.raises(CourseError, match="JUPYTER_TOKEN"):
        remote_lab.main()
