"""The line that a person typed, with other options: what an error advises to type."""

import re
import shlex
from collections.abc import Sequence

import typer

__all__ = ["as_line", "retyped"]


def as_line(words: Sequence[str]) -> str:
    """Return words as one line for bash; a single one is a line already, which came in quotes.

    Of several, those with spaces or quotes are quoted anew. An && or a * among them was kept from
    the shell that it was typed in, so it was meant for the next one.
    """
    if len(words) == 1:
        return words[0]
    return " ".join(shlex.quote(one) if re.search(r"[\s'\"\\]|^$", one) else one for one in words)


def retyped(context: typer.Context, name: str | None, **changed: str) -> str:
    """Return `course …` as it was typed, its words replaced by a name, some options by others."""
    values: dict[str, object] = {}
    flags = {}
    for param in context.command.params:
        source = context.get_parameter_source(param.name or "")
        if param.name and param.param_type_name == "option":
            flags[param.name] = param.opts[0]
            if source and source.name == "COMMANDLINE" and param.name != "task":
                values[param.name] = context.params[param.name]
    words = [context.command_path, *([_quoted(name)] if name else [])]
    for option, value in ({**values, **changed}).items():
        for one in value if isinstance(value, list | tuple) else [value]:
            words += [flags[option]] if one is True else [flags[option], _quoted(str(one))]
    return " ".join(words)


def _quoted(text: str) -> str:
    """Return a text in quotes where a shell wants them: double ones, which all shells know."""
    if shlex.quote(text) == text:
        return text
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'
