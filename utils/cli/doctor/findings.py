"""What a check found, and how findings are printed; knows nothing of what is checked."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "fault", "note", "ok", "report"]

Level = Literal["ok", "note", "fault"]

_SYMBOLS: dict[Level, str] = {"ok": "✓", "note": "!", "fault": "✗"}
_COLORS: dict[Level, str] = {"ok": "\x1b[32m", "note": "\x1b[33m", "fault": "\x1b[31m"}


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    level: `fault` where the course can't run, `note` where something is worth knowing.
    remedy: what to do about it, as one sentence; empty only where all is well.
    """

    level: Level
    subject: str
    text: str
    remedy: str = ""


def ok(subject: str, text: str) -> Finding:
    """Return a finding that all is well."""
    return Finding("ok", subject, text)


def note(subject: str, text: str, remedy: str) -> Finding:
    """Return a finding that doesn't stop the course."""
    return Finding("note", subject, text, remedy)


def fault(subject: str, text: str, remedy: str) -> Finding:
    """Return a finding that stops the course."""
    return Finding("fault", subject, text, remedy)


def report(findings: Sequence[Finding], color: bool | None = None) -> str:
    """Return the findings as text, a line each, the remedy below, and a last line that sums up.

    color: unless given, only on a terminal where NO_COLOR isn't set.
    """
    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = max((len(finding.subject) for finding in findings), default=0)
    lines = []
    for finding in findings:
        mark = f"{_SYMBOLS[finding.level]} {finding.level:<5}"
        if color:
            mark = f"{_COLORS[finding.level]}{mark}\x1b[0m"
        lines.append(f"{mark}  {finding.subject:<{width}}  {finding.text}")
        if finding.remedy:
            lines.append(f"{'':{width + 11}}→ {finding.remedy}")
    return "\n".join([*lines, "", _summary(findings)])


def _summary(findings: Sequence[Finding]) -> str:
    faults, notes = (sum(f.level == level for f in findings) for level in ("fault", "note"))
    told = f"{faults} fault{'s' * (faults != 1)}, {notes} note{'s' * (notes != 1)}"
    ending = "can't run before that is mended" if faults else "can run"
    return f"{told}: the course {ending}."
