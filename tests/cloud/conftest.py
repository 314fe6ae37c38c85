"""Jobs made of a file's text, for the tests of floyd.yml."""

import pytest

from utils.cloud.floyd.job import Job, Overrides, read_floyd, resolve
from utils.errors import CourseError


@pytest.fixture
def job(tmp_path):
    """Return what makes a job of a text, a task and flags."""

    def make(text: str, task: str | None = None, **flags) -> Job:
        path = tmp_path / "floyd.yml"
        path.write_text(text, encoding="utf-8")
        return resolve(read_floyd(path), task, Overrides(**flags))

    return make


@pytest.fixture
def mistakes(job):
    """Return what makes the lines of the error that a text, a task and flags end in."""

    def make(text: str, task: str | None = None, **flags) -> list[str]:
        with pytest.raises(CourseError) as caught:
            job(text, task, **flags)
        return str(caught.value).split("\n")

    return make
