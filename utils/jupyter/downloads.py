"""A file that a lesson has written, as a link in the notebook; knows nothing of what it holds."""

import html
import os
import urllib.parse
from pathlib import Path

from utils.jupyter.tensorboard import Snippet

__all__ = ["download_link"]


def download_link(path: Path) -> Snippet:
    """Return a link that downloads a file, with its size.

    It leads from the notebook's folder to the file: JupyterLab serves what lies in the folder that
    it shows, and the HTML copy of `course run` makes of it what leads there.
    """
    try:
        address = Path(os.path.relpath(path)).as_posix()
    except ValueError:  # on Windows, another drive
        address = path.as_posix()
    size = f"{path.stat().st_size / 1000:,.0f} kB"
    link = html.escape(urllib.parse.quote(address))
    name = html.escape(path.name)
    return Snippet(
        f'<a href="{link}" download><b>Download {name}</b></a> ({size})', f"{path} ({size})"
    )
