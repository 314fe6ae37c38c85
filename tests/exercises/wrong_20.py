"""Typical wrong answers to the exercises of notebook 20, with the hint meant for each."""

import numpy as np


def yes_or_no(groups, train, validation):
    return np.isin(groups[validation], groups[train])


def places(groups, train, validation):
    return np.flatnonzero(yes_or_no(groups, train, validation))


def safe(groups, train, validation):
    return validation[~yes_or_no(groups, train, validation)]


def their_groups(groups, train, validation):
    return np.intersect1d(groups[validation], groups[train])


def in_order(groups, train, validation):
    return np.sort(validation[yes_or_no(groups, train, validation)])


def turned_round(sources, aside):
    kept = np.isin(sources, aside)
    return np.flatnonzero(kept), np.flatnonzero(~kept)


def asked(sources, aside):
    kept = np.isin(sources, aside)
    return ~kept, kept


WRONG = {
    "20.1": [
        (yes_or_no, "yes or no for each"),
        (places, "places in `validation`"),
        (safe, "the ones that are safe"),
        (their_groups, "These are groups"),
        (in_order, "not in the order"),
    ],
    "20.2": [
        (turned_round, "come second"),
        (asked, "yes or no for each picture"),
    ],
    "20.3": [
        ("a", "the same split"),
        ("c", "one sibling at most"),
        ("d", "can't give the class away"),
    ],
}
