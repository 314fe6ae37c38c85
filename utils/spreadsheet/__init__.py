"""Pictures, networks and learning as .xlsx workbooks with live formulas.

Written by XlsxWriter. Every formula cell also carries its computed value, so that a viewer that
doesn't calculate shows the right numbers. Knows nothing of Jupyter or the command line.
"""

from utils.spreadsheet.backward import backward_workbook
from utils.spreadsheet.model import model_to_workbook
from utils.spreadsheet.nine_steps import nine_steps_workbook
from utils.spreadsheet.or_gate import or_gate_workbook
from utils.spreadsheet.picture import picture_to_workbook, read_picture

__all__ = [
    "backward_workbook",
    "model_to_workbook",
    "nine_steps_workbook",
    "or_gate_workbook",
    "picture_to_workbook",
    "read_picture",
]
