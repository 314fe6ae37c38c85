"""Hyperparameter search on Ray: `search()` finds a recipe and proves it.

Knows neither notebooks nor cloud.

| file | what lives there |
| --- | --- |
| searching | the steps: trials, finals, choice, test |
| tune | the trials on Ray Tune: ASHA, what earlier sittings did, lines on the terminal |
| cluster | Ray on this machine or a cluster; each node's data |
| trial | one trial in a worker process |
| home | where the runs of all nodes come home to |
| mirror | a Home on another machine, brought here |
| result | finalists and baseline, the study, the one look at the test set |
| state | what was asked and what is done, in the log root |
| points | where the next point comes from: chance or Optuna |
| space | which fields, which values |
"""

from utils.search.searching import search
from utils.search.space import SPACE

__all__ = ["SPACE", "search"]
