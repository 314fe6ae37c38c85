"""TensorBoard alone and behind JupyterLab's login, as real servers on this machine."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar

import psutil
import pytest
from starting import LONG, one_at_a_time, words_of
from werkzeug import Request, Response
from werkzeug.test import Client

from utils import settings
from utils.errors import CourseError
from utils.experiments.event_log import RunLog
from utils.files import free_port
from utils.jupyter import guard, tensorboard
from utils.jupyter.lab import lab_command, lab_environment

SHARED = {"layers": "32", "flip": True, "seed": 0}


def write_run(root, name, final):
    """Write a run of three epochs that ends with this validation accuracy."""
    study, variant, seed = name.split("/")
    with RunLog(root / study / variant / seed, name, SHARED | {"dropout": float(variant)}) as log:
        for epoch in (1, 2, 3):
            log.epoch({"epoch": epoch, "val_accuracy": final * epoch / 3, "val_loss": 3.0 - epoch})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board") / "runs"
    for name, final in (("dropout/0.5/seed-0", 0.6), ("dropout/0.25/seed-0", 0.9)):
        write_run(folder, name, final)
    return folder


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


NAMES = ["dropout/0.25 s0", "dropout/0.5 s0"]


@dataclass(frozen=True)
class Board:
    """A `course tensorboard`: its address with the token and without, all that it printed."""

    address: str
    said: str
    process: subprocess.Popen

    @property
    def root(self):
        return self.address.partition("?")[0]

    def url(self, path):
        """Return the address of a path, with the token."""
        token = re.search("token=[^&]+", self.address)[0]
        return f"{self.root}{path}{'&' if '?' in path else '?'}{token}"


@contextmanager
def course_tensorboard(runs, lines=3, **variables):
    """Run `course tensorboard` as a process until it has printed so many lines."""
    server = subprocess.Popen(
        [sys.executable, "-m", "utils.cli", "tensorboard", "--runs", str(runs)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=settings.ROOT,
        env=os.environ | variables,
    )  # fmt: skip
    try:
        said = "".join(server.stdout.readline() for _ in range(lines))
        yield Board(re.search(r"http://\S+", said)[0], said, server)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


@pytest.fixture(scope="module")
def alone(runs):
    with course_tensorboard(runs, lines=2) as board:
        yield board


def asked(address, opener=None, **headers):
    """Return the status and the text that an address answers."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with (opener or urllib.request.build_opener()).open(request, timeout=LONG) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_alone_it_serves_every_run_by_its_name_on_this_machine_only(alone):
    assert alone.address.startswith("http://127.0.0.1:")
    assert alone.said.count("\n") == 2, alone.said  # no wall of log lines
    assert all_runs(alone.url("data/runs"), 2) == NAMES
    for run in ("dropout/0.25 s0", "dropout/0.25/seed-0"):  # its folder's name still does
        asks = urllib.parse.urlencode({"run": run, "tag": "Accuracy/Validation"})
        points = fetch(alone.url(f"data/plugin/scalars/scalars?{asks}"))
        assert [step for _, step, _ in points] == [1, 2, 3]
        assert [value for *_, value in points] == pytest.approx([0.3, 0.6, 0.9])


def hparams(board, path, ask):
    request = urllib.request.Request(
        board.url(f"data/plugin/hparams/{path}"),
        data=json.dumps(ask).encode(),
        headers={"Content-Type": "application/json"},
    )
    return fetch(request)


def test_the_hparams_tab_lists_every_run_with_its_config(alone):
    all_runs(alone.url("data/runs"), 2)
    metrics = [{"metric": {"group": "", "tag": "Accuracy/Validation"}}]
    ask = {"experimentName": "", "allowedStatuses": ["STATUS_SUCCESS"], "colParams": metrics,
           "startIndex": 0, "sliceSize": 10}  # fmt: skip
    groups = hparams(alone, "session_groups", ask)["sessionGroups"]
    assert [group["name"] for group in groups] == NAMES
    assert [group["sessions"][0]["name"] for group in groups] == NAMES
    found = {group["hparams"]["dropout"]: group["metricValues"][0]["value"] for group in groups}
    assert found == pytest.approx({0.5: 0.6, 0.25: 0.9})


