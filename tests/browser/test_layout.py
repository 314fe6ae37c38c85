"""Figures and widgets are legible and whole in small windows and follow the theme.

Every lesson is measured where it runs anyway, in test_notebooks_run.py; here are all widgets, a
narrow column, and proof that the measuring finds what it looks for.
"""

from collections.abc import Callable

from layout import layout_faults, settled_faults
from test_widgets import MADE

from tools.notebook_page import NotebookPage

FIGURE = """from utils import plots
plots.use_style()
import matplotlib.pyplot as plt
figure, axes = plt.subplots(1, 3, figsize=(9.4, 3))
axes[0].set_title("small", fontsize=5)
plots.show(figure, "Three empty panels.")"""
TWO_PANELS = """from utils import experiments
plots.show(plots.final_accuracy(experiments.reference("batch_size")), "Dots and differences.")"""
CELLS = [FIGURE, TWO_PANELS, *(f"from utils.widgets import *\n{code}" for code in MADE.values())]
SHOW = "from IPython.display import HTML, display\ndisplay(HTML({markup!r}))"
DOT = "data:image/gif;base64,R0lGODlhAQABAPAAAP///wAAACwAAAAAAQABAAACAkQBADs="  # white
SCROLLS = '<div style="overflow:auto;height:{height}px;width:{width}px">'
FAULTY = {
    "its smallest text is 8.0 px": f'<img alt="a" data-smallest=8 width=50 src="{DOT}">',
    "doesn't say how small": f'<img alt="a" width=50 src="{DOT}">',
    "its edge is light on a dark page": f'<img alt="a" data-smallest=9 width=50 src="{DOT}">',
    "its text is 7 px": '<p style="font-size:7px">small</p>',
    "scrolls up and down": SCROLLS.format(height=40, width=90) + "word<br>" * 9 + "</div>",
    "scrolls inside what scrolls": SCROLLS.format(height=60, width=90)
    + SCROLLS.format(height=40, width=150)
    + '<p style="width:300px">wide</p></div></div>',
    "sticks out of its column": '<button style="position:fixed;left:3000px">far</button>',
    "is cut": '<button style="width:20px;overflow:hidden;white-space:nowrap">a long label</button>',
    "its track is": '<div class="jupyter-widgets"><div class="noUi-base" style="width:9px;'
    'height:9px"></div></div>',
    "what is chosen is cut": '<select style="width:40px"><option>a long option</select>',
}


def test_widgets_and_figures_are_whole_and_legible_and_follow_the_theme(
    cells_of_all: NotebookPage,
) -> None:
    assert layout_faults(cells_of_all) == []


def test_they_are_in_a_column_of_480_pixels_too(cells_of_all: NotebookPage) -> None:
    page, width = cells_of_all.page, 800
    output = page.locator(".jp-OutputArea-output").first
    page.set_viewport_size({"width": width, "height": 600})
    while (column := output.evaluate("node => node.clientWidth")) > 480:
        width -= column - 480  # more than once: JupyterLab gives a narrow notebook more room
        page.set_viewport_size({"width": width, "height": 600})
    assert settled_faults(cells_of_all) == []


def test_each_kind_of_fault_is_found(cells: Callable[..., NotebookPage]) -> None:
    opened = cells(*(SHOW.format(markup=markup) for markup in FAULTY.values()))
    found = "\n".join(layout_faults(opened, tries=1))
    assert [fault for fault in FAULTY if fault not in found] == []
    assert all(f"c{number}: " in found for number in range(len(FAULTY)))
