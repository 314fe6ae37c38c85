"""What the lessons say was measured: computed from the tables, and true by them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from utils import settings
from utils.errors import CourseError
from utils.experiments import claims as module
from utils.experiments.claims import broken, claim, claims, tell

TABLE = """\
study,variant,seed,epoch,loss,accuracy,val_loss,val_accuracy,train_accuracy,seconds,status
s,a,0,1,2,0.1,1.5,0.50,0.6,,finished
s,a,0,2,2,0.1,1.2,0.60,0.8,,finished
s,a,1,2,2,0.1,1.4,0.64,0.8,,finished
s,a,2,2,2,0.1,1.3,0.65,0.8,,diverged
s,b,0,2,2,0.1,1.1,0.58,0.6,,finished
s,b,1,2,2,0.1,1.0,0.62,0.6,,finished
"""


@pytest.mark.parametrize("key", list(claims()))
def test_a_claim_is_true_by_its_table(key: str) -> None:
    found = broken(claims()[key])
    assert not found, f"Lesson {claims()[key].lesson} says what its table doesn't: {found}"


@pytest.mark.parametrize("key", list(claims()))
def test_a_difference_says_which_verdict_its_sentence_needs(key: str) -> None:
    for value in claims()[key].values.values():
        assert "difference" not in value or "verdict" in value


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A reference folder of its own, with one table of epochs and one of values."""
    folder = tmp_path / "data" / "reference"
    folder.mkdir(parents=True)
    (folder / "epochs.csv").write_text(TABLE, encoding="utf-8")
    (folder / "epochs.json").write_text(
        '{"machine": "a PC", "seeds": [0, 1], "dataset": {"train": 9000}, "date": "2026-01-02"}',
        encoding="utf-8",
    )
    rows = "quantity,seed,value\nshift.two,0,0.851\nshift.two,1,0.853\npi,,3.14159\n"
    (folder / "values.csv").write_text(rows, encoding="utf-8")
    shutil.copy(folder / "epochs.json", folder / "values.json")
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    forget()
    yield folder
    forget()


def forget() -> None:
    for cached in (module.claims, module._read, module._about):
        cached.cache_clear()


def put(folder: Path, table: str, says: str, **values: str) -> module.Claim:
    lines = [f"{name} = {{{value}}}" for name, value in values.items()]
    text = f"['10.x']\ntable = '{table}'\nsays = '{says}'\n" + "\n".join(lines)
    (folder / "claims.toml").write_text(text, encoding="utf-8")
    forget()
    return claims()["10.x"]


@pytest.mark.parametrize(
    ("table", "value", "text"),
    [
        ("epochs", "mean = 's/a'", "62.0 ± 25.4 %"),  # of the last epoch; not of the diverged run
        ("epochs", "mean = 's/a', epoch = 1", "50.0 %"),  # one run: no ±
        ("epochs", "mean = 's/b', of = 'gap'", "+0.0 ± 25.4 points"),
        ("epochs", "each = 's/a'", "60.0 % and 64.0 %"),
        ("epochs", "each = 's/a', of = 'val_loss', digits = 1", "1.2 and 1.4"),
        ("epochs", "highest = 's/a'", "64.0 %"),
        ("epochs", "difference = ['s/b', 's/a']", "−2.0 points (95 % interval −2.0 to −2.0)"),
        ("epochs", "about = 'dataset.train'", "9,000"),
        ("values", "mean = 'shift.two'", "85.2 ± 1.3 %"),
        ("values", "mean = 'pi', as = 'number', digits = 2", "3.14"),
    ],
)
def test_numbers_are_put_in_with_their_interval_and_unit(
    made: Path, table: str, value: str, text: str
) -> None:
    assert tell(put(made, table, "It is {n}.", n=value)) == f"It is {text}."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("difference = ['s/a', 's/b'], verdict = 'better'", ""),
        ("difference = ['s/a', 's/b'], verdict = 'worse'", "10.x.n is 'better'"),
        ("mean = 's/a', above = 0.59", ""),
        ("mean = 's/a', above = 0.61", "10.x.n has 0.6, not above 0.61"),
        ("highest = 's/a', below = 0.63", "10.x.n has 0.64, not below 0.63"),
    ],
)
def test_a_table_that_says_otherwise_breaks_the_claim(made: Path, value: str, told: str) -> None:
    found = broken(put(made, "epochs", "{n}", n=value))
    assert len(found) == bool(told) and all(line.startswith(told) for line in found)


def test_a_claim_shows_what_it_rests_on(made: Path) -> None:
    put(made, "epochs", "It is {n}.", n="mean = 's/a'")
    assert claim("10.x")._repr_markdown_() == (
        "It is 62.0 ± 25.4 %.\n\n"
        "<small>data/reference/epochs.csv, seeds 0, 1, a PC, 2026-01-02</small>"
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("mean = 's/c'", "s/c, which isn't there.*course reference epochs"),
        ("median = 's/a'", "ask for exactly one of.*median isn't known"),
        ("mean = 's/a', each = 's/a'", "ask for exactly one of"),
    ],
)
def test_a_value_that_cannot_be_computed_is_named(made: Path, value: str, told: str) -> None:
    with pytest.raises(CourseError, match=f"10.x.*{told}"):
        tell(put(made, "epochs", "{n}", n=value))


def test_a_field_without_a_value_is_named(made: Path) -> None:
    with pytest.raises(CourseError, match=r"10\.x.*differ: m"):
        put(made, "epochs", "{n} {m}", n="mean = 's/a'")


def test_an_unknown_key_is_answered_with_the_lessons_own() -> None:
    with pytest.raises(CourseError, match=r"no claim '10\.deep'.*10\.accuracy, 10\.pooling\."):
        claim("10.deep")
