"""Write docs/glossary.md of data/glossary.toml: each word of the course in one sentence.

python -m tools.glossary_page
"""

import re
import tomllib
from dataclasses import dataclass

from utils import settings
from utils.files import write_whole
from utils.settings import ROOT

__all__ = ["Term", "anchor", "glossary", "page"]

SOURCE, PAGE = ROOT / "data" / "glossary.toml", ROOT / "docs" / "glossary.md"


@dataclass(frozen=True)
class Term:
    """A word of the course.

    lesson: the number of the one that explains it first. also: its other names. zh: in Chinese;
    empty where people who speak Chinese say the English name. everyday: the word means something
    else in most sentences, so that the book doesn't link each one.
    """

    name: str
    lesson: str
    says: str
    also: tuple[str, ...] = ()
    zh: str = ""
    everyday: bool = False


def glossary() -> list[Term]:
    """Return all terms in the order of the lessons."""
    rows = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["term"]
    return [Term(**(row | {"also": tuple(row.get("also", ()))})) for row in rows]


def anchor(name: str) -> str:
    """Return the anchor of a term's heading, as Sphinx and GitHub both make it."""
    return re.sub(r"[^a-z0-9 -]", "", name.lower()).strip().replace(" ", "-")


def page() -> str:
    """Return the page's Markdown: the terms by their alphabet."""
    stems = {path.name[:2]: path.stem for path in settings.lessons()}
    blocks = [
        "# The course's words\n\nEach stands in bold where a lesson explains it first. In one "
        "sentence, with its other names and its name in Chinese. Made by "
        "`python -m tools.glossary_page` of `data/glossary.toml`."
    ]
    for term in sorted(glossary(), key=lambda one: one.name.lower()):
        where = f"[notebook {term.lesson}](../notebooks/{stems[term.lesson]}.ipynb)"
        also = f" Also: {', '.join(term.also)}." if term.also else ""
        zh = f" 中文：{term.zh}。" if term.zh else ""
        blocks.append(f"## {term.name}\n\n{term.says} {where}.{also}{zh}")
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    write_whole(PAGE, page())
