"""Figures from numpy arrays and tables: `use_style()`, a function a figure, `show(figure, alt)`.

Every function returns a matplotlib Figure and leaves no pyplot state behind. Nothing here
knows TensorFlow, event files or folders. The figures of tables, which bring the experiments'
names along, are handed on lazily.
"""

from typing import TYPE_CHECKING, Any

from utils.plots.deep_maps import answers_by_change, laid_over, picture_rows, residual_plan
from utils.plots.epochs import loss_and_accuracy
from utils.plots.images import images
from utils.plots.style import COLORS, DASHES, picture_tag, png, show, use_style

if TYPE_CHECKING:
    from utils.plots.curves import curves, small_multiples
    from utils.plots.ladder_steps import ladder_steps
    from utils.plots.scores import final_accuracy

__all__ = [
    "COLORS",
    "DASHES",
    "answers_by_change",
    "curves",
    "final_accuracy",
    "picture_rows",
    "picture_tag",
    "images",
    "ladder_steps",
    "laid_over",
    "loss_and_accuracy",
    "png",
    "residual_plan",
    "show",
    "small_multiples",
    "use_style",
]


def __getattr__(name: str) -> Any:
    """Import the figures of tables when one is first asked for.

    All at once: importing the file curves.py leaves a module in the place of its function.
    """
    if name not in {"curves", "final_accuracy", "ladder_steps", "small_multiples"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from utils.plots.curves import curves, small_multiples
    from utils.plots.ladder_steps import ladder_steps
    from utils.plots.scores import final_accuracy

    globals().update(
        curves=curves, final_accuracy=final_accuracy, ladder_steps=ladder_steps,
        small_multiples=small_multiples,
    )  # fmt: skip
    return globals()[name]
