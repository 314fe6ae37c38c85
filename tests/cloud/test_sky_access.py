"""Before a launch starts anything: programs and accounts are asked for, by SkyPilot's own check."""

import importlib.util
from contextlib import closing
from socket import socket

import pytest
from jobs_made import JOB
from sky_worker import Refused, worker
from typer.testing import CliRunner

from utils import settings
from utils.cli.main import app
from utils.cloud import skypilot
from utils.cloud.sky_task import to_task
from utils.errors import CourseError

needs_sky = pytest.mark.skipif(
    importlib.util.find_spec("sky") is None, reason="the extra cloud isn't installed"
)


@pytest.mark.parametrize(
    ("infra", "there", "missing"),
    [
        ("kubernetes", {"ssh", "rsync"}, "kubectl, socat and nc"),
        ("k8s/lab", {"ssh", "rsync", "kubectl", "socat"}, "nc"),
        ("ssh/my-rack", {"ssh", "rsync", "kubectl", "nc"}, "socat"),
        ("slurm/uni", {"ssh"}, "rsync"),
        ("", set(), "ssh and rsync"),
    ],
)
def test_what_a_cluster_needs_on_this_machine_is_asked_for_first(
    monkeypatch, infra, there, missing
):
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: None)
    monkeypatch.setattr("shutil.which", lambda tool: tool if tool in there else None)
    monkeypatch.chdir(settings.ROOT)
    done = CliRunner().invoke(app, ["launch", "smoke", "--yes", "--infra", infra])
    assert isinstance(done.exception, CourseError) and done.output == ""
    assert f"A launch needs {missing} on this machine" in str(done.exception)
    assert ("netcat-openbsd" in str(done.exception)) == ("nc" in missing.split())


@needs_sky
@pytest.mark.parametrize(
    ("infra", "words"),
    [
        (
            "slurm/uni",
            "SkyPilot can't start anything there: Slurm: Slurm configuration file "
            "~/.slurm/config does not exist.",
        ),
        ("aws/us-east-1", "SkyPilot finds no cloud account on this machine."),
        ("", "SkyPilot finds no cloud account on this machine."),
    ],
)
def test_without_a_way_in_a_launch_is_refused_before_it_says_that_it_starts(infra, words):
    said, why, server = worker().ask("launch", ["smoke", "--yes", "--infra", infra])
    assert words in why, why
    assert said == "" and not server


@needs_sky
def test_a_kubernetes_that_is_nowhere_is_refused_in_skypilots_words():
    with pytest.raises(Refused, match="can't start anything there: Kubernetes: .*sky check kube"):
        worker().ask("access", to_task(JOB, infra="k8s"), "k8s")


@needs_sky
def test_a_cluster_that_does_not_answer_is_named_with_the_reason():
    config = worker().home / ".slurm" / "config"
    config.parent.mkdir()
    config.write_text("Host lab\n  HostName 127.0.0.1\n  Port 9\n  User nobody\n")
    try:
        with pytest.raises(Refused, match="Slurm: lab: disabled.*port 9.*sky check slurm"):
            worker().ask("access", to_task(JOB, infra="slurm/lab"), "slurm/lab")
    finally:
        config.unlink()
        config.parent.rmdir()


@needs_sky
def test_a_server_that_is_not_ones_own_is_not_told_anything():
    with closing(socket()) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        worker().ask("need_own_server", port)  # nothing answers there: SkyPilot will start one
        other.listen()
        with pytest.raises(
            Refused, match=f"answers on port {port}.*isn't yours.*PORT to .*{port + 1}"
        ):
            worker().ask("need_own_server", port)
