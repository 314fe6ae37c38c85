"""The data sets of the course: `load("mnist")`, `load("cifar10")`, `load("cats_dogs")`.

Pictures stay uint8 all the way. Nothing here knows TensorFlow, networks or notebooks.
"""

from utils.data.catalogue import SETS, SetStatus, fetch, status, verify
from utils.data.dataset import Dataset, Split
from utils.data.example_folder import write_example
from utils.data.loading import load
from utils.data.own_or_example import own_or_example
from utils.data.own_pictures import OwnPictures, read_folder
from utils.data.own_splits import few, split_at_random, split_by_group
from utils.data.picture_groups import near_copies
from utils.data.sealed import course_openings, open_test_set, openings

__all__ = ["SETS", "Dataset", "SetStatus", "Split", "course_openings", "fetch", "load"]
__all__ += ["open_test_set", "openings", "status", "verify"]
__all__ += ["OwnPictures", "few", "near_copies", "own_or_example", "read_folder"]
__all__ += ["split_at_random", "split_by_group", "write_example"]
