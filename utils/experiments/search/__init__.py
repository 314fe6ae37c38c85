"""Hyperparameter search on Ray: `searching.search()` finds a recipe and proves it.

Knows neither notebooks nor cloud.

| file | what lives there |
| --- | --- |
| searching | the steps: trials, finals, choice, test |
| ray_tune | the trials on Ray Tune: ASHA, what earlier sittings did, runs brought home |
| ray_cluster | Ray on this machine or a cluster; each node's data and storage |
| ray_nodes | waits until all machines of a job have joined |
| worker | one trial in a worker process |
| storage | a run packed into Tune's storage, and whole again in the log root |
| finals | finalists and baseline, the study, the one look at the test set |
| journal | what was asked, in the log root, and what its runs say is done |
| proposals | where the next point comes from: chance or Optuna |
| space | which fields, which values |
"""
