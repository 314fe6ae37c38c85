"""Activations as formulas and as words: what ReLU, leaky ReLU, sigmoid and tanh make of a number.

Knows nothing of sheets. Each formula holds for every number: no EXP gets too large.
"""

from xlsxwriter.worksheet import Worksheet

from utils.networks.in_numpy.forward import LOWEST
from utils.networks.in_numpy.plain_layers import ACTIVATION_LAYERS, Layer
from utils.spreadsheet.workbook import Pages

__all__ = ["ALONE", "AND_THEN", "activated", "slope_cell"]

# What stands at the end of a sentence about a sum.
AND_THEN = {
    "linear": ".",
    "relu": "; below 0 it becomes 0 (ReLU).",
    "leaky_relu": "; below 0 it is multiplied by the slope (leaky ReLU).",
    "sigmoid": "; then 1 / (1 + exp(−sum)) lays it between 0 and 1 (sigmoid).",
    "tanh": "; then tanh lays it between −1 and 1.",
}
# What a sheet says whose layer does nothing else, by the layer's kind.
ALONE = {
    "ReLU": "What is below 0 becomes 0; all else passes as it is.",
    "LeakyReLU": "What is below 0 is multiplied by the slope; all else passes as it is.",
    "Sigmoid": "1 / (1 + exp(−z)) lays every number z between 0 and 1: near 0 where z is far below "
    f"0, near 1 where it is far above. Below {LOWEST:,} it hardly changes; there exp would be too "
    "large.".replace("-", "−"),
    "Tanh": "tanh lays every number between −1 and 1: small ones hardly change.",
}


def activated(layer: Layer, total: str, name: str) -> str:
    """Return the formula, without `=`, of a layer's activation of a sum or cell.

    name: what the layer's own names begin with.
    """
    if layer.applied not in ACTIVATION_LAYERS:
        return total
    return {
        "relu": f"MAX(0,{total})",
        "leaky_relu": f"MAX(0,{total})+{name}_slope*MIN(0,{total})",
        "sigmoid": f"1/(1+EXP(-MAX({LOWEST},{total})))",
        "tanh": f"TANH({total})",
    }[layer.applied]


def slope_cell(
    pages: Pages, sheet: Worksheet, name: str, layer: Layer, row: int, column: int
) -> None:
    """Write the slope of a leaky ReLU into a cell to change, with its name `across` before it."""
    look = pages.square("0.00", frame=True)
    sheet.write_string(row, column, "slope", pages.look("label"))
    sheet.write_number(row, column + 2, layer.slope, look)
    pages.define(f"{name}_slope", name, row, column + 2, 1, 1)
