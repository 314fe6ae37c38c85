"""Locks between processes that are really killed."""

import pytest
from starting import started

from utils.errors import CourseError
from utils.files import Held, lock


def names(folder):
    return sorted(path.name for path in folder.iterdir())


HOLDS = """
    import sys, time
    from pathlib import Path
    from utils.files import lock
    with lock(Path(sys.argv[1])):
        print("ready", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def test_a_lock_that_another_process_holds_is_refused_with_what_is_held(tmp_path):
    path = tmp_path / "deep" / "a.lock"
    with (
        started(HOLDS, path, 600) as process,
        pytest.raises(Held) as raised,
        lock(path, "The task runs already.", "End it.", seconds=0),
    ):
        raise AssertionError("two had the lock")
    assert raised.value.problem.startswith("The task runs already. It is process ")
    assert f"process {process.pid} on " in raised.value.problem
    assert raised.value.remedy == "End it."


def test_a_lock_is_waited_for_in_a_sentence_and_freed_by_its_holders_death(tmp_path, capsys):
    path = tmp_path / "a.lock"
    with started(HOLDS, path, 1) as process, lock(path):
        assert process.wait(30) == 0
    told = capsys.readouterr().err
    assert told.startswith(f"Waiting for process {process.pid} on ") and "a.lock …" in told
    with started(HOLDS, path, 600) as process:
        process.kill()
        with lock(path, seconds=30):
            pass
    assert names(tmp_path) == ["a.lock"]


def test_what_a_killed_holder_noted_is_not_taken_for_the_next_ones_word(tmp_path):
    path = tmp_path / "a.lock"
    with started(HOLDS, path, 600) as first:
        first.kill()
        first.wait()
    with started(HOLDS, path, 600) as second, pytest.raises(Held) as raised, lock(path, seconds=0):
        raise AssertionError("two had the lock")
    assert f"process {second.pid} on " in raised.value.problem


def test_one_process_cannot_have_a_lock_twice(tmp_path):
    path = tmp_path / "a.lock"
    with (
        lock(path),
        pytest.raises(CourseError, match="Another process holds"),
        lock(path, seconds=0),
    ):
        raise AssertionError("two had the lock")
    with lock(path, seconds=0):
        pass


def test_an_error_inside_frees_the_lock_and_is_passed_on(tmp_path):
    with pytest.raises(ZeroDivisionError), lock(tmp_path / "a.lock"):
        raise ZeroDivisionError
    with lock(tmp_path / "a.lock", seconds=0):
        pass
