"""Figures from numpy arrays and tables: `use_style()`, a function a figure, `show(figure, alt)`.

Every function returns a matplotlib Figure and leaves no pyplot state behind. Nothing here
knows TensorFlow, event files or folders.
"""

from utils.plots.curves import curves, small_multiples
from utils.plots.images import images
from utils.plots.scores import final_accuracy
from utils.plots.style import COLORS, DASHES, picture_tag, png, show, use_style

__all__ = [
    "COLORS",
    "DASHES",
    "curves",
    "final_accuracy",
    "picture_tag",
    "images",
    "png",
    "show",
    "small_multiples",
    "use_style",
]
