"""`course class collect` on experiment cards: read as data, counted anew, never believed."""

import csv
import hashlib
import io
import json
import shutil

import pytest
from cards import AFTER, BEFORE, SCRIPT, forge, make_card, make_runs, note, write_words
from hostile import hand_in

from utils.classroom.class_table import class_lines, write_class
from utils.classroom.gathering import collect

WORSE = "0 against 0.5: -10.3 points (95 % interval -14.1 to -6.5, 3 pairs): worse."


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """Return three learners' cards: Ada's, Bob's with late words, Eve's on the sample."""
    top = tmp_path_factory.mktemp("cards")
    for name, time, mark in (("Ada", BEFORE, ""), ("Bob", AFTER, ""), ("Eve", "", "@quick-sample")):
        root = top / f"{name}-runs"
        changed = {"machine": f"{name}'s"}
        if mark:
            changed["dataset"] = {"name": "cifar10", "source": "made", "sha256": "1" * 64,
                                  "real": False, "train": 300, "validation": 100}  # fmt: skip
        make_runs(root, mark=mark.replace("quick-", ""), **changed)
        write_words(root, name=name, conclusion="So it is.")
        if time:
            note(root, time)
        make_card(root, top / f"{name}.html")
    return top


def as_page(facts: str) -> str:
    """Return the least page that is a card of these facts."""
    digest = hashlib.sha256(facts.encode()).hexdigest()
    return (
        f'<script type="application/json" id="experiment-card" data-sha256="{digest}">'
        f"{facts}</script>"
    )


def hand(cards, tmp_path, *names, to=None):
    for name in names:
        place = tmp_path / (to or name) / "card-dropout.html"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(cards / f"{name}.html", place)
        yield place


def only(folder):
    [card] = collect(folder).cards
    return card


def test_each_card_is_listed_with_study_verdict_and_whether_the_prediction_came_first(
    cards, tmp_path
):
    list(hand(cards, tmp_path, "Ada", "Bob", "Eve"))
    found = collect(tmp_path)
    told = [(one.name, one.study, one.predicted) for one in found.cards]
    assert told == [("Ada", "dropout", "first"), ("Bob", "dropout", "after"),
                    ("Eve", "dropout@sample", "none")]  # fmt: skip
    assert found.cards[0].verdicts == [WORSE] and found.cards[0].remarks == ()
    assert found.cards[2].remarks == ("on the sample, not on real pictures",)
    assert found.refused == () and found.others == ()
    assert "Ada: card of dropout, predicted: first\n    " + WORSE in class_lines(found)


def test_page_and_table_have_the_cards(cards, tmp_path):
    list(hand(cards, tmp_path, "Ada", "Bob"))
    found = collect(tmp_path)
    for name in ("class.html", "class.csv"):
        write_class(tmp_path / name, found)
    page = (tmp_path / "class.html").read_text("utf-8")
    assert WORSE in page and "isn't signed" in page
    table = (tmp_path / "class.csv").read_text("utf-8-sig")
    rows = [one for one in csv.DictReader(io.StringIO(table)) if one["kind"] == "card"]
    assert [(one["learner"], one["name"]) for one in rows] == [("Ada", "dropout"),
                                                               ("Bob", "dropout")]  # fmt: skip
    assert WORSE in rows[0]["remarks"] and "predicted: first" in rows[0]["remarks"]


def test_a_copied_card_is_named_on_both_whatever_name_it_was_given(cards, tmp_path):
    list(hand(cards, tmp_path, "Ada"))
    [copy] = hand(cards, tmp_path, "Ada", to="Mallory")
    forge(copy, lambda facts: facts | {"name": "Mallory"})
    ada, mallory = collect(tmp_path).cards
    assert ada.remarks == ("6 of its 6 runs are those of Mallory (dropout), to the byte",)
    assert mallory.remarks == ("6 of its 6 runs are those of Ada (dropout), to the byte",)


def test_a_card_of_some_runs_of_another_is_named_too(cards, tmp_path):
    list(hand(cards, tmp_path, "Ada"))
    [copy] = hand(cards, tmp_path, "Bob")
    ada = collect(tmp_path).cards[0]
    stolen = ada.facts["runs"][0]
    forge(copy, lambda facts: facts["runs"].__setitem__(0, dict(stolen)))
    assert collect(tmp_path).cards[1].remarks == (
        "1 of its 6 runs are those of Ada (dropout), to the byte",)  # fmt: skip


def test_of_one_learners_two_cards_of_a_study_the_newest_counts_and_is_no_copy(cards, tmp_path):
    [first] = hand(cards, tmp_path, "Ada")
    shutil.copy(first, first.with_name("card-dropout (1).html"))
    assert only(tmp_path).remarks == (
        "2 cards of this study; the newest counts, Ada/card-dropout (1).html",)  # fmt: skip


def test_verdicts_and_order_are_counted_anew_from_what_a_card_holds(cards, tmp_path):
    [page] = hand(cards, tmp_path, "Bob")
    page.write_text(page.read_text("utf-8").replace("worse.", "better."), encoding="utf-8")
    assert only(tmp_path).verdicts == [WORSE] and only(tmp_path).predicted == "after"
    forge(page, lambda facts: facts["predictions"][0].__setitem__("time", "2096-01-01T00:00:00Z"))
    assert "has times that can't be" in only(tmp_path).remarks


def test_a_prediction_that_was_changed_after_the_runs_is_named(cards, tmp_path):
    [page] = hand(cards, tmp_path, "Ada")
    forge(page, lambda f: f["predictions"].append({"time": AFTER, "text": "No: 0 wins."}))
    card = only(tmp_path)
    assert card.predicted == "first"
    assert card.remarks == ("the prediction was changed after the first run had started",)


