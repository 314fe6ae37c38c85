"""Build the book: build/book/html, of the notebooks' executed copies, and its slides.

    make run && make book

BOOK_REPOSITORY: the address of the repository, to which links to its files then lead.
"""

import os
import shutil
import sys
import time

from sphinx.cmd.build import build_main

from tools.book.pictures import Pictures
from tools.book.sources import lay_out
from tools.slides.decks import write_decks
from utils import settings
from utils.errors import CourseError


def main() -> int:
    """Lay out the sources, build the site; return Sphinx's exit status."""
    began, folder = time.perf_counter(), settings.build_dir() / "book"
    source, site, parsed = (folder / name for name in ("source", "html", "doctrees"))
    for old in (site, parsed):  # a page that is gone mustn't stay
        shutil.rmtree(old, ignore_errors=True)
    try:
        names = lay_out(settings.build_dir() / "notebooks", source,
                        os.environ.get("BOOK_REPOSITORY", ""))  # fmt: skip
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    status = build_main(["-b", "html", "-W", "--keep-going", "-q", "-j", "auto", "-d", str(parsed),
                         str(source), str(site)])  # fmt: skip
    write_decks(settings.build_dir() / "notebooks", site / "slides",
                Pictures(site / "_static" / "pictures", "../_static/pictures"))  # fmt: skip
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(f"{len(names)} lessons, {size / 1e6:.0f} MB, {time.perf_counter() - began:.0f} s: "
          f"{site / 'index.html'}")  # fmt: skip
    return status


if __name__ == "__main__":
    sys.exit(main())