def test_the_hparams_tab_has_columns_of_what_came_out_and_of_what_varies(alone):
    all_runs(alone.url("data/runs"), 2)
    experiment = hparams(alone, "experiment", {"experimentName": "", "includeMetrics": True})
    # Seed, flip and layers are in each run's file too; only the drop rate isn't the same.
    assert [column["name"] for column in experiment["hparamInfos"]] == ["dropout"]
    assert [column["displayName"] for column in experiment["metricInfos"]] == [
        "val accuracy", "val loss", "gap",
    ]  # fmt: skip


def test_nothing_is_logged_of_the_gpu_that_this_machine_has_not(runs):
    """TensorFlow would, when TensorBoard first needs it to answer."""
    with course_tensorboard(runs, lines=2) as board:
        fetch(board.url("data/plugin/projector/runs"))
        board.process.terminate()
        rest = board.process.stdout.read()
    assert not [line for line in rest.splitlines() if "cuda" in line or "0000 00:00" in line]


# Who gets in

# A page, a file of TensorBoard's own, data, a plugin's data.
PATHS = ["", "index.js?_file_hash=1", "data/runs", "data/plugin/scalars/tags"]


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_shown_and_one_sentence_says_how(alone, path):
    for address in (f"{alone.root}{path}", f"{alone.root}{path}".rstrip("?") + "?token=guessed"):
        assert asked(address) == (403, f"{guard.REFUSED}\n")
    assert guard.REFUSED.count(".") == 1 and "course tensorboard" in guard.REFUSED


def test_the_printed_address_opens_all_and_the_browser_needs_the_token_once(alone):
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    assert asked(alone.root, browser)[0] == 403 and not list(jar)
    status, page = asked(alone.address, browser)
    assert status == 200 and "<html" in page
    (cookie,) = jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Strict"
    for path in PATHS:
        assert asked(f"{alone.root}{path}", browser)[0] == 200, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0"])
def test_a_page_of_a_foreign_name_gets_nothing_even_with_the_token(alone, host):
    port = alone.root.rpartition(":")[2].rstrip("/")
    assert asked(alone.url("data/runs"), Host=f"{host}:{port}")[0] == 403


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root's rights")
def test_another_user_of_this_machine_gets_nothing(alone):
    code = (
        "import sys, urllib.request, urllib.error\n"
        "try: print(urllib.request.urlopen(sys.argv[1]).status)\n"
        "except urllib.error.HTTPError as error: print(error.code)\n"
        "try: print(open(sys.argv[2], 'rb').read())\n"
        "except OSError as error: print(type(error).__name__)"
    )
    environment = f"/proc/{alone.process.pid}/environ"
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-c", code, f"{alone.root}data/runs", environment],
        user=65534, capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    assert done.stdout.split() == ["403", "PermissionError"], done.stderr


def guarded(any_host=False):
    """Return a client of a guard before an application that answers `in`."""
    app = Request.application(lambda request: Response("in"))
    return Client(guard.Guard(app, "right", 6006, any_host), use_cookies=False)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:6006", 200), ("localhost:6006", 200), ("[::1]:6006", 200), ("LocalHost", 200),
        ("localhost:16006", 200),  # the near end of a tunnel
        ("", 403), ("127.0.0.1:6006,evil.example", 403), ("localhost.evil.example:6006", 403),
        ("127.0.0.1@evil.example", 403), ("evil.example#localhost", 403), ("127.0.0.2", 403),
        ("localhost:6006\n", 403), ("[::1", 403), ("localhost:", 403), ("127.0.0.1:６００６", 403),
    ],
)  # fmt: skip
def test_only_this_machines_own_names_are_answered(host, status):
    ask = {"environ_overrides": {"HTTP_HOST": host}, "query_string": {"token": "right"}}
    assert guarded().get("/", **ask).status_code == status
    assert guarded(any_host=True).get("/", **ask).status_code == 200
    ask["query_string"] = {}
    assert guarded(any_host=True).get("/", **ask).status_code == 403