def test_of_200_learners_cards_the_two_that_share_runs_are_found(cards, tmp_path):
    _, text = SCRIPT.search((cards / "Ada.html").read_text("utf-8")).groups()
    for number in range(200):
        facts = json.loads(text) | {"name": f"Learner {number}"}
        for run in facts["runs"]:
            own = f"{number % 199}/{run['variant']}/{run['seed']}"  # 199 has the runs of 0
            run["sha256"] = hashlib.sha256(own.encode()).hexdigest()
        hand_in(tmp_path / f"Learner {number}" / "card.html", as_page(json.dumps(facts)))
    found = collect(tmp_path)
    assert len({one.name for one in found.cards}) == 200 and found.refused == ()
    doubtful = {one.name: one.remarks for one in found.cards if one.remarks}
    assert doubtful == {
        "Learner 0": ("6 of its 6 runs are those of Learner 199 (dropout), to the byte",),
        "Learner 199": ("6 of its 6 runs are those of Learner 0 (dropout), to the byte",),
    }


def test_whose_a_card_is_the_folder_says_and_without_one_the_card(cards, tmp_path):
    list(hand(cards, tmp_path, "Ada", to="Kim"))
    assert (only(tmp_path).name, only(tmp_path).remarks) == ("Kim", ("gives the name Ada",))
    shutil.rmtree(tmp_path / "Kim")
    shutil.copy(cards / "Ada.html", tmp_path / "card-dropout.html")
    assert only(tmp_path).name == "Ada"
    (tmp_path / "card-dropout.html").rename(
        tmp_path / "Kim Lee_7_assignsubmission_file_card-dropout.html")  # fmt: skip
    assert only(tmp_path).name == "Kim Lee"


DAMAGE = {
    "a changed number": (lambda page: forge(page, lambda f: f | {"controlled": 1}, False),
                         "they don't fit their checksum"),
    "cut off": (lambda page: page.write_bytes(page.read_bytes()[:-1000]), "one card's facts"),
    "two cards in one": (lambda page: page.write_bytes(page.read_bytes() * 2), "one card's facts"),
    "no table": (lambda page: forge(page, lambda _: [1]), "the facts are no table"),
    "another format": (lambda page: forge(page, lambda f: f | {"format": 2}), "format of"),
    "true for a number": (lambda page: forge(page, lambda f: f | {"format": True}), "format of"),
    "a name of two lines": (lambda page: forge(page, lambda f: f | {"name": "a\nb"}), "name of"),
    "no runs": (lambda page: forge(page, lambda f: f | {"runs": None}), "runs of the facts"),
    "far too many runs": (lambda page: forge(page, lambda f: f | {"runs": f["runs"] * 200}),
                          "runs of the facts can't be"),
    "an accuracy above all": (lambda page: forge(page, lambda f: f["runs"][0].update(final=1.5)),
                              "final of a run can't be"),
    "not a number": (lambda page: forge(page, lambda f: f["runs"][0].update(final=float("nan"))),
                     "final of a run can't be"),
    "a seed of words": (lambda page: forge(page, lambda f: f["runs"][0].update(seed="0")), "seed"),
    "no checksum of a run": (lambda page: forge(page, lambda f: f["runs"][0].update(sha256="")),
                             "sha256 of a run can't be"),
    "a run that is none": (lambda page: forge(page, lambda f: f | {"runs": ["x"]}), "a run are no"),
    "a status that is a list": (lambda page: forge(page, lambda f: f["runs"][0].update(status=[])),
                                "status of a run can't be"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_card_is_named_never_raised(damage, cards, tmp_path):
    harm, told = DAMAGE[damage]
    [page] = hand(cards, tmp_path, "Ada")
    harm(page)
    found = collect(tmp_path)
    [refused] = found.refused
    assert found.cards == () and refused.learner == "Ada"
    assert refused.why.startswith("is a damaged card: ") and told in refused.why, refused.why


def test_facts_that_are_nested_without_end_are_named(tmp_path):
    hand_in(tmp_path / "Ada" / "card.html", as_page("[" * 200_000))
    [refused] = collect(tmp_path).refused
    assert "is a damaged card" in refused.why


def test_a_page_that_is_no_card_is_only_counted(tmp_path):
    hand_in(tmp_path / "Ada" / "report.html", "<script>alert(1)</script>")
    found = collect(tmp_path)
    assert (found.cards, found.refused, found.others) == ((), (), ("Ada/report.html",))


def test_text_of_a_card_does_nothing_in_the_teachers_page(cards, tmp_path):
    [page] = hand(cards, tmp_path, "Ada")
    bad = "<script>alert(1)</script>"
    forge(page, lambda f: f | {"study": bad, "baseline": bad, "name": bad,
                               "runs": [one | {"variant": f"{bad}{one['variant']}"}
                                        for one in f["runs"]]})  # fmt: skip
    found = collect(tmp_path)
    write_class(tmp_path / "class.html", found)
    assert "<script" not in (tmp_path / "class.html").read_text("utf-8")
    assert found.cards[0].verdicts == []


def test_a_cards_own_numbers_without_a_baseline_give_no_verdict(cards, tmp_path):
    [page] = hand(cards, tmp_path, "Ada")
    forge(page, lambda facts: facts | {"runs": []})
    card = only(tmp_path)
    assert (card.verdicts, card.predicted) == ([], "not known")
