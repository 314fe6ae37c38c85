"""`course class collect` on the files of 200 made-up learners, forged and damaged ones too."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hostile import LESSON, cells_of, hand_in, solved

from utils.classroom.class_table import class_lines, write_class
from utils.classroom.gathering import collect, stops
from utils.classroom.handed_in import handed_in
from utils.errors import CourseError
from utils.exercises import progress
from utils.exercises.items import items
from utils.exercises.progress import COLUMNS, Event, export, standings

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ITEMS = list(items())
EXERCISES = [one.name for one in ITEMS if one.kind == "exercise"]
NAMES = ["Zoë Müller", "李小龍", "Мария Иванова", "محمد علي", "=cmd()", "O'Brien; Ann", "أحمد 😀"]


def events(solved_count: int, stuck_after: bool = True, tries: int = 2, start=START) -> list[Event]:
    """Return the events of a learner who has solved so many exercises, and is stuck at the next."""
    found, time = [], start
    for name in EXERCISES[: solved_count + stuck_after]:
        for attempt in range(tries):
            time += timedelta(minutes=3)
            right = attempt == tries - 1 and name != EXERCISES[solved_count]
            found.append(Event(time, "exercise", name, right))
    return found


def as_export(path, made, name):
    path.parent.mkdir(parents=True, exist_ok=True)
    export(path, standings(ITEMS, made), name, events=made)
    return path


def as_log(made) -> str:
    lines = [{"version": 2, "time": one.time.isoformat(), "kind": one.kind, "name": one.name,
              "passed": one.passed} for one in made]  # fmt: skip
    return "".join(json.dumps(one) + "\n" for one in lines)


def edited(path, change):
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(change(text), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return what 200 learners handed in: 193 by number, seven with names of all scripts."""
    top = tmp_path_factory.mktemp("progress")
    for number in range(193):
        made = events(number % 20, tries=1 + number % 3, start=START + timedelta(hours=number))
        place = top / f"Learner {number}_{number + 1000}_assignsubmission_file_"
        if number % 2:
            as_export(place / "progress.csv", made, f"Learner {number}")
        else:
            hand_in(place / "progress.jsonl", as_log(made))
    for number, name in enumerate(NAMES):
        as_export(top / f"flat-{number}.csv", events(3), name)
    return top


@pytest.fixture(scope="module")
def found(folder):
    return collect(folder)


def test_each_of_200_learners_is_there_once_by_the_name_given(found):
    names = [one.name for one in found.learners]
    assert len(names) == len(set(names)) == 200
    assert {"Zoë Müller", "李小龍", "Мария Иванова", "محمد علي", "Learner 7"} <= set(names)
    assert found.refused == ()


def test_each_is_where_the_file_says(found):
    by_name = {one.name: one for one in found.learners}
    assert len(by_name["Learner 7"].solved) == 7 and by_name["Learner 7"].tries == 2
    assert by_name["Learner 8"].where == EXERCISES[8][:2]
    assert (
        by_name["Learner 8"].last == events(8, tries=3, start=START + timedelta(hours=8))[-1].time
    )
    assert by_name["Learner 0"].solved == [] and by_name["Learner 0"].tries is None


def test_the_exercise_that_stops_most_stands_first_with_its_tries(found):
    counts = {one.exercise: one for one in stops(found)}
    # Learners 0 to 192 are stuck at number % 20; the seven others at the fourth exercise.
    assert stops(found)[0].exercise == EXERCISES[3]
    assert counts[EXERCISES[3]].stopped == 10 + 7
    assert counts[EXERCISES[0]].solved == 193 - 10 + 7
    assert counts[EXERCISES[0]].tries == pytest.approx(2, abs=0.05)


