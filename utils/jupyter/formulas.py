"""Formulas in Markdown as MathML, which browsers draw themselves: a page then asks nobody for it.

latex2mathml reads the LaTeX, https://github.com/roniemartinez/latex2mathml.
"""

import re

from latex2mathml.converter import convert

__all__ = ["with_mathml"]

# Code is kept as it is; a block of formulas may go over lines, one in a line may not.
PARTS = re.compile(
    r"(?P<code>^(?P<fence>```+|~~~+).*?^(?P=fence)|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\$\w])\$(?P<line>(?! )(?:\\.|[^$\\\n])+(?<! ))\$(?!\d)",
    re.S | re.M,
)


def with_mathml(text: str) -> str:
    """Return Markdown whose formulas between dollars are MathML."""

    def replaced(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["line"]:
            return convert(match["line"])
        return f'\n<div class="formula">{convert(match["block"].strip(), display="block")}</div>\n'

    return PARTS.sub(replaced, text)
