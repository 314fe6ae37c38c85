"""The box that shows a verdict: words beside colour, escaped text, enough contrast."""

import re
from typing import Any

import pytest

from utils.exercises import Verdict
from utils.exercises.display import VerdictBox

RIGHT = Verdict(True, True, "That is it.", exercise="99.1")
OPEN = Verdict(False, False, "Put your answer into this cell.", exercise="99.1")


def wrong(got: Any = 1, wanted: Any = 2) -> Verdict:
    return Verdict(
        False, True, "Not the number wanted.", got, wanted, "Count your *thumbs*: `2`.", "99.1"
    )


def test_the_box_has_a_sign_words_both_numbers_and_a_folded_hint() -> None:
    box = VerdictBox(wrong())._repr_html_()
    assert "✗ Not yet" in box and "<details" in box and "<summary" in box
    assert re.search(r"You have</th>.*?>1</pre>.*Wanted</th>.*?>2</pre>", box, re.DOTALL)


def test_a_right_box_shows_no_hint() -> None:
    box = VerdictBox(RIGHT)._repr_html_()
    assert "✓ Right" in box and "<details" not in box


def test_what_a_learner_writes_is_escaped_and_code_and_stress_are_marked() -> None:
    box = VerdictBox(wrong(got="<script>alert(1)</script>"))._repr_html_()
    assert "<script" not in box and "&lt;script&gt;" in box
    box = VerdictBox(wrong())._repr_html_()
    assert "<em>thumbs</em>" in box and ">2</code>" in box


def test_two_numbers_that_look_alike_are_shown_with_all_their_digits() -> None:
    rows = dict(VerdictBox(wrong(got=0.30000001, wanted=0.3)).rows)
    assert rows == {"You have": "0.30000001", "Wanted": "0.3"}


def test_an_answer_whose_repr_raises_is_shown_all_the_same() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "a Shy" in repr(VerdictBox(wrong(got=Shy())))


@pytest.mark.parametrize("verdict", [RIGHT, wrong(), OPEN], ids=["right", "wrong", "open"])
def test_heading_and_text_of_each_box_have_a_contrast_of_at_least_7(verdict: Verdict) -> None:
    box = VerdictBox(verdict)
    for ink in (box.colour, "#1b1f24"):
        lighter, darker = sorted((_light(ink), _light(box.background)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 7


def _light(colour: str) -> float:
    """Return the relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
