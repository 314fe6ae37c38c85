"""The table of a step's memory: each measurement is a process of its own that takes real steps."""

from tools.reference.batch_memory import SIZES, measured


def test_a_process_that_takes_steps_says_its_peak_and_what_they_took() -> None:
    found = {row.quantity: row.value for row in measured(50, 0)}
    assert 0 < found["batch_50.more"] < found["batch_50.peak"]


def test_the_sizes_are_those_of_the_lessons_study() -> None:
    assert SIZES == (50, 96, 500, 2000)
