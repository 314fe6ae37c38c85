"""What counts as run by hand: a person leaves gaps, Run All and programs don't."""

import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from utils import settings
from utils.exercises.by_hand import CellRun, run_by_hand
from utils.exercises.progress import Event, read, readings
from utils.jupyter.execute import execute, kernel_environment, run_to_its_end

PATIENCE = 120.0  # only what hangs takes as long
LESSON = next(path for path in settings.lessons() if path.name.startswith("01_"))


def runs(*times: tuple[float, float]) -> list[CellRun]:
    """Return runs of the cells a, b, c …, sent and ended at these times."""
    return [CellRun(chr(97 + n), sent, ended) for n, (sent, ended) in enumerate(times)]


def test_a_person_who_reads_between_cells_ran_them_all() -> None:
    assert run_by_hand(runs((0, 0.1), (5, 5.1), (9, 12), (60, 60.1))) == ["a", "b", "c", "d"]


def test_run_all_is_no_cell_by_hand_not_even_the_first_or_the_last() -> None:
    assert run_by_hand(runs((0, 9), (0.001, 9.1), (0.004, 40), (0.01, 41))) == []


def test_a_program_that_sends_each_cell_when_the_last_has_ended_reads_none() -> None:
    assert run_by_hand(runs((0, 9), (9.004, 10), (10.01, 40), (40.02, 41))) == []


def test_a_person_may_go_on_while_a_cell_still_runs() -> None:
    assert run_by_hand(runs((0, 30), (4, 31), (9, 32))) == ["a", "b", "c"]


def test_cells_by_hand_after_run_all_count_and_each_counts_once() -> None:
    after = [
        *runs((0, 1), (0.001, 2)),
        CellRun("b", 60, 61),
        CellRun("c", 70, 71),
        CellRun("b", 80, 81),
    ]
    assert run_by_hand(after) == ["b", "c"]


def test_a_key_held_down_is_no_reading() -> None:
    assert run_by_hand(runs(*[(n * 0.03, n * 0.03 + 0.01) for n in range(20)])) == []


def test_the_last_cell_is_undecided_as_long_as_another_may_follow() -> None:
    assert run_by_hand(runs((0, 0.1), (5, 5.1)), ended=False) == ["a"]
    assert run_by_hand([], ended=False) == run_by_hand([]) == []


class Lesson:
    """A kernel of lesson 01, and what a JupyterLab sends it."""

    def __init__(self, folder: Path, person: bool = True) -> None:
        self.manager = KernelManager(kernel_name="python3")
        environment = os.environ | {
            "PYTHONPATH": str(settings.ROOT), "JPY_SESSION_NAME": str(folder / LESSON.name),
            "MPLBACKEND": "Agg",
        }  # fmt: skip
        self.manager.start_kernel(env=environment, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.allow_stdin = person
        self.client.wait_for_ready(timeout=PATIENCE)

    def send(self, code: str, cell: str) -> str:
        """Send a cell as JupyterLab does: with its id."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": self.client.allow_stdin, "stop_on_error": True}  # fmt: skip
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def wait(self, request: str) -> None:
        reply: dict[str, Any] = {"parent_header": {}, "content": {"status": "ok"}}
        while reply["parent_header"].get("msg_id") != request:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
        assert reply["content"]["status"] == "ok"

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()  # as JupyterLab does: the kernel is asked to end


def cells() -> list[tuple[str, str]]:
    """Return (source, id) of the lesson's setup and of three cells that cost nothing."""
    book = nbformat.read(LESSON, as_version=4)
    code = {cell.id: cell.source for cell in book.cells if cell.cell_type == "code"}
    exercise = [name for name in code if 'check("01.' in code[name]]
    return [(code["setup"], "setup"), *((code[name], name) for name in exercise)]


def noted() -> tuple[Event, ...]:
    path = settings.progress_path()
    assert path is not None
    return tuple(event for event in read(path).events if event.kind == "reading")


@pytest.fixture
def lesson() -> Iterator[Lesson]:
    one = Lesson(settings.NOTEBOOKS)
    yield one
    if one.manager.is_alive():
        one.close()


def test_cells_run_one_by_one_are_noted_at_a_check_and_at_the_kernels_end(lesson: Lesson) -> None:
    for code, name in cells():
        lesson.wait(lesson.send(code, name))
        time.sleep(0.4)  # what a person does: it is what is measured
    lesson.wait(lesson.send('check("01.1", (1, -1, -0.5))', "exercise-one-code"))
    before = readings(noted())["01"]
    assert before.by_hand == {name for _, name in cells()}
    lesson.wait(lesson.send("1 + 1", "a-cell-of-the-learner's-own"))
    lesson.close()
    after = readings(noted())["01"]
    assert after.by_hand == before.by_hand and after.cells > 20
    assert len(noted()) <= 3  # not a line a cell


def test_run_all_is_opened_but_not_read(lesson: Lesson) -> None:
    sent = [lesson.send(code, name) for code, name in cells()]
    for request in sent:
        lesson.wait(request)
    lesson.close()
    reading = readings(noted())["01"]
    assert reading.by_hand == frozenset() and reading.cells > 20


def test_a_program_that_can_ask_nobody_has_not_even_opened_it() -> None:
    program = Lesson(settings.NOTEBOOKS, person=False)
    for code, name in cells():
        program.wait(program.send(code, name))
        time.sleep(0.4)
    program.close()
    assert noted() == ()


def test_course_run_notes_no_reading_also_where_it_was_started_from_a_notebook(tmp_path: Path):
    book = nbformat.read(LESSON, as_version=4)
    setup = next(cell for cell in book.cells if cell.id == "setup")
    book.cells = [setup, *itertools.islice((c for c in book.cells if "check(" in c.source), 2)]
    environment = kernel_environment("smoke", "sample", tmp_path)
    environment |= {"JPY_SESSION_NAME": str(LESSON)}
    _, failures = run_to_its_end(execute(book, settings.NOTEBOOKS, environment))
    assert failures == [] and noted() == ()


def test_every_lesson_has_the_ids_that_are_counted() -> None:
    for path in settings.lessons():
        stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell["id"] for cell in stored if cell["cell_type"] == "code"]
        assert len(set(code)) == len(code) > 5
