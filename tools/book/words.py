"""Words of the glossary in a lesson's prose become links to it, each where it first stands."""

import re

from tools.glossary_page import anchor, glossary

__all__ = ["Words"]

# What isn't prose, or is a link, a title or a birth place already.
KEPT = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\([^()\s]*\)"
    r"|^#.*?$|<[^>]*>|\*\*[^*]*\*\*|\[\^?[^\]]*\]:.*?$",
    re.S | re.M,
)


class Words:
    """The terms that a lesson may link to: those born in earlier lessons, but for everyday words.

    lesson: its number, two digits.
    """

    def __init__(self, lesson: str) -> None:
        terms = [one for one in glossary() if one.lesson < lesson and not one.everyday]
        self._left = {
            one.name: re.compile(rf"(?<![\w-]){re.escape(one.name)}(?![\w-])") for one in terms
        }

    def link(self, text: str) -> str:
        """Return Markdown in which each term that had no link yet has one, at its first place."""
        for name in sorted(self._left, key=len, reverse=True):
            pattern, start = self._left[name], 0
            while match := pattern.search(text, start):
                kept = next((one for one in KEPT.finditer(text)
                             if one.start() <= match.start() < one.end()), None)  # fmt: skip
                if kept is None:
                    to = f"[{match[0]}](../docs/glossary.md#{anchor(name)})"
                    text = text[: match.start()] + to + text[match.end() :]
                    del self._left[name]
                    break
                start = kept.end()
        return text
