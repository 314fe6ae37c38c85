"""A recorder in place of SkyPilot's calls that need a real cloud, and launches that use it.

No cloud can be reached in a test, so utils/cloud/skypilot.py is stood in for; all that decides
about its calls is real. Copying is real in test_sky_fetching.py and only noted here.
"""

import threading

import pytest
from jobs_made import JOB

from utils.cloud import fetch, launch
from utils.cloud.attend import Options
from utils.cloud.launch import Prepared
from utils.cloud.prices import LaunchPlan, Offer
from utils.cloud.sky_task import to_task
from utils.cloud.skypilot import Cluster, Clusters
from utils.errors import CourseError

NAME = "course-studies-0a1b2c"
T4 = Offer("AWS", "us-east-1", "g4dn.xlarge", "T4", 0.526)
A10 = Offer("Lambda", "us-west-1", "gpu_1x_a10", "A10", 0.75)


class Recorder:
    """Notes each call.

    raises: what a call is to raise. states: what the job goes through. there: the names that each
        look at the machines finds.
    """

    stays, not_ended = Clusters.stays, Clusters.not_ended

    def __init__(self, states=("RUNNING", "SUCCEEDED"), raises=None, there=()):
        self.calls: list[str] = []
        self.states = list(states)
        self.raises = raises or {}
        self.there = [list(one) for one in there]
        self.task = self.token = None
        self.followed = threading.Event()
        self.left, self.was_asked = False, True

    def _note(self, call):
        self.calls.append(call)
        if (error := self.raises.get(call)) is not None:
            raise error

    def launch(self, task, name, token):
        self.task, self.token = task, token
        self._note("launch")
        return 1

    def cancel_launch(self):
        self._note("cancel_launch")
        return self.was_asked

    def down(self, name):
        self._note("down")

    def known(self):
        self._note("known")
        names = self.there.pop(0) if self.there else []
        return [Cluster(name, "UP", "1x AWS(g4dn.xlarge)") for name in names]

    def job_state(self, name, job=None):
        self._note("job_state")
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, BaseException):
            raise state
        return state

    def cancel_job(self, name):
        self._note("cancel_job")

    def leave(self):
        self.left = True

    def show_logs(self, name, job=None, follow=False):
        self._note("follow" if follow else "show_logs")
        self.followed.set()


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    """Let what is made land in tmp_path, and SkyPilot get at every cloud."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr(launch, "need_access", lambda task, infra: None)
    monkeypatch.setattr(launch, "copy_code", lambda folder, name: tmp_path / "code")


@pytest.fixture
def there(monkeypatch):
    """Return a recorder; copying what a machine's job made is noted among its calls.

    copy_fails: how many times. phase: how far the job says it got. empty: whether it made nothing.
    """

    def make(copy_fails=0, phase="run", empty=False, **how):
        recorder = Recorder(**how)
        failures = [CourseError(f"{NAME} can't be copied from: broken pipe")] * copy_fails

        def copy_here(name):
            recorder.calls.append("copy")
            if failures:
                raise failures.pop()
            return phase

        def bring(name):
            recorder.calls.append("bring")
            return ["2 runs brought."]

        monkeypatch.setattr(fetch, "copy_here", copy_here)
        monkeypatch.setattr(fetch, "bring", bring)
        monkeypatch.setattr(fetch, "came_empty", lambda name: empty)
        return recorder

    return make


def ready(job=JOB, plan=None, **options):
    """Return a job that is ready to start, priced by the two offers unless a plan is given."""
    chosen = Options(**{"yes": True, **options})
    task = to_task(job, NAME, chosen.limits, chosen.infra)
    return Prepared(job, NAME, task, plan or LaunchPlan((T4, A10)), chosen)


def go(prepared, recorder, confirm=lambda: True, terminal=True):
    """Launch without waiting between two looks at the job."""
    return launch.launch(prepared, lambda: recorder, confirm, terminal, pause=lambda seconds: None)