@pytest.mark.parametrize("token", ["", "righ", "Right", "rightx", "ríght", "\ud800", "\0"])
def test_a_token_is_right_or_it_is_refused(token):
    client = guarded()
    assert client.get("/?token=" + urllib.parse.quote(token, errors="replace")).status_code == 403
    asks = client.get("/", environ_overrides={"HTTP_COOKIE": f"tensorboard_6006={token}"})
    assert asks.status_code == 403
    assert client.get("/?token=%ff%fe").status_code == 403
    right = {"HTTP_COOKIE": "tensorboard_6007=x; tensorboard_6006=right"}
    assert client.get("/?token=old", environ_overrides=right).status_code == 200


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
    """JupyterLab as `course lab` starts it, but without a browser; yields address and process."""
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
    yield address, server
    server.terminate()
    server.wait()


def test_behind_jupyter_it_needs_jupyters_token_and_serves_the_runs(lab, tmp_path):
    address, server = lab
    with urllib.request.urlopen(f"{address}/tensorboard/data/runs", timeout=LONG) as answer:
        assert "/login" in answer.url  # a stranger is sent to the login page
    names = all_runs(f"{address}/tensorboard/data/runs?token=secret", 2)
    assert names == NAMES
    ports = listening(server, "utils.jupyter.guard")
    assert len(ports) == 1  # so the next line asks TensorBoard itself, past Jupyter
    assert asked(f"http://127.0.0.1:{ports[0]}/data/runs") == (403, f"{guard.REFUSED}\n")
    token = "?token=secret"  # Jupyter's own isn't TensorBoard's
    assert asked(f"http://127.0.0.1:{ports[0]}/data/runs{token}")[0] == 403
    assert not any(len(word) > 40 and "/" not in word for word in command(server))
    fetch(f"{address}/tensorboard/data/plugin/projector/runs?token=secret")  # takes TensorFlow
    assert "cudart" not in (tmp_path / "lab.log").read_text(errors="replace")


def child(server, word):
    """Return the one process that this server started with that word in its command."""
    (found,) = [
        process
        for process, words in words_of(psutil.Process(server.pid).children(recursive=True))
        if word in words
    ]
    return found


def command(server):
    return child(server, "utils.jupyter.guard").cmdline()


def listening(server, word):
    """Return the ports on which it listens; this machine's alone."""
    listens = [one for one in child(server, word).net_connections() if one.status == "LISTEN"]
    assert {one.laddr.ip for one in listens} == {"127.0.0.1"}
    return [one.laddr.port for one in listens]


# A JupyterHub that `course lab` didn't start

PREFIX = "/user/ada/"


@contextmanager
def hub_server(folder):
    """Run a Jupyter server as a JupyterHub runs a user's; yield its address with the prefix."""
    port = free_port(first=8888)
    options = ["base_url=" + PREFIX, f"port={port}", "port_retries=0", "open_browser=False"]
    options += ["allow_root=True", "allow_remote_access=True"]
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_TOKEN": "hubs",
    }
    address = f"http://127.0.0.1:{port}{PREFIX}"
    with one_at_a_time(), (folder / "hub.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *(f"--ServerApp.{one}" for one in options)],
            env=environment, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        fetch(f"{address}api")
    try:
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def in_hub(monkeypatch, tmp_path):
    """Be a kernel of a JupyterHub, which `course lab` didn't start."""
    monkeypatch.delenv("COURSE_LAB", raising=False)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", PREFIX)
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/16_compare.ipynb")
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))


