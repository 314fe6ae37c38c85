"""The five studies of notebooks 11 to 16: 10,000 pictures, 8 epochs, seeds 0–4.

    course reference quick

Trained a run at a time and written after each; see tools/study_tables.py.
"""

from functools import partial

from tools.measuring import main
from tools.study_tables import TABLES
from tools.study_tables import main as make

if __name__ == "__main__":
    main(partial(make, TABLES["quick"]))
