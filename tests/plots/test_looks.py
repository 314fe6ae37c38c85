"""Colours and markers of variants that the course doesn't know: told apart, and always the same."""

import itertools

import pytest

from utils.plots.looks import looks


@pytest.mark.parametrize(
    "names",
    [
        ["0.1", "0.01", "0.001", "0.0001", "1"],
        ["学习率 0.1", "学习率 0.01", "基线"],
        ["sgd", "adam", "rmsprop", "adagrad"],
        ["ab", "ba", "a", "b"],
        ["16", "32", "64", "128", "256"],
    ],
)
def test_variants_of_an_own_study_differ_in_colour_or_marker(names):
    for one, other in itertools.combinations(names, 2):
        assert looks("mine", one) != looks("mine", other)


def test_a_variant_looks_alike_in_every_profile_and_whatever_stands_beside_it():
    assert looks("mine", "0.1") == looks("mine", "0.1@full") == looks("other", "0.1")
    assert looks("mine", "a\ud800") == looks("mine", "a?")
