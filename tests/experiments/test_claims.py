"""What the lessons say was measured: computed from the tables, and true by them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from utils import settings
from utils.data import sealed
from utils.errors import CourseError
from utils.experiments import claim_sources
from utils.experiments import claims as module
from utils.experiments.claims import broken, claim, claims, tell
from utils.experiments.ladder import RUNGS

TABLE = """\
study,variant,seed,epoch,loss,accuracy,val_loss,val_accuracy,train_accuracy,seconds,status
s,a,0,1,2,0.1,1.5,0.50,0.6,,finished
s,a,0,2,2,0.1,1.2,0.60,0.8,,finished
s,a,1,2,2,0.1,1.4,0.64,0.8,,finished
s,a,2,2,2,0.1,1.3,0.65,0.8,,diverged
s,b,0,2,2,0.1,1.1,0.58,0.6,,finished
s,b,1,2,2,0.1,1.0,0.62,0.6,,finished
"""
OPENING = """\
[[opening]]
id = "a-look"
set = "mnist"
pictures = 10000
measured = "it"
why = "report it"
when = 2026-01-03
by = "x.py"
seeds = [0, 1, 4]
accuracy = { "batch size 50" = [0.64, 0.65, 0.66] }
"""


@pytest.mark.parametrize("key", list(claims()))
def test_a_claim_is_true_by_its_table(key: str) -> None:
    found = broken(claims()[key])
    assert not found, f"Lesson {claims()[key].lesson} says what its table doesn't: {found}"


@pytest.mark.parametrize("key", list(claims()))
def test_a_difference_says_what_its_sentence_needs(key: str) -> None:
    for value in claims()[key].values.values():
        assert "difference" not in value or {"verdict", "above", "below"} & set(value)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A reference folder of its own, with one table of epochs and one of values."""
    folder = tmp_path / "data" / "reference"
    folder.mkdir(parents=True)
    (folder / "epochs.csv").write_text(TABLE, encoding="utf-8")
    (folder / "epochs.json").write_text(
        '{"machine": "a PC", "seeds": [0, 1], "dataset": {"train": 9000}, "date": "2026-01-02",'
        '"study": {"name": "finals", "seeds": [1, 2, 3], "test": {"best": [0.7, 0.72, 0.71],'
        '"base": {"1": 0.69, "2": 0.7, "3": 0.71}, "two": [0.6, 0.7]}},'
        '"top": [0.6, 0.7]}',
        encoding="utf-8",
    )
    (folder / "test_openings.toml").write_text(OPENING, encoding="utf-8")
    monkeypatch.setattr(sealed, "LEDGER", folder / "test_openings.toml")
    rows = "quantity,seed,value\nshift.two,0,0.851\nshift.two,1,0.853\npi,,3.14159\n"
    (folder / "values.csv").write_text(rows, encoding="utf-8")
    shutil.copy(folder / "epochs.json", folder / "values.json")
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    forget()
    yield folder
    forget()


def forget() -> None:
    for cached in (module.claims, claim_sources._table, claim_sources.account):
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
        ("epochs", "difference = ['s/b', 's/a'], epoch = [2, 1]", "+10.0 points"),
        ("epochs", "mean = 's/b', of = 'gap'", "+0.0 ± 25.4 points"),
        ("epochs", "each = 's/a'", "60.0 % and 64.0 %"),
        ("epochs", "each = 's/a', of = 'val_loss', digits = 1", "1.2 and 1.4"),
        ("epochs", "highest = 's/a'", "64.0 %"),
        ("epochs", "difference = ['s/b', 's/a']", "−2.0 points (95 % interval −2.0 to −2.0)"),
        ("epochs", "about = 'dataset.train'", "9,000"),
        ("epochs", "about = 'study.name'", "finals"),
        ("epochs", "each = 'study.test.best'", "70.0 %, 72.0 % and 71.0 %"),  # seeds from above
        ("epochs", "each = 'top'", "60.0 % and 70.0 %"),
        ("epochs", "highest = 'study.test.base'", "71.0 %"),  # told by seed
        (
            "epochs",
            "difference = ['study.test.best', 'study.test.base']",
            "+1.0 points (95 % interval −1.5 to +3.5)",
        ),
        ("epochs", "mean = 'a-look#batch size 50'", "65.0 ± 2.5 %"),
        ("epochs", "mean = 'values#shift.two'", "85.2 ± 1.3 %"),
        (
            "epochs",
            "difference = ['study.test.best', 'a-look#batch size 50']",
            "+6.0 points (95 % interval +3.7 to +8.3, Welch)",
        ),
        ("epochs", "count = 's/a', over = 0.6", "1 of 2"),
        ("epochs", "count = 's/a', under = 0.65", "2 of 2"),
        ("values", "count = 'shift.two', over = 0.9", "0 of 2"),
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
        ("count = 's/a', over = 0.6, above = 0", ""),
        ("count = 's/a', over = 0.6, above = 1", "10.x.n has 1, not above 1"),
    ],
)
def test_a_table_that_says_otherwise_breaks_the_claim(made: Path, value: str, told: str) -> None:
    found = broken(put(made, "epochs", "{n}", n=value))
    assert len(found) == bool(told) and all(line.startswith(told) for line in found)