def test_in_a_jupyterhub_the_lessons_go_through_its_proxy(in_hub, runs, tmp_path):
    before = tensorboard.tensorboard_link()._repr_mimebundle_()["text/plain"]
    assert "course tensorboard" in before and "run this cell again" in before
    with hub_server(tmp_path) as hub, course_tensorboard(runs) as board:
        (path,) = re.findall(rf"(?<= ){PREFIX}proxy/\S+", board.said)
        log_in = {"Authorization": "token hubs", "Host": "hub.example.org"}
        origin = hub.removesuffix(PREFIX)
        assert all_runs(board.url("data/runs"), 2) == NAMES
        jar = CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        link = tensorboard.tensorboard_link(runs="^dropout/")._repr_mimebundle_()["text/html"]
        frame = tensorboard.tensorboard_frame(runs="^dropout/")._repr_mimebundle_()["text/html"]
        (shown,) = re.findall('(?<=href=")[^"#]+', link)
        assert f'src="{shown}' in frame and shown.startswith(path.partition("?")[0])
        assert "token" not in shown and "runFilter=%5Edropout%2F" in shown
        assert asked(f"{origin}{shown}", browser, **log_in)[0] == 403  # not opened yet
        status, page = asked(f"{origin}{path}", browser, **log_in)
        assert status == 200 and "tb-relative-root" in page
        for cookie in jar:
            if cookie.name.startswith("tensorboard"):  # no other user's server is sent it
                assert cookie.path.rstrip("/") == path.partition("?")[0].rstrip("/")
        assert asked(f"{origin}{shown}", browser, **log_in)[0] == 200
        data = shown.partition("?")[0] + "data/runs"
        status, names = asked(f"{origin}{data}", browser, **log_in)
        assert status == 200 and sorted(json.loads(names)) == NAMES
        assert asked(f"{origin}{data}", browser)[1].lstrip().startswith("<!DOCTYPE")  # log in
    after = tensorboard.tensorboard_link()._repr_mimebundle_()["text/plain"]
    assert after == before


def test_a_tensorboard_that_was_killed_is_no_longer_linked(in_hub, runs):
    with course_tensorboard(runs) as board:
        assert "/proxy/" in tensorboard.tensorboard_link()._repr_mimebundle_()["text/html"]
        board.process.kill()
        board.process.wait()
        assert "/proxy/" not in tensorboard.tensorboard_link()._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("note", ["", "6006", "6006 1 0.0", "a b c", "6006 -1 0", "\udcff"])
def test_what_is_no_note_of_a_running_tensorboard_is_not_linked(in_hub, note):
    file = settings.build_dir() / "jupyter" / "tensorboard.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(note.encode(errors="surrogateescape"))
    assert "/proxy/" not in tensorboard.tensorboard_link()._repr_mimebundle_()["text/html"]


def test_outside_our_jupyterlab_a_frame_is_a_sentence(monkeypatch):
    monkeypatch.delenv("COURSE_LAB", raising=False)
    bundle = tensorboard.tensorboard_frame(runs="dropout")._repr_mimebundle_()
    assert "iframe" not in bundle["text/html"]
    assert "course tensorboard" in bundle["text/plain"] and "dropout" in bundle["text/plain"]


def test_a_link_opens_exactly_its_runs_unsmoothed_in_both_tabs(monkeypatch):
    monkeypatch.setenv("COURSE_LAB", "1")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/12_dropout.ipynb")
    record = {"study": "dropout", "variant": "0.5@smoke", "seed": 1}
    text = tensorboard.tensorboard_link(["mnist/dense/seed-0", record], tags="Loss").text
    query, tab = urllib.parse.urlsplit(text.removeprefix("TensorBoard: "))[3:]
    series = urllib.parse.parse_qs(query)
    name, _, rest = tab.partition("&")
    scalars = urllib.parse.parse_qs(rest)
    chosen = [r"^(mnist/dense s0|dropout/0\.5@smoke s1)$"]
    assert series == {"smoothing": ["0"], "runFilter": chosen, "tagFilter": ["Loss"]}
    expected = {"_smoothingWeight": ["0"], "regexInput": chosen, "tagFilter": ["Loss"]}
    assert name == "timeseries" and scalars == expected


def test_inside_our_jupyterlab_a_frame_goes_through_the_proxy(monkeypatch):
    monkeypatch.setenv("COURSE_LAB", "1")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/16_compare.ipynb")
    markup = tensorboard.tensorboard_frame(runs="^dropout/")._repr_mimebundle_()["text/html"]
    assert 'src="/tensorboard/?' in markup and "runFilter=%5Edropout%2F" in markup
    assert "127.0.0.1" not in markup and 'title="TensorBoard"' in markup
