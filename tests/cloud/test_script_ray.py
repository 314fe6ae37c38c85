"""Several machines as one Ray cluster: two of them played on this one, by the script itself."""

import os
import socket
import subprocess
import sys

import pytest
from jobs import job, on_request

from utils import settings
from utils.cloud.script import run_script

pytest.importorskip("ray", reason="the extra search isn't installed")
pytestmark = on_request("COURSE_TEST_CLUSTER", "starts two Ray nodes, which takes a minute")

COUNTS = """
import ray
ray.init(log_to_driver=False, logging_level=40)
print("machines:", sum(node["Alive"] for node in ray.nodes()))
print("cores:", int(ray.cluster_resources()["CPU"]) // {cores})
"""
STRANGER = (
    'RAY_AUTH_TOKEN=guessed timeout 5 python -c "import ray; ray.init()" && echo a stranger is in'
)


ADDRESS = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect(("192.0.2.1", 9))  # sends nothing
    print(probe.getsockname()[0])
"""


def address_here():
    """Return this machine's address as another machine sees it: Ray doesn't take 127.0.0.1."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", ADDRESS], env=plain, capture_output=True, text=True
    )  # outside the guard that keeps this process off the network
    if done.returncode:
        pytest.skip("this machine has no address but 127.0.0.1")
    return done.stdout.strip()


def free_port():
    """Return a port below those that Ray gives its workers."""
    for port in range(7300, 7400):
        with socket.socket() as probe, socket.socket() as client:
            try:
                probe.bind(("", port))
                client.bind(("", port + 10))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def test_the_command_runs_once_on_all_machines_and_they_end_with_it(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "utils").symlink_to(settings.ROOT / "utils")
    counts = tmp_path / "code" / "counts.py"
    counts.write_text(COUNTS.format(cores=os.cpu_count()))
    script = tmp_path / "script.sh"
    script.write_text(
        run_script(job(f"python counts.py; {STRANGER}; exit 5", nodes=2, max_runtime=300))
    )
    address = address_here()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "COURSE_VENV": sys.prefix,
        "COURSE_RAY_PORT": str(free_port()),
        "JUPYTER_TOKEN": "a-token-of-this-launch-0123456789",
        "SKYPILOT_NODE_IPS": f"{address}\n{address}",
        "SKYPILOT_NUM_NODES": "2",
    }
    machines = [
        subprocess.Popen(
            ["bash", str(script)], cwd=tmp_path / "code", text=True, stdin=subprocess.DEVNULL,
            env=variables | {"SKYPILOT_NODE_RANK": rank},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for rank in ("0", "1")
    ]  # fmt: skip
    said = [machine.communicate(timeout=330)[0] for machine in machines]
    assert [machine.returncode for machine in machines] == [5, 0], said
    assert "machines: 2\ncores: 2\n" in said[0] and "machines:" not in said[1]
    assert "a stranger is in" not in said[0] and "InvalidAuthToken" in said[0]
    assert variables["JUPYTER_TOKEN"] not in "".join(said)
