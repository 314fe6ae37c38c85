"""docs/teaching.md: its plans add up; lessons, sections and exercises that it names are there."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from contents import LESSONS, headings, read
from nbformat import NotebookNode

from utils import settings
from utils.classroom.needed import Cell
from utils.exercises.items import items

PAGE = (settings.ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
README = (settings.ROOT / "README.md").read_text(encoding="utf-8")
PARTS = ("Goes wrong", "Ask", "Leave out", "In the room", "Leads on")
LESSON_ROW = re.compile(r"\[(\d\d)\]\(#\1--[^)]*\)")
HOME = ", at home"


@dataclass(frozen=True)
class Lesson:
    """What a lesson says of itself, and the page's section of it."""

    number: str
    title: str
    minutes: int
    needs: frozenset[str]


@cache
def notebook(number: str) -> NotebookNode:
    return read(next(path for path in LESSONS if path.name.startswith(number)))


@cache
def lessons() -> dict[str, Lesson]:
    """Return the lessons by their numbers, as their headers have them."""
    found = {}
    for path in LESSONS:
        number, head = path.name[:2], notebook(path.name[:2]).cells[0].source
        minutes = re.search(r"\*\*Time\*\* (\d+) min", head)
        title = re.search(r"^# \d\d · ([^:\n]+)", head)
        assert minutes and title, path.name
        needs = re.findall(r"\((\d\d)_\w+\.ipynb\)", head.partition("**Needs**")[2])
        found[number] = Lesson(number, title[1], int(minutes[1]), frozenset(needs))
    return found


