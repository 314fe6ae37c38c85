"""The learner's copies of the notebooks, in `work/`: what they write in, while `notebooks/` stays.

Knows nothing of JupyterLab.
"""

from pathlib import Path

from utils import settings
from utils.files import write_whole

__all__ = ["make_copies"]


def make_copies() -> Path:
    """Copy each notebook, solutions too, that the folder of copies doesn't have; return it."""
    work = settings.work_dir()
    for source in sorted(settings.NOTEBOOKS.rglob("*.ipynb")):
        mine = work / source.relative_to(settings.NOTEBOOKS)
        if not mine.exists():
            write_whole(mine, source.read_bytes())
    return work
