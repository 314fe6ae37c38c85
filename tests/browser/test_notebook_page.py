"""Errors in the console: a notebook's own count, those of a page in a frame don't."""

from collections.abc import Callable

from tools.notebook_page import PATIENCE, NotebookPage

SHOW = "from IPython.display import HTML, display\ndisplay(HTML({markup!r}))"
MISSING = '<img alt="nothing" src="/{name}.png">'


def until(opened: NotebookPage, seen: Callable[[], object]) -> None:
    """Wait for something to be seen; what is then asserted fails where it isn't."""
    for _ in range(PATIENCE // 100):
        if seen():
            return
        opened.page.wait_for_timeout(100)


def test_an_error_of_the_notebook_itself_counts(cells: Callable[..., NotebookPage]) -> None:
    opened = cells(SHOW.format(markup=MISSING.format(name="of-the-notebook")))
    until(opened, lambda: opened.complaints)
    assert all("/of-the-notebook.png" in one for one in opened.complaints)


def test_an_error_of_a_page_in_a_frame_is_not_the_notebooks(
    cells: Callable[..., NotebookPage],
) -> None:
    frame = f"<iframe title='frame' srcdoc='{MISSING.format(name='of-a-frame')}'></iframe>"
    opened = cells(SHOW.format(markup=frame))
    until(opened, lambda: opened.framed)
    opened.page.wait_for_timeout(1000)  # the console's error comes behind the request
    assert [one.rpartition("/")[2] for one in opened.framed] == ["of-a-frame.png"]
    assert opened.complaints == []
