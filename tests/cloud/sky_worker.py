"""SkyPilot in a process of its own: a HOME with our price lists, no socket, imported once (10 s).

Reads one JSON request a line, answers one JSON line: {"call": name, "args": […]} → {"result": …}
or {"error": what a CourseError says}. `worker()` gives the tests their end of it.
"""

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Worker:
    """The tests' end: `worker().ask("plan", task)`."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="course-sky-"))
        atexit.register(shutil.rmtree, self.home, ignore_errors=True)
        prices = self.home / ".sky" / "catalogs" / "v8"
        shutil.copytree(HERE / "catalogue", prices)
        env = {key: value for key, value in os.environ.items() if not key.startswith("SKYPILOT")}
        env |= {"HOME": str(self.home), "PYTHONPATH": f"{ROOT}{os.pathsep}{env['PYTHONPATH']}"}
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True},
            **{"env": env, "stderr": (self.home / "stderr").open("w")},
        )
        atexit.register(self.process.kill)

    def ask(self, call: str, *args: object) -> object:
        """Return what the worker's function of that name gives; raise Refused for a CourseError."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"call": call, "args": args}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, (self.home / "stderr").read_text()
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]


class Refused(Exception):
    """What a CourseError in the worker says."""


@functools.cache
def worker() -> Worker:
    """Return the one worker of this test run, started at the first call."""
    return Worker()


# The worker's end


def accept(task):
    """Return SkyPilot's own reading of a task, as it would send it to its server."""
    from utils.cloud.skypilot import validate

    return json.loads(json.dumps(validate(task).to_yaml_config(), default=str))


def plan(task, infra=""):
    from utils.cloud.prices import make_plan

    made = make_plan(task, infra)
    return {**asdict(made), "places": made.places}


def prepare(job, options, limits):
    from utils.cloud.attend import Options
    from utils.cloud.floyd.job import Input, Job
    from utils.cloud.launch import prepare
    from utils.cloud.sky_task import Limits

    inputs = tuple(Input(*one) for one in job.pop("inputs"))
    made = Job(**{**job, "inputs": inputs, "folder": Path(job["folder"]), "notes": ()})
    ready = prepare(made, Options(**options, limits=Limits(**limits)), "course-x")
    return {"task": ready.task, "offers": [asdict(one) for one in ready.plan.offers]}


def launch(words):
    """Type a launch; return what was printed, why it ended, and whether a server was started."""
    from typer.testing import CliRunner

    from utils.cli.main import app
    from utils.settings import ROOT

    os.chdir(ROOT)
    done = CliRunner().invoke(app, ["launch", *words])
    return done.output, str(done.exception), (Path.home() / ".sky" / "api_server").exists()


def access(task, infra):
    from utils.cloud.access import need_access

    need_access(task, infra)


def need_own_server(port):
    from utils.cloud.skypilot import skypilot

    skypilot()
    from utils.cloud.sky_server import need_own_server

    os.environ["SKYPILOT_API_SERVER_LOCAL_PORT"] = str(port)
    try:
        need_own_server()
    finally:
        del os.environ["SKYPILOT_API_SERVER_LOCAL_PORT"]


def optimize(task, clouds):
    """Return SkyPilot's own choice for a task, with these clouds' accounts, and all it may try."""
    import sky
    from sky import global_user_state, optimizer
    from sky.clouds.cloud import CloudCapability

    from utils.cloud.skypilot import validate

    global_user_state.set_enabled_clouds(clouds, CloudCapability.COMPUTE, "default")
    try:
        with sky.Dag() as dag:
            made = validate(task)
            dag.add(made)
        optimizer.Optimizer.optimize(dag, quiet=True)
        candidates, *_ = optimizer._fill_in_launchable_resources(made, None, quiet=True)
        best = made.best_resources
        tried = [one.get_cost(3600) for many in candidates.values() for one in many]
    finally:
        global_user_state.set_enabled_clouds([], CloudCapability.COMPUTE, "default")
    return {
        "instance": best.instance_type,
        "region": best.region,
        "hourly": best.get_cost(3600),
        "tried": sorted(tried),
    }


def where_the_token_is(task, token):
    """Return what of SkyPilot's task holds the token: its texts, by name."""
    from utils.cloud.skypilot import validate

    made = validate(task, token)
    texts = {
        "repr": repr(made),
        "stored": made.to_yaml_config(use_user_specified_yaml=True),
        "stored yaml": made._user_specified_yaml,
        "sent to the server": made.to_yaml_config(),
    }
    return [name for name, text in texts.items() if token in str(text)]


def left_out(folder):
    """Return what SkyPilot would leave out when it sends a folder."""
    from sky.data import storage_utils

    return storage_utils.get_excluded_files(folder)


def send(source, target):
    """Copy a folder as SkyPilot sends one: by its own rsync, with its own filters."""
    from sky.utils.command_runner import LocalProcessCommandRunner

    LocalProcessCommandRunner().rsync(source, target, up=True, stream_logs=False)


def on_kubernetes(task):
    """Return what SkyPilot asks a cluster for, such as 2CPU--8GB, for a machine without a GPU."""
    from sky import clouds

    from utils.cloud.skypilot import validate

    (one,) = validate(task).resources
    return clouds.Kubernetes.get_default_instance_type(cpus=one.cpus, memory=one.memory)


def usage_collection():
    from sky.utils import env_options

    from utils.cloud.skypilot import skypilot

    skypilot()
    return not env_options.Options.DISABLE_LOGGING.get()


def network():
    """Try to reach the network; return what that raises."""
    import socket

    try:
        socket.create_connection(("192.0.2.1", 443), timeout=5)
    except OSError as error:
        return str(error)
    return "reached"


def _serve() -> None:
    from utils.errors import CourseError

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever SkyPilot prints is no answer
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": globals()[request["call"]](*request["args"])}
        except CourseError as error:
            answer = {"error": str(error)}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
