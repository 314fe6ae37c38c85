"""What breaks, in Ray's real processes: a trial each time, Ray's own start."""

import os
import sys

from searches import output
from starting import LONG

# As a package is that doesn't fit the machine.
BROKEN = 'raise ImportError("libcudnn.so.9: cannot open shared object file")\n'


def test_a_trial_that_breaks_each_time_is_one_sentence_with_its_reason(machine):
    package = machine.folder / "broken" / "tensorflow"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BROKEN)
    paths = os.pathsep.join([str(package.parent), os.environ["PYTHONPATH"]])

    search = machine.search("--trials", 1, "--finalists", 1, "--at-once", 1, PYTHONPATH=paths)

    assert search.wait(LONG) == 1
    text = search.log.read_text()
    reason = "ImportError: libcudnn.so.9: cannot open shared object file"
    assert text.count(f"@smoke-sample/seed-0: it broke ({reason}); it goes on") == 4
    told = "Mend that and repeat the command: it goes on from here."
    assert f"course: A trial failed 5 times: {reason}. {told}" in " ".join(text.split())
    assert "Traceback" not in text and "worker was lost" not in text
    left = sorted(path.name for path in machine.runs.joinpath("search").iterdir())
    assert left == [".driver.lock", "search.json"]


# Ray waits no second for the port of its own first process.
HURRIED = """
import psutil
from utils.errors import CourseError
from utils.experiments.search import ray_cluster

ray_cluster.START_ATTEMPTS = 2
try:
    with ray_cluster.machines(None, 1, 1):
        raise AssertionError("it has started")
except CourseError as error:
    print(error)
children = psutil.Process().children(recursive=True)
print("left:", [one.name() for one in children if one.status() != psutil.STATUS_ZOMBIE])
"""


def test_a_start_of_ray_that_fails_leaves_no_process_beside_the_next(machine):
    text = output(
        machine.start([sys.executable, "-c", HURRIED], RAY_gcs_server_port_wait_time_s="0")
    )
    assert "Ray can't start here (" in text
    assert text.splitlines()[-1] == "left: []"
