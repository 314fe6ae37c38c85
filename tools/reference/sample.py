"""The five studies on the built-in sample: what a learner without a download sees; seeds 0-2.

    course reference sample

Trained a run at a time and written after each; see tools/study_tables.py.
"""

from functools import partial

from tools.measuring import main
from tools.study_tables import TABLES
from tools.study_tables import main as make

if __name__ == "__main__":
    main(partial(make, TABLES["sample"]))
