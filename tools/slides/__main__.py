"""Make the slides: build/slides, of the notebooks' executed copies.

make run && make slides
"""

import shutil
import sys

from tools.book.pictures import Pictures
from tools.slides.decks import write_decks
from utils import settings
from utils.errors import CourseError


def main() -> int:
    """Write the decks; return 1 where a lesson hasn't been executed."""
    folder = settings.build_dir() / "slides"
    shutil.rmtree(folder, ignore_errors=True)  # a deck that is gone mustn't stay
    try:
        decks = write_decks(settings.build_dir() / "notebooks", folder,
                            Pictures(folder / "pictures", "pictures"))  # fmt: skip
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(decks)} decks: {decks[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
