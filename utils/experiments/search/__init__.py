"""Hyperparameter search on Ray: `searching.search()` finds a recipe and proves it.

Knows neither notebooks nor cloud.

| file | what lives there |
| --- | --- |
| searching | the steps: trials, finals, choice, test |
| ray_tune | the trials on Ray Tune: ASHA, what earlier sittings did, lines on the terminal |
| ray_cluster | Ray on this machine or a cluster; each node's data |
| ray_nodes | waits until all machines of a job have joined |
| worker | one trial in a worker process |
| collector | where the runs of all nodes come home to |
| collector_remote | a Home on another machine, brought here |
| finals | finalists and baseline, the study, the one look at the test set |
| journal | what was asked and what is done, in the log root |
| proposals | where the next point comes from: chance or Optuna |
| space | which fields, which values |
"""
