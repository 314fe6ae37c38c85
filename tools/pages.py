"""Pages of docs/ whose parts are computed: tables, wrapped text, and what stands between two marks.

Knows nothing of what is told.
"""

import textwrap
from collections.abc import Iterable, Mapping

__all__ = ["WIDTH", "renewed", "table", "wrapped"]

WIDTH = 110  # of a page's lines, but for tables


def wrapped(text: str, indent: str = "") -> str:
    """Return a paragraph in lines; indent: of all but the first."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[object]], numbers: int = 0) -> str:
    """Return a Markdown table; numbers: how many of its last columns are aligned right."""
    heads = list(heads)
    rule = ["---"] * (len(heads) - numbers) + ["---:"] * numbers
    lines = [heads, rule, *([str(cell).replace("|", r"\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def renewed(page: str, parts: Mapping[str, str], by: str) -> str:
    """Return a page's text with its generated parts made anew.

    parts: by the name in the mark `<!-- begin NAME: written by BY -->`; each ends at the next
    `<!-- end -->`. Raises ValueError where the page has no such part.
    """
    for name, text in parts.items():
        begin, end = f"<!-- begin {name}: written by {by} -->", "<!-- end -->"
        before, found, rest = page.partition(begin)
        if not found or end not in rest:
            raise ValueError(f"the page has no part {name} between {begin} and {end}")
        page = f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    return page
