"""Images, networks and learning as .xlsx workbooks with live formulas.

Written by XlsxWriter. Every formula cell also carries its computed value, so that a viewer that
doesn't calculate shows the right numbers. Knows nothing of Jupyter or the command line.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "examples": ["DIGITS", "shrink"],
        "lessons.backward": ["backward_workbook"],
        "lessons.nine_steps": ["cat_example", "nine_steps_workbook"],
        "lessons.or_gate": ["or_gate_workbook"],
        "libreoffice": ["formulas", "named_ranges", "stored_values"],
        "model": ["model_to_workbook"],
        "image": ["image_to_workbook", "read_image"],
        "preview": ["sheet_table"],
    },
)