@pytest.mark.parametrize(
    ("values", "basis"),
    [
        ({"n": "mean = 's/a'"}, "data/reference/epochs.csv · seeds 0–1 · a PC · 2026-01-02"),
        (
            {"n": "mean = 's/a', epoch = 1", "m": "lowest = 'a-look#batch size 50'"},
            "data/reference/epochs.csv · seed 0 · a PC · 2026-01-02<br>"
            "data/reference/test_openings.toml · seeds 0–1, 4 · 2026-01-03",
        ),
        ({"n": "mean = 'values#pi'"}, "data/reference/values.csv · a PC · 2026-01-02"),
        ({"n": "about = 'study.name'"}, "data/reference/epochs.csv · a PC · 2026-01-02"),
    ],
)  # fmt: skip
def test_a_claim_shows_what_it_rests_on(made: Path, values: dict[str, str], basis: str) -> None:
    put(made, "epochs", " ".join(f"{{{name}}}" for name in values), **values)
    shown = claim("10.x")
    assert shown._repr_markdown_() == f"{shown}\n\n<small>{basis}</small>"


def test_claims_that_are_shown_together_name_a_table_once_with_all_their_seeds(made: Path) -> None:
    text = "['10.x']\ntable = 'epochs'\nsays = '{n}'\nn = {mean = 's/a', epoch = 1}\n"
    other = text.replace("10.x", "10.y").replace(", epoch = 1", "")
    (made / "claims.toml").write_text(text + other, encoding="utf-8")
    forget()
    assert claim("10.x", "10.y").basis == [
        "data/reference/epochs.csv · seeds 0–1 · a PC · 2026-01-02"
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("median = 's/a'", "ask for exactly one of.*median isn't known"),
        ("mean = 's/a', each = 's/a'", "ask for exactly one of"),
        ("mean = 's/a', over = 1", "a count, and nothing else"),
        ("count = 's/a'", "a count, and nothing else"),
        ("mean = 's/a', verdict = 'better'", "only a difference"),
        ("mean = 's/a', of = 'val_acc'", "no column 'val_acc'.*gap or: seed, epoch, loss"),
        ("about = 'study.test'", "asks epochs.json for study.test, which isn't there"),
    ],
)
def test_a_value_that_cannot_be_computed_is_named(made: Path, value: str, told: str) -> None:
    with pytest.raises(CourseError, match=f"(10.x.*)?{told}"):
        tell(put(made, "epochs", "{n}", n=value))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("s/c", "s/c of epochs, which isn't there.*course reference epochs"),
        ("study.test.two", "study.test.two of epochs has 2 values for 3 seeds"),
        ("study.name", "study.name of epochs, which isn't there"),
        ("b-look#batch size 50", "b-look.*no such opening.*one of: a-look"),
    ],
)
def test_a_group_that_is_not_there_is_named(made: Path, name: str, told: str) -> None:
    with pytest.raises(CourseError, match=told):
        tell(put(made, "epochs", "{n}", n=f"mean = '{name}'"))


def test_a_field_without_a_value_is_named(made: Path) -> None:
    with pytest.raises(CourseError, match=r"10\.x.*differ: m"):
        put(made, "epochs", "{n} {m}", n="mean = 's/a'")


def test_an_unknown_key_is_answered_with_the_lessons_own() -> None:
    with pytest.raises(CourseError, match=r"no claim '11\.deep'\. Choose one of: 11\.\w+, 11\."):
        claim("11.deep")


# Rungs: a table that is being made, a run at a time.

LADDER_HEAD = TABLE.partition("\n")[0]
BELOW = {0: 0.70, 1: 0.72, 2: 0.71}


