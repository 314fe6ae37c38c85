"""The five studies of notebooks 11 to 16 on the built-in sample: 1,500 pictures, 24 epochs.

    course reference quick_sample

What a learner sees who has downloaded nothing; tests hold the effects of the lessons to it.
Trained a run at a time and written after each; see tools/study_tables.py.
"""

from functools import partial

from tools.measuring import main
from tools.study_tables import TABLES
from tools.study_tables import main as make

if __name__ == "__main__":
    main(partial(make, TABLES["quick_sample"]))
