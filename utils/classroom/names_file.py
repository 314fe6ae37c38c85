"""Which learner's numbers were drawn by which name: a teacher's table of two columns.

Knows nothing of numbers.
"""

import csv
import io
import unicodedata
from pathlib import Path

from utils.errors import CourseError

__all__ = ["read"]


def read(path: Path) -> dict[str, str]:
    """Return, from a learner's name as reports show it, in small letters, to COURSE_LEARNER's.

    Raises CourseError where the file can't be read as such a table.
    """
    remedy = "Write a line for each learner: Ada Lovelace,ada"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it isn't in UTF-8"
        raise CourseError(f"{path} can't be read ({reason}).", remedy) from error
    found = {}
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if not any(row):
            continue
        if len(row) != 2:
            raise CourseError(f"{path.name}, line {number} has {len(row)} columns.", remedy)
        plain = unicodedata.normalize("NFKC", row[0]).casefold()
        found[" ".join(plain.split())] = row[1].strip()
    return found