def test_the_table_has_a_row_a_learner_and_item_and_no_formula(found, tmp_path):
    write_class(tmp_path / "class.csv", found)
    text = (tmp_path / "class.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 200 * len(ITEMS)
    assert not [one for one in rows if one["learner"].startswith("=")]
    seven = [one for one in rows if one["learner"] == "Learner 7" and one["done"] == "yes"]
    assert len(seven) == 7 and {one["number"] for one in seven} == {"1007"}


def test_the_page_names_everybody(found, tmp_path):
    write_class(tmp_path / "class.html", found)
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("Zoë Müller", "李小龍", "محمد علي", "Learner 192"))
    with pytest.raises(CourseError, match="neither"):
        write_class(tmp_path / "class.pdf", found)


# Damaged and forged


FORGERIES = {
    "solved without a try": (lambda text: text.replace(",yes,", ",yes,", 1).replace(
        ":00+00:00,2", ":00+00:00,0", 1), "contradicts itself: done without a time or a try"),
    "solved without a time": (lambda text: text.replace("2026-11-02T09:06:00+00:00", "", 1),
                              "contradicts itself"),
    "in the future": (lambda text: text.replace("2026-11-02T09:06", "2096-11-02T09:06", 1),
                      "has a time that can't be"),
    "no exercise of ours": (lambda text: text.replace("01.1,yes", "01.77,yes", 1),
                            "has an item that the course hasn't: exercise 01.77"),
    "a row twice": (lambda text: text + text.splitlines()[2] + "\n", "says the same item twice"),
    "rows taken out": (lambda text: "\n".join(text.splitlines()[:40]) + "\n", "lacks "),
    "words for a number": (lambda text: text.replace(",no,,0", ",no,,many", 1), "can't be read"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_table_that_contradicts_itself_is_named_and_the_rest_of_it_read(forgery, tmp_path):
    change, said = FORGERIES[forgery]
    edited(as_export(tmp_path / "ada.csv", events(5), "Ada"), change)
    (ada,) = collect(tmp_path).learners
    assert any(said in text and "ada.csv" in text for text in ada.remarks), ada.remarks
    assert len(ada.solved) in (4, 5)


def test_an_honest_table_is_called_nothing(tmp_path):
    as_export(tmp_path / "ada.csv", events(5), "Ada")
    (ada,) = collect(tmp_path).learners
    assert ada.remarks == () and len(ada.solved) == 5


def test_five_exercises_within_seconds_are_named(tmp_path):
    made = [Event(START + timedelta(seconds=n), "exercise", name, True)
            for n, name in enumerate(EXERCISES[:6])]  # fmt: skip
    as_export(tmp_path / "ada.csv", made, "Ada")
    (ada,) = collect(tmp_path).learners
    assert ada.remarks == ("ada.csv has 5 exercises solved within 15 seconds",)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"\xff\xfe\x00", "isn't in UTF-8"),
        ("a.csv", b"", "has no column learner"),
        ("a.csv", b"x,y\n1,2\n", "has no column learner"),
        ("a.csv", (",".join(COLUMNS) + "\n").encode(), "has no rows"),
        ("a.csv", (",".join(COLUMNS) + '\n"').encode(), "is a damaged table"),
        ("a.jsonl", b"\x00\xff", "has no line that can be read"),
        ("a.jsonl", b"[" * 100_000, "has no line that can be read"),
        ("a.ipynb", b"{}", "is no notebook of format 4"),
        ("a.ipynb", b'{"cells": []}', "has no exercise of this course"),
        ("a.zip", b"PK", "is a damaged zip"),
        ("a.rar", b"Rar!", "is packed: unpack it first"),
    ],
)
def test_what_cannot_be_read_is_named_never_raised(name, content, why, tmp_path):
    hand_in(tmp_path / "Ada" / name, content)
    found = collect(tmp_path)
    (refused,) = found.refused
    assert (refused.learner, refused.place) == ("Ada", f"Ada/{name}") and why in refused.why
    assert "Not read" in class_lines(found)


def test_a_table_that_a_spreadsheet_saved_with_semicolons_is_read(tmp_path):
    edited(as_export(tmp_path / "ada.csv", events(5), "Ada"), lambda text: text.replace(",", ";"))
    (ada,) = collect(tmp_path).learners
    assert len(ada.solved) == 5 and ada.remarks == ()


