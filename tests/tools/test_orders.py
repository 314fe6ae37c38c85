"""The orders that single seeds show: counted from the reference, seed by seed."""

import pytest

from tools.reference.orders import ORDERS, Order, about, rows, shown
from utils.errors import CourseError
from utils.experiments.claims import claims
from utils.experiments.measured import read_measured
from utils.experiments.statistics import Scores
from utils.experiments.studies import STUDIES
from utils.settings import ROOT


def runs(**finals: tuple[float, ...]) -> list[Scores]:
    """Return runs by variant, seeds 0, 1 and so on; a gap is a tenth of the accuracy."""
    return [
        Scores("s", variant, seed, final, final, final / 10, 1.0)
        for variant, values in finals.items()
        for seed, final in enumerate(values)
    ]


FINALS = {"a": (0.6, 0.5, 0.5), "b": (0.5, 0.6, 0.4), "c": (0.4, 0.4, 0.4)}


@pytest.mark.parametrize(
    ("order", "seeds"),
    [
        (Order("final", (("a", "b"),)), {0: True, 1: False, 2: True}),
        (Order("gap", (("b", "a"),)), {0: False, 1: True, 2: False}),
        (Order("final", (("a", "b", "c"),)), {0: True, 1: False, 2: False}),  # equal is no order
        (Order("final", (("a", "c"), ("b", "c"))), {0: True, 1: True, 2: False}),
    ],
)
def test_a_seed_shows_an_order_when_all_its_chains_hold(
    order: Order, seeds: dict[int, bool]
) -> None:
    assert shown(order, runs(**FINALS)) == seeds


def test_a_run_that_is_missing_is_named() -> None:
    few = runs(a=(0.6, 0.5), b=(0.4,))
    with pytest.raises(CourseError, match="no finished run of b with seed 1") as raised:
        shown(Order("final", (("a", "b"),)), few)
    assert raised.value.remedy.endswith("course reference quick")


def test_every_order_is_of_variants_that_there_are() -> None:
    for name, order in ORDERS.items():
        variants = {one for chain in order.chains for one in chain}
        assert variants <= set(STUDIES[name.partition(".")[0]].variants)


def test_the_table_is_what_the_reference_gives_today() -> None:
    assert read_measured("orders") == rows()
    about_now = (ROOT / "data" / "reference" / "orders.json").read_text(encoding="utf-8")
    assert f'"date": "{about()["date"]}"' in about_now


def test_what_a_lesson_says_that_your_run_should_show_most_seeds_do() -> None:
    for key, one in claims().items():
        if one.table == "orders":
            limits = [value["above"] for value in one.values.values() if "above" in value]
            assert limits and min(limits) >= 0.7 * len(about()["seeds"]), key
