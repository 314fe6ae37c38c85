"""How many notebooks run at once, with how many threads, in which order."""

import asyncio

import pytest

from utils.jupyter import side_by_side
from utils.jupyter.side_by_side import Plan, plan, run_all, waits_for

LESSONS = ("01_a", "09_b", "11_c", "12_d", "15_e", "16_f", "17_g")
GIGABYTE = 10**9


@pytest.fixture
def machine(monkeypatch):
    """Return a function that says how many cores and gigabytes this machine has."""

    def has(cores: int, gigabytes: float) -> None:
        monkeypatch.setattr(side_by_side, "cores", lambda: cores)
        monkeypatch.setattr(side_by_side, "free_memory", lambda: int(gigabytes * GIGABYTE))

    return has


@pytest.mark.parametrize(
    ("cores", "gigabytes", "notebooks", "kernels", "threads"),
    [
        (1, 32, 16, 1, None),
        (2, 32, 16, 2, 1),
        (2, 3, 16, 1, None),  # memory for one
        (2, 0.5, 16, 1, None),  # one is tried all the same
        (2, 32, 1, 1, None),
        (8, 32, 16, 4, 2),
        (8, 4, 16, 2, 4),
        (8, 32, 3, 3, 2),
    ],
)
def test_as_many_run_as_cores_memory_and_notebooks_allow_and_share_the_cores(
    machine, cores, gigabytes, notebooks, kernels, threads
):
    machine(cores, gigabytes)
    assert plan(notebooks) == Plan(kernels, threads)


def test_the_number_that_is_asked_for_is_taken_up_to_that_of_the_notebooks(machine):
    machine(8, 32)
    assert plan(16, 1) == Plan(1, None)
    assert plan(16, 6) == Plan(6, 1)
    assert plan(3, 6) == Plan(3, 2)


def test_one_after_the_other_nothing_is_told_about_threads(monkeypatch):
    assert Plan(1, None).environment == {}
    monkeypatch.setenv("OMP_NUM_THREADS", "3")  # what a person says stays
    assert Plan(2, 1).environment == {
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "3",
        "OPENBLAS_NUM_THREADS": "1",
    }


def test_the_first_study_comes_before_the_others_and_all_before_the_comparison():
    assert waits_for("11_c", LESSONS) == set()
    assert waits_for("12_d", LESSONS) == {"11_c"}
    assert waits_for("16_f", LESSONS) == {"11_c", "12_d", "15_e"}
    assert waits_for("01_a", LESSONS) == waits_for("17_g", LESSONS) == set()


def test_among_a_few_chosen_the_first_of_the_studies_takes_the_first_ones_place():
    assert waits_for("12_d", ("12_d", "15_e")) == set()
    assert waits_for("15_e", ("12_d", "15_e")) == {"12_d"}
    assert waits_for("16_f", ("01_a", "16_f")) == set()


def begun(kernels: int) -> tuple[list[str], int]:
    """Run the lessons as tasks that take a moment; return their order, and most at once."""
    order: list[str] = []
    running: set[str] = set()
    most = 0

    async def one(name: str) -> None:
        nonlocal most
        assert not waits_for(name, LESSONS) - ended
        order.append(name)
        running.add(name)
        most = max(most, len(running))
        await asyncio.sleep(0.1 if name in ("11_c", "15_e") else 0.01)  # others wait for these
        running.remove(name)
        ended.add(name)

    ended: set[str] = set()
    asyncio.run(run_all(LESSONS, kernels, one))
    return order, most


def test_one_at_a_time_they_run_in_order():
    assert begun(1) == (list(LESSONS), 1)


def test_side_by_side_long_ones_begin_first_and_none_before_what_it_waits_for():
    order, most = begun(2)
    assert sorted(order) == list(LESSONS) and most == 2
    assert order[:4] == ["11_c", "17_g", "09_b", "01_a"]  # the last two while others wait


@pytest.mark.parametrize("kernels", [2, 4])
def test_an_error_in_one_cancels_the_others_and_is_raised(kernels):
    ended = []

    async def one(name: str) -> None:
        try:
            await asyncio.sleep(0 if name == "11_c" else 60)
        finally:
            ended.append(name)
        raise OSError(name)

    with pytest.raises(OSError, match="11_c"):
        asyncio.run(run_all(LESSONS, kernels, one))
    assert len(ended) == min(kernels, 4) and ended[0] == "11_c"
