"""Every command that the repository tells a person to type, found in its sources and pages.

In code: what stands in the sentences of errors, notes and lines that are printed; docstrings and
comments aren't read. In pages, notebooks too: what stands in backticks or on an indented line.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator

from typer.main import get_command

from utils.cli.main import app
from utils.cli.options import flag
from utils.settings import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "data/README.md", "floyd.yml")

# A command begins with a program's name and goes on with at least one word.
PROGRAM = r"(?:course|make|git|pip|python -m|export|unset|sky|brew|wsl|uv)"
# In backticks or <code>, or on a line of its own, it is all there is.
MARKED = re.compile(rf"(?:`|<code>)({PROGRAM} [^`<]+)(?:`|</code>)")
INDENTED = re.compile(rf"(?m)^(?:#? {{4,}})({PROGRAM} .+)$")
# Else it follows a colon, or is one of ours by its name, and ends where the sentence goes on.
SUBCOMMAND = "|".join(map(re.escape, get_command(app).commands))
_ENDS = r"(?=\.?(?:\s{2}|\.\s|\n|$)|[,;] | \()"
BARE = re.compile(
    rf"(?:(?<=: ){PROGRAM} \S.*?|(?<![Tt]he )\bcourse (?:{SUBCOMMAND})\b.*?){_ENDS}|"
    r"(?<![\w-])(?:unset|export) [A-Z_]{3,}"
)
WORD_TO_FILL = re.compile(r"\{.*?\}|\b[A-Z]{4,}\b(?![_=])")


def commands() -> dict[str, list[str]]:
    """Return the places of each command; what is to be filled in is {} in it."""
    found = defaultdict(list)
    for place, command in [*_in_code(), *_in_pages(), *_in_notebooks()]:
        found[command].append(place)
    return dict(found)


def in_text(text: str, is_page: bool) -> Iterator[str]:
    """Yield the commands in a text."""
    for one in MARKED.findall(text):
        yield _plain(one)
    if is_page:
        for one in INDENTED.findall(text):
            yield _plain(re.split(r"\s{2,}", one)[0])  # what follows is a comment
    else:
        for one in BARE.findall(MARKED.sub("", text)):
            yield _plain(one)


def _plain(command: str) -> str:
    command = re.sub(r"`(\w+)`", lambda found: flag(found[1]), " ".join(command.split()))
    if not command.startswith(("export", "unset")):
        command = WORD_TO_FILL.sub("{}", command)
    return command.rstrip(".")


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each string but docstrings; of an f-string with its {}."""
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }

    def below(node: ast.AST) -> Iterator[tuple[int, str]]:
        if id(node) in documents:
            return
        if (text := _text(node)) is not None:
            yield node.lineno, text
            return
        for one in ast.iter_child_nodes(node):
            yield from below(one)

    yield from below(tree)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) or "{}" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = _text(node.left), _text(node.right)
        return "".join(one or "" for one in parts) if any(parts) else None
    return None


def _in_code() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "utils").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for line, text in sentences(ast.parse(path.read_text(encoding="utf-8"))):
            yield from ((f"{place}:{line}", one) for one in in_text(text, is_page=False))


def _in_pages() -> Iterator[tuple[str, str]]:
    pages = [*(ROOT / name for name in PAGES), *sorted((ROOT / "docs").glob("*.md"))]
    pages += sorted((ROOT / "utils" / "templates").iterdir())
    for path in pages:
        place = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        yield from ((place, one) for one in in_text(text, is_page=True))


def _in_notebooks() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        place = path.relative_to(ROOT).as_posix()
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            yield from ((place, one) for one in in_text(text, cell["cell_type"] == "markdown"))
