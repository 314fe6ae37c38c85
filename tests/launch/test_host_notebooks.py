"""The task notebooks by ssh: through the printed tunnel alone, and what was written comes back."""

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from starting import listening, until

from utils.settings import ROOT


def ask(address, token, path, content=None):
    """Ask the lab's API; return its status and its answer, 0 where nothing listens."""
    request = urllib.request.Request(
        f"{address}{path}", data=None if content is None else json.dumps(content).encode(),
        method="GET" if content is None else "PUT", headers={"Authorization": f"token {token}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None
    except (OSError, ValueError):
        return 0, None


@pytest.fixture
def lab(machine, tmp_path):
    """Launch the repository's own notebooks from a terminal; yield what it says, by a function."""
    data = tmp_path / "data"
    (data / "cifar-10-batches-bin").mkdir(parents=True)
    (data / "cifar-10-batches-bin" / "data_batch_1.bin").write_text("")
    (data / "mnist.npz").write_text("")
    machine.has(venv=sys.prefix)
    ours, theirs = pty.openpty()
    words = ["launch", "notebooks", "--host", machine.address, "--cpu"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "utils.cli", *words], cwd=ROOT, stdout=theirs,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env=machine.variables | {"COURSE_DATA": str(data)},
    )  # fmt: skip
    os.close(theirs)
    said = ""
    while "?token=" not in said or not said.endswith("\n"):
        said += os.read(ours, 10_000).decode()
    yield said.replace("\r", "")
    process.kill()
    process.wait()
    os.close(ours)


@contextlib.contextmanager
def tunnelled(machine, line):
    """Type the line that was printed, until the end."""
    words = shlex.split(line)
    ssh = subprocess.Popen([machine.bin / "ssh", *words[1:]], stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        ssh.terminate()
        ssh.wait()


def test_notebooks_are_reached_by_the_tunnel_alone_and_come_back(machine, lab):
    name = lab.partition("Starting ")[2].partition(" ")[0]
    token = re.search(r"token=([\w-]{32,})", lab)[1]
    line = re.search(r"In another terminal: (.*)", lab)[1]
    path = "/api/contents/work/01_perceptron.ipynb"
    address = re.search(r"JupyterLab at (http://127.0.0.1:\d+)/lab", lab)[1]
    with tunnelled(machine, line):
        until(lambda: ask(address, token, "/api/status")[0] == 200)
        assert ask(address, "wrong", "/api/contents")[0] == 403
        assert {one.ip for one in listening(machine.processes())} == {"127.0.0.1"}
        notebook = ask(address, token, path)[1]["content"]
        notebook["cells"][0]["source"] = "# solved there"
        saved = ask(address, token, path, {"type": "notebook", "content": notebook})
        assert saved[0] == 200
    kept = [path for path in machine.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if token.encode() in path.read_bytes()]
    stopped = machine.type("jobs", "stop", name)
    assert stopped.returncode == 0, stopped.stderr
    assert machine.processes() == [] and machine.jobs() == []
    assert list(machine.outputs()) == ["work/01_perceptron.ipynb"]
    assert "# solved there" in machine.outputs()["work/01_perceptron.ipynb"]
    assert "Notebooks among them: work/01_perceptron.ipynb." in stopped.stdout
