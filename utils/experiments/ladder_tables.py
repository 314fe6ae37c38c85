"""The leaderboard as text: Markdown, blocks for a narrow terminal, HTML, an alt text.

Places in, text out: knows nothing of how they were found.
"""

import math
import textwrap

from utils.experiments.ladder_board import Leaderboard, Place
from utils.experiments.sentences import against_text
from utils.files import render

__all__ = ["board_blocks", "board_html", "board_markdown", "board_text", "describe"]

FINDING = ("Place", "Validation accuracy", "Seeds", "Difference")
COST = ("Place", "Weights", "Multiplications", "Pictures × epochs", "Seconds of training")
TEXTS = ("Place", "Difference")  # the headings of words; all others stand over numbers


def board_text(board: Leaderboard, width: int | None) -> str:
    """Return the board for a terminal of so many columns, or as wide as it is for None."""
    text = board_markdown(board)
    if width is None or max(map(len, _tables(board).splitlines())) <= width:
        return text
    return board_blocks(board, width)


def board_markdown(board: Leaderboard) -> str:
    """Return two Markdown tables, the finding and what it costs, with legend and notes."""
    return "\n\n".join([_tables(board), _legend(board), *_notes(board)]) + "\n"


def _tables(board: Leaderboard) -> str:
    finding = [[_name(one), _accuracy(one), str(len(one.values)), _against(one)]
               for one in board.places]  # fmt: skip
    return f"{_table(FINDING, finding)}\n\n{_table(COST, map(_cost, board.places))}"


def _table(headings: tuple[str, ...], rows: "map[list[str]] | list[list[str]]") -> str:
    aligned = ["---" if heading in TEXTS else "---:" for heading in headings]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in (headings, aligned, *cells))


def board_blocks(board: Leaderboard, width: int) -> str:
    """Return the same, a paragraph a place, in lines of at most so many columns."""
    headings = (*FINDING[1:], *COST[1:])
    parts = []
    for one in board.places:
        values = (_accuracy(one), str(len(one.values)), _against(one), *_cost(one)[1:])
        facts = [f"  {name.lower()}: {value}" for name, value in zip(headings, values, strict=True)]
        parts.append("\n".join(_wrapped(line, width) for line in (_name(one), *facts)))
    parts += [_wrapped(text, width) for text in (_legend(board), *_notes(board))]
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, max(width, 10), subsequent_indent="    ")


def board_html(board: Leaderboard) -> str:
    """Return two HTML tables, the finding and what it costs, with legend and notes.

    In one table, all columns are wider than a notebook's page of 1,280 pixels has room for.
    """
    finding = [(_name(one), _accuracy(one), str(len(one.values)), _unbroken(one))
               for one in board.places]  # fmt: skip
    costs = [_cost(one) for one in board.places]
    first = render("table.html", headings=FINDING, texts=TEXTS, rows=finding, legend="", notes=())
    second = render(
        "table.html", headings=COST, texts=TEXTS, rows=costs,
        legend=_legend(board), notes=board.notes,
    )  # fmt: skip
    return f"{first}\n{second}"


def describe(board: Leaderboard) -> str:
    """Say the order of the places in a sentence, with accuracy and weights: an alt text."""
    places = "; ".join(
        f"{_name(one)} {one.mean:.3f} with {one.price.weights:,} weights" for one in board.places
    )
    return f"Validation accuracies of the ladder, the highest first: {places or 'none yet'}."


def _name(place: Place) -> str:
    return f"yours: {place.name}" if place.yours else place.name


def _accuracy(place: Place) -> str:
    half = place.half
    return f"{place.mean:.3f}" + ("" if math.isnan(half) else f" ± {half:.3f}")


def _against(place: Place) -> str:
    return against_text(place.against)


def _unbroken(place: Place) -> str:
    """Return the same for a page: a line may end before the word, not within the numbers."""
    numbers, comma, word = _against(place).partition(",")
    return numbers.replace(" ", "\N{NO-BREAK SPACE}") + comma + word


def _cost(place: Place) -> list[str]:
    weights, multiplications = place.price
    work = f"{place.pictures:,} × {place.config.epochs}"
    return [_name(place), f"{weights:,}", f"{multiplications:,}", work, f"{place.seconds:,.0f}"]


def _legend(board: Leaderboard) -> str:
    rungs = [one for one in board.places if not one.yours]
    seconds = (
        f" The reference's seconds are those of {board.machine}." if rungs and board.machine else ""
    )
    return (
        f"Accuracies are fractions of the same {board.pictures:,} validation pictures, after the "
        "last epoch; ± is the 95 % t interval of the mean over the seeds, and one run has none. "
        "Difference: in points (hundredths) from the rung below, for a run of yours from your own "
        "study's baseline, seed by seed over the seeds that both have, with its 95 % interval. "
        "Multiplications: of one picture. Seconds: of one run; machines differ, and they may have "
        f"had other work.{seconds} The top of a list that is chosen by these pictures is a "
        "little too good; test pictures play no part."
    )


def _notes(board: Leaderboard) -> list[str]:
    return [f"**Note:** {note}" for note in board.notes]