def test_a_log_out_of_order_or_with_lines_of_dirt_is_named(tmp_path):
    text = as_log(list(reversed(events(3)))) + "no event\n"
    hand_in(tmp_path / "Ada" / "progress.jsonl", text)
    (ada,) = collect(tmp_path).learners
    assert len(ada.solved) == 3
    assert [text.partition(" ")[2] for text in ada.remarks] == [
        "1 lines can't be read",
        "has lines out of order: it was edited, or the clock was set",
    ]


# The same learner twice, two of one name


def test_of_one_learners_two_files_the_newest_counts_and_it_is_said(tmp_path):
    as_export(tmp_path / "ada.csv", events(2), "Ada Lovelace")
    as_export(tmp_path / "ada (1).csv", events(6), "ada  LOVELACE")
    (ada,) = collect(tmp_path).learners
    assert len(ada.solved) == 6
    assert ada.remarks == ("2 progress files; the newest counts, ada (1).csv",)


def test_two_learners_of_one_name_stay_two_by_the_platforms_numbers(tmp_path):
    for number in (1, 2):
        place = tmp_path / f"Kim Lee_{number}_assignsubmission_file_"
        as_export(place / "progress.csv", events(number), "Kim Lee")
    found = collect(tmp_path).learners
    assert [(one.name, len(one.solved)) for one in found] == [
        ("Kim Lee (1)", 1),
        ("Kim Lee (2)", 2),
    ]


def test_a_table_with_another_name_than_its_folder_is_named(tmp_path):
    as_export(tmp_path / "Eve" / "progress.csv", events(9), "Ada")
    (eve,) = collect(tmp_path).learners
    assert eve.name == "Eve" and eve.remarks == ("Eve/progress.csv gives the name Ada",)


def test_notebooks_count_as_handed_in_not_as_solved(tmp_path):
    hand_in(tmp_path / "Ada" / f"{LESSON}.ipynb", solved())
    hand_in(tmp_path / "Bob" / f"{LESSON}.ipynb", cells_of(LESSON))
    ada, bob = collect(tmp_path).learners
    assert ada.handed == {f"05.{n}" for n in (1, 2, 3, 4)} and ada.solved == []
    assert bob.handed == frozenset()


def test_a_whole_zip_of_a_platform_is_read_as_its_folders_are(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    assert [one.name for one in collect(tmp_path / "all.zip").learners] == [
        one.name for one in collect(folder).learners]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "learner", "number"),
    [
        ("Ada Lovelace_123_assignsubmission_file_/05_hidden_layer.ipynb", "Ada Lovelace", "123"),
        ("Ada Lovelace_123_assignsubmission_file_05_hidden_layer.ipynb", "Ada Lovelace", "123"),
        ("Ada/work/05_hidden_layer.ipynb", "Ada", ""),
        ("12345-678 - Ada Lovelace - Nov 3, 2026 1003 AM/a.ipynb", "Ada Lovelace", "12345-678"),
        ("Ada Lovelace - 05_hidden_layer (1).ipynb", "Ada Lovelace", ""),
        ("lovelaceada_LATE_123_4567_05_hidden_layer-1.ipynb", "lovelaceada", "123"),
        ("lovelaceada_123_4567_05_hidden_layer.ipynb", "lovelaceada", "123"),
        ("TaughtLesson 5_alovelace_attempt_2026-11-03-10-00-00_05_hidden.ipynb", "alovelace", ""),
        ("ada_05_hidden_layer.ipynb", "ada", ""),
        ("李小龍 - 05_hidden_layer.ipynb", "李小龍", ""),
        ("ada.ipynb", "ada", ""),
    ],
)
def test_a_learner_is_named_as_the_platform_names_them(place, learner, number, tmp_path):
    hand_in(tmp_path / place, b"{}")
    (one,) = handed_in(tmp_path, (".ipynb",)).files
    assert (one.learner, one.number) == (learner, number)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CourseError, match="There is no folder"):
        collect(tmp_path / "nowhere")


def test_nothing_of_the_teachers_own_progress_is_touched(found):
    path = progress.settings.progress_path()
    assert path is None or not path.exists()
