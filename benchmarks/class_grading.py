"""How long `course class grade` takes for 200 notebooks: made-up learners, some of them hostile.

python -m benchmarks.class_grading            # over all lessons
python -m benchmarks.class_grading --one 05   # all of one lesson
"""

import argparse
import json
import os
import random
import resource
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from utils import settings
from utils.classroom.class_table import write_grades
from utils.classroom.grading import grade
from utils.files import duration

LOOP = "while True:\n    pass\n"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def handed_in(lesson: Path, luck: random.Random, hostile: bool) -> dict[str, Any]:
    """Return a lesson with three of four exercises solved; a hostile one loops in the first."""
    solution = read(lesson.parent / "solutions" / lesson.name)
    right = {cell["id"]: cell["source"] for cell in solution["cells"]}
    notebook = read(lesson)
    for cell in notebook["cells"]:
        if "exercise" in cell["metadata"].get("tags", []) and luck.random() < 0.75:
            cell["source"] = [LOOP, *right[cell["id"]]] if hostile else right[cell["id"]]
            hostile = False
    return notebook


def main() -> None:
    """Make the class, grade it, and print the time and how many answers were right."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--one", help="a lesson's number, such as 05")
    words.add_argument("--count", type=int, default=200)
    words.add_argument("--hostile", type=int, default=10, help="of them with an endless loop")
    words.add_argument("--output", type=Path, help="a page or a table of the grades")
    asked = words.parse_args()
    luck = random.Random(0)
    lessons = [path for path in settings.lessons() if asked.one in (None, path.name[:2])]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.count):
            lesson = lessons[number % len(lessons)]
            place = Path(folder, f"Learner {number}_{1000 + number}_assignsubmission_file_")
            place.mkdir()
            content = handed_in(lesson, luck, number % (asked.count // asked.hostile) == 0)
            (place / lesson.name).write_text(json.dumps(content), encoding="utf-8")
        before = os.getloadavg()[0]
        grades = grade(Path(folder))
    states = Counter(mark.state for one in grades.graded for mark in one.marks)
    print(f"{len(grades.graded)} notebooks, {states.total()} exercises: {dict(states)}")
    cpu = sum(sum(resource.getrusage(who)[:2])
              for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    print(f"{duration(grades.seconds)} on {os.cpu_count()} cores, {duration(cpu)} of CPU; "
          f"load before {before:.1f}, after {os.getloadavg()[0]:.1f}")  # fmt: skip
    if asked.output:
        write_grades(asked.output, grades)


if __name__ == "__main__":
    main()