def part(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one that isn't deeper."""
    marks = len(heading.partition(" ")[0])
    _, found, rest = page.partition(f"\n{heading}\n")
    assert found, f"no heading {heading}"
    return re.split(rf"(?m)^#{{1,{marks}}} ", rest)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table's rows, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def stated(page: str, sentence: str) -> int:
    found = re.search(sentence, " ".join(page.split()))
    assert found, sentence
    return int(found[1])


def clock(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


# The plans.


def wrong_minutes(what: str, lesson: str, exercises: str, minutes: str) -> Iterator[str]:
    """Yield what doesn't add up in a row of a plan."""
    named = LESSON_ROW.match(what)
    if named and int(lesson or 0) != lessons()[named[1]].minutes:
        yield f"{named[1]}: {lesson} minutes, its header says {lessons()[named[1]].minutes}"
    if named and int(lesson or 0) + int(exercises or 0) != int(minutes):
        yield f"{named[1]}: {lesson} and {exercises} aren't {minutes}"
    if not named and (lesson or exercises):
        yield f"{what} is no lesson"


def wrong_days(page: str) -> Iterator[str]:
    """Yield what doesn't add up in the two days."""
    most = 60 * stated(page, r"A day is at most (\d+) hours")
    for day in ("### Day 1", "### Day 2"):
        *table, last = rows(part(page, day))
        for (start, *row), (then, *_) in zip(table, [*table[1:], last], strict=True):
            yield from wrong_minutes(*row)
            if clock(start) + int(row[-1]) != clock(then):
                yield f"{day}: {start} and {row[-1]} minutes isn't {then}"
        if clock(last[0]) - clock(table[0][0]) > most:
            yield f"{day} is longer than {most} minutes"


def wrong_weeks(page: str) -> Iterator[str]:
    """Yield what doesn't add up in the eight weeks."""
    most = {
        False: stated(page, r"A session is at most (\d+) minutes"),
        True: stated(page, r"work at home at most (\d+) minutes"),
    }
    sums: dict[str, int] = defaultdict(int)
    for week, *row in rows(part(page, "## Eight weeks")):
        yield from wrong_minutes(*row)
        sums[week] += int(row[-1])
    for week, minutes in sums.items():
        if minutes > most[week.endswith(HOME)]:
            yield f"week {week}: {minutes} minutes"
    if [week for week in sums if not week.endswith(HOME)] != list("12345678"):
        yield f"not eight weeks: {list(sums)}"


def wrong_order(whats: Iterable[str]) -> Iterator[str]:
    """Yield the lessons of a plan that come before what they need, twice, or not at all."""
    order = [found[1] for what in whats if (found := LESSON_ROW.match(what))]
    for place, number in enumerate(order):
        if lacking := lessons()[number].needs - set(order[:place]):
            yield f"{number} needs {', '.join(sorted(lacking))} before it"
    if sorted(order) != sorted(lessons()):
        yield f"not each lesson once: {sorted(order)}"


def wrong_plans(page: str) -> Iterator[str]:
    yield from wrong_days(page)
    yield from wrong_weeks(page)
    home = rows(part(page, "### Left for home"))
    for what, minutes, why in home:
        yield from wrong_minutes(what, minutes, "", minutes)
        if not why:
            yield f"{what} is left for home without a reason"
    days = [row[1] for day in ("### Day 1", "### Day 2") for row in rows(part(page, day))]
    yield from wrong_order([*days, *(row[0] for row in home)])
    yield from wrong_order(row[1] for row in rows(part(page, "## Eight weeks")))


# The lessons, one by one.


def section_of(page: str, lesson: Lesson) -> str:
    return part(page, f"### {lesson.number} · {lesson.title}")


def said(section: str, name: str) -> str:
    """Return the paragraph of a lesson's section that begins with a name in bold."""
    found = re.search(rf"(?ms)^\*\*{name}\*\*(.*?)(?:\n\n|\Z)", section)
    return " ".join(found[1].split()) if found else ""


def left_out(section: str) -> list[tuple[bool, str, str]]:
    """Return what may be left out: within a section or all of it, its number, the title."""
    found = re.findall(r"(in )?(\d+) \*([^*]+)\*", said(section, "Leave out"))
    return [(bool(inside), number, title) for inside, number, title in found]


@cache
def placed(number: str) -> list[tuple[str, str, set[str], set[str]]]:
    """Return each code cell as section, subsection, names that it uses, names that it gives."""
    titles, section, below, found = defaultdict(list), "", "", []
    for level, text, cell in headings(notebook(number)):
        titles[cell.id].append((level, text))
    for cell in notebook(number).cells:
        for level, text in titles[cell.id]:
            section, below = (text, "") if level == 2 else (section, text)
        if cell.cell_type == "code":
            code = Cell(cell.id, cell.source)
            found.append((section, below, code.uses(), code.gives()))
    return found


def needing(number: str, inside: bool, section: str, title: str) -> Iterator[str]:
    """Yield the names that later cells take from a section that may be left out."""
    given: dict[str, bool] = {}
    for one, below, uses, gives in placed(number):
        out = one.startswith(f"{section}  ") and (below == title or not inside)
        if not out:
            yield from (name for name in uses if given.get(name))
        given |= dict.fromkeys(gives, out)


def wrong_omissions(page: str, lesson: Lesson) -> Iterator[str]:
    """Yield sections to leave out that aren't there, or that another cell needs."""
    above, there = "", set()
    for level, text, _ in headings(notebook(lesson.number)):
        above = text.partition("  ")[0] if level == 2 else above
        there.add((level == 3, above, text.partition("  ")[2] if level == 2 else text))
    omissions = left_out(section_of(page, lesson))
    if not omissions:
        yield f"{lesson.number}: nothing to leave out"
    for inside, number, title in omissions:
        if (inside, number, title) not in there:
            yield f"{lesson.number} has no section {number} {title}"
        elif names := sorted(set(needing(lesson.number, inside, number, title))):
            yield f"{lesson.number}, {number} {title}: others need its {', '.join(names)}"


def wrong_names(page: str, lesson: Lesson) -> Iterator[str]:
    """Yield exercises and sections that a lesson's section names and that aren't there."""
    section = section_of(page, lesson)
    exercises = {item.name for item in items() if item.kind == "exercise"}
    in_room = re.findall(r"exercises? (\d)(?: and (\d))?", said(section, "In the room"))
    named = {f"{lesson.number}.{one}" for pair in in_room for one in pair if one}
    quoted = re.findall(r"\b\d\d\.\d\b", section)
    yield from (f"no exercise {one}" for one in sorted({*named, *quoted} - exercises))
    yield from (f"{lesson.number}: no {name}" for name in PARTS if f"**{name}**" not in section)
    if not named or not quoted or not re.search(r"^\*[^*]+\?\*", said(section, "Ask")):
        yield f"{lesson.number}: a question, a wrong answer or an exercise for the room is missing"
    for number, other in re.findall(r"\b[Ss]ection (\d+)(?:'s)?(?: of (\d\d))?", section):
        if not any(one.startswith(f"{number}  ") for one, *_ in placed(other or lesson.number)):
            yield f"{other or lesson.number} has no section {number}"


def test_the_plans_add_up_and_no_lesson_comes_before_what_it_needs() -> None:
    assert list(wrong_plans(PAGE)) == []


@pytest.mark.parametrize("number", lessons())
def test_a_lesson_has_its_section_and_all_that_it_names_is_there(number: str) -> None:
    assert list(wrong_names(PAGE, lessons()[number])) == []


@pytest.mark.parametrize("number", lessons())
def test_what_may_be_left_out_stands_in_the_lesson_and_no_other_cell_needs_it(number: str) -> None:
    assert list(wrong_omissions(PAGE, lessons()[number])) == []


def test_the_readme_has_each_lessons_minutes() -> None:
    found = re.findall(r"(?m)^\| \[(\d\d) [^|]*\|[^|]*\| (\d+) \|$", README)
    assert dict(found) == {number: str(one.minutes) for number, one in lessons().items()}


SEVEN = "| 09:15 | [07](#07--convolution) convolution | 35 | 20 | 55 |\n"


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("| 10:05 |", "| 10:06 |", "isn't 10:06"),
        ("| 30 | 15 | 45 |", "| 31 | 15 | 46 |", "its header says 30"),
        ("| 30 | 15 | 45 |", "| 30 | 16 | 45 |", "aren't 45"),
        ("| break | | | 15 |", "| break | 5 | | 15 |", "is no lesson"),
        ("at most 7 hours", "at most 6 hours", "is longer than 360"),
        ("at most 120 minutes", "at most 119 minutes", "week 1: 120"),
        ("at most 90", "at most 80", "week 8, at home: 85"),
        ("| 8 | break | | | 10 |\n", "| 9 | break | | | 10 |\n", "not eight weeks"),
        (SEVEN, SEVEN.replace("[07](#07--convolution)", ""), "11 needs 07"),
        ("| 40 | it needs 10 |", "| 40 | |", "without a reason"),
    ],
)
def test_a_plan_that_does_not_add_up_is_told(right: str, wrong: str, complaint: str) -> None:
    assert right in PAGE
    assert any(complaint in one for one in wrong_plans(PAGE.replace(right, wrong, 1)))


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("6 *Does it always end?*", "6 *Does it ever end?*", "has no section 6"),
        ("6 *Does it always end?*", "5 *Does it always end?*", "has no section 5"),
        ("6 *Does it always end?*", "in 6 *Does it always end?*", "has no section 6"),
        ("6 *Does it always end?*", "3 *Weights are a line*", "others need its draw_gate"),
        ("6 *Does it always end?*", "nothing", "nothing to leave out"),
        ("(01.2)", "(01.9)", "no exercise 01.9"),
        ("exercises 1 and 2", "exercises 1 and 7", "no exercise 01.7"),
        ("Why can't section 4's", "Why can't section 14's", "01 has no section 14"),
        ("**Ask** *", "**Ask** ", "is missing"),
        ("**Leads on**", "Then", "01: no Leads on"),
    ],
)
def test_a_section_that_names_what_is_not_there_is_told(
    right: str, wrong: str, complaint: str
) -> None:
    page, first = PAGE.replace(right, wrong), lessons()["01"]
    told = [*wrong_names(page, first), *wrong_omissions(page, first)]
    assert page != PAGE and any(complaint in one for one in told)
