"""The ladder on real CIFAR-10: each rung's epochs on validation pictures, seeds 0-2.

    course reference ladder

Trained a run at a time and written after each; see tools/study_tables.py. Test pictures play no
part.
"""

from functools import partial

from tools.measuring import main
from tools.study_tables import TABLES
from tools.study_tables import main as make

if __name__ == "__main__":
    main(partial(make, TABLES["ladder"]))
