"""The data sets of the course: `load("mnist")`, `load("cifar10")`, `load("cats_dogs")`.

Pictures stay uint8 all the way. Nothing here knows TensorFlow, networks or notebooks.
"""

from utils.data.catalogue import SETS, SetStatus, fetch, status, verify
from utils.data.dataset import Dataset, Split
from utils.data.loading import load
from utils.data.sealed import course_openings, open_test_set, openings

__all__ = ["SETS", "Dataset", "SetStatus", "Split", "course_openings", "fetch", "load"]
__all__ += ["open_test_set", "openings", "status", "verify"]
