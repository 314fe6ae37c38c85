"""Which lessons read what others trained: the table by which they run side by side is true."""

import re

import pytest
from contents import LESSONS, code_cells, read

from utils.experiments import STUDIES
from utils.experiments.studies import config_for
from utils.jupyter.side_by_side import LONGEST, READS_ALL, SHARE_A_RUN

CODE = {path.stem[:2]: "\n".join(c.source for c in code_cells(read(path))) for path in LESSONS}
TRAINED = {
    number: set(re.findall(r'(?:StudyLesson|run_study)\(\s*"(\w+)"', code))
    for number, code in CODE.items()
}


def recipes(number: str) -> set[str]:
    """Return the configs, as text, that a lesson trains with `run_study` and seed 0."""
    return {
        repr(config_for(study, variant, "quick", 0))
        for study in TRAINED[number]
        for variant in STUDIES[study].variants
    }


def test_the_lessons_that_share_a_recipe_are_those_of_the_table():
    shared = {
        one
        for one in CODE
        for other in CODE
        if one != other and recipes(one) & recipes(other)
    }  # fmt: skip
    assert shared == set(SHARE_A_RUN)
    # One run is all they share: once the first of them has trained it, they can't meet.
    first, *rest = SHARE_A_RUN
    common = set.intersection(*(recipes(number) for number in SHARE_A_RUN))
    assert len(common) == 1
    for number in rest:
        others = set.union(*(recipes(other) for other in SHARE_A_RUN if other != number))
        assert recipes(number) & others == common


def test_the_lessons_that_list_all_runs_are_those_of_the_table():
    listing = {number for number, code in CODE.items() if re.search(r"load_runs\(\)", code)}
    assert listing == set(READS_ALL)
    assert all(number > max(SHARE_A_RUN) for number in READS_ALL)


def test_no_two_lessons_write_runs_of_one_study():
    named = {
        number: TRAINED[number]
        | set(re.findall(r'runs_dir\(\), "(\w+)"', code))
        | set(re.findall(r'f?"(\w+)/[^"]*seed-0', code))
        for number, code in CODE.items()
    }
    assert {"or_gate"} == named["02"] and {"race"} == named["17"]  # the look finds what is there
    studies = [study for names in named.values() for study in names]
    assert len(studies) == len(set(studies))


@pytest.mark.parametrize("number", [*LONGEST, *SHARE_A_RUN, *READS_ALL])
def test_a_number_in_the_tables_is_a_lessons(number):
    assert number in CODE
