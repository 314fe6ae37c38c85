"""The five studies at a larger scale: all 45,000 pictures, 15 epochs, seeds 0–2.

    course reference scale

Trained a run at a time and written after each; see tools/study_tables.py.
"""

from functools import partial

from tools.measuring import main
from tools.study_tables import TABLES
from tools.study_tables import main as make

if __name__ == "__main__":
    main(partial(make, TABLES["scale"]))
