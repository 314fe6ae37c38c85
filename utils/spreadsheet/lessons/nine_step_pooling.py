"""Step 7 of the nine: pooling whose window and stride can be chosen, on the chosen filter's map."""

import numpy as np

from utils.networks.in_numpy.functions import max_pool
from utils.spreadsheet.lessons.nine_step_sheets import StepSheets, fill_cells, knob, map_size
from utils.spreadsheet.squares import SquareSheet
from utils.spreadsheet.workbook import BLUE, FIRST_ROW, positive

__all__ = ["pooling_sheet"]

SIZE, STRIDE = 2, 2  # what stands in the cells at first
MOST = 3


def pooling_sheet(steps: StepSheets) -> None:
    """Write step 7: the chosen filter's map after ReLU, and what pooling leaves of it."""
    text = (
        "Of each window only the largest number stays: that the filter found something matters, "
        "not exactly where. Choose how large the window is, and how far it moves. Left: the map of "
        "step 2's filter after ReLU. Right: its largest numbers."
    )
    values = steps.values[2][..., 0]
    height, width = values.shape
    title = "Max pooling: only the largest of each window stays"
    board = SquareSheet(steps.pages, "Pooling", title, text, 2 * width + 2)
    knob(board, FIRST_ROW, "pool_size", f"window, 1 to {MOST}", SIZE, (1, MOST))
    knob(board, FIRST_ROW + 1, "pool_stride", f"stride, 1 to {MOST}", STRIDE, (1, MOST))
    largest = max_pool(values[..., None], (SIZE, SIZE), (STRIDE, STRIDE))[..., 0]
    sizes = [f"=INT(({side}-pool_size)/pool_stride)+1" for side in (height, width)]
    map_size(board, (FIRST_ROW + 2, 0), sizes, largest.shape, "pool")
    row, right = FIRST_ROW + 6, width + 2
    board.label(row - 1, 0, "the map after ReLU")
    board.label(row - 1, right, "after pooling")
    before = board.grid(row, 0, values, lambda i, j: "=" + steps.choose(
        f"INDEX({steps.sheets[2]}_map_{{}},{i + 1},{j + 1})"), "steps_pool_input")  # fmt: skip
    box = (row, right, height, width)
    fill_cells(board, box, _largest, largest, "steps_pool_map")
    board.pages.shade(board.sheet, [before.box, box], **positive(BLUE, float(np.max(values))))
    board.finish()


def _largest(y: int, x: int) -> str:
    """Return the formula of one number: empty beyond the map's size."""
    first = f"INDEX(steps_pool_input,{y}*pool_stride+1,{x}*pool_stride+1)"
    last = f"INDEX(steps_pool_input,{y}*pool_stride+pool_size,{x}*pool_stride+pool_size)"
    inside = f"AND({y}<steps_pool_rows,{x}<steps_pool_columns)"
    return f'=IF({inside},MAX({first}:{last}),"")'