def ladder(folder: Path, **rungs: dict[int, float]) -> None:
    """Write a ladder of runs: by variant a value by seed."""
    lines = [LADDER_HEAD]
    for name, values in rungs.items():
        for seed, value in values.items():
            status = "finished" if value == value else "diverged"
            lines.append(f"ladder,{name},{seed},1,1,0.1,1,{value},0.8,,{status}")
    (folder / "ladder.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "ladder.json").write_text('{"machine": "a PC", "runs": []}', encoding="utf-8")


def rung_told(folder: Path) -> str:
    return tell(put(folder, "ladder", "{n}", n="rung = ['ladder/b', 'ladder/a']"))


def test_a_rung_that_is_not_measured_yet_says_so_also_without_a_table(made: Path) -> None:
    assert rung_told(made) == "`b` and `a`: not measured yet."
    shown = claim("10.x")
    assert shown.basis == ["data/reference/ladder.csv · not there yet"]
    ladder(made, a=BELOW)
    assert rung_told(made) == "`b`: not measured yet. `a`: 71.0 ± 2.5 % over 3 seeds."
    ladder(made, b={0: 0.75})
    assert rung_told(made) == "`a`: not measured yet. `b`: 75.0 % with seed 0 alone."
    assert "data/reference/ladder.csv · seed 0 · a PC" in claim("10.x").basis[0]


def test_one_seed_says_that_it_says_nothing_about_seeds(made: Path) -> None:
    ladder(made, a=BELOW, b={1: 0.76})
    assert rung_told(made) == (
        "`b` 76.0 %, `a` 72.0 %: +4.0 points, with seed 1 alone. One seed says nothing about "
        "other seeds, so whether that is more than luck isn't shown."
    )
    assert "interval" not in rung_told(made)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ({0: 0.72, 1: 0.74, 2: 0.731}, "points (95 % interval +1.9 to +2.2, 3 pairs): better."),
        ({0: 0.68, 1: 0.71}, "−1.5 points (95 % interval −7.9 to +4.9, 2 pairs): these runs can't"),
        ({0: 0.68, 1: 0.699, 2: 0.69}, "−2.0 points (95 % interval −2.2 to −1.9, 3 pairs): worse."),
        ({1: 0.77, 2: 0.76, 7: 0.1}, "+5.0 points (95 % interval +5.0 to +5.0, 2 pairs): better."),
    ],
)  # fmt: skip
def test_of_the_seeds_that_both_have_the_pairs_decide(
    made: Path, above: dict[int, float], said: str
) -> None:
    ladder(made, a=BELOW, b=above)
    assert said in rung_told(made)
    assert "says nothing" not in rung_told(made)


def test_a_run_that_diverged_is_told_and_counts_for_nothing(made: Path) -> None:
    ladder(made, a=BELOW, b={0: 0.74, 1: float("nan")})
    assert "with seed 0 alone" in rung_told(made)
    assert rung_told(made).endswith(" With seed 1 `b` diverged.")


def test_rungs_without_a_seed_in_common_are_not_compared(made: Path) -> None:
    ladder(made, a={0: 0.7}, b={1: 0.74})
    assert rung_told(made) == "`b` and `a` have no seed in common yet: nothing to compare."


def test_a_whole_ladder_tells_what_is_shown_and_what_is_one_seed(made: Path) -> None:
    row = "rungs = ['ladder/a', 'ladder/b', 'ladder/c', 'ladder/d', 'ladder/e']"
    one = put(made, "ladder", "{n}", n=row)
    assert tell(one) == "None of 4 steps is measured yet."
    up = {seed: value + 0.03 + seed / 1000 for seed, value in BELOW.items()}
    level = {seed: value + (seed - 1) / 100 for seed, value in up.items()}
    ladder(made, a=BELOW, b=up, c=level, d={0: 0.9})
    forget()
    assert tell(one) == (
        "Of 4 steps 3 are measured; better than the rung below: `b`; can't be told from the rung "
        "below by these seeds: `c`; measured with one seed, which says nothing about others: `d`."
    )
    ladder(made, a=BELOW, b={seed: value - 0.1 + seed / 1000 for seed, value in BELOW.items()})
    forget()
    assert tell(one) == "Of 4 steps 1 is measured; worse than the rung below: `b`."


def test_a_rung_takes_no_limit_and_no_verdict(made: Path) -> None:
    for more in ("verdict = 'better'", "above = 0"):
        with pytest.raises(CourseError, match=r"verdict|takes nothing else"):
            put(made, "ladder", "{n}", n=f"rung = ['ladder/b', 'ladder/a'], {more}")


def test_lesson_18_tells_every_step_of_the_ladder_and_names_only_rungs() -> None:
    names = [f"ladder/{rung.name}" for rung in RUNGS]
    asked = [value for one in claims().values() if one.table == "ladder"
             for value in one.values.values()]  # fmt: skip
    steps = {tuple(value["rung"]) for value in asked if "rung" in value}
    neighbours = set(zip(names[1:], names, strict=False))
    # and the whole, without the rung that takes longest and with it
    assert steps == neighbours | {(name, names[0]) for name in names[-2:]}
    assert [value["rungs"] for value in asked if "rungs" in value] == [names]
