"""Wait until every machine has joined the Ray cluster.

    python -m utils.experiments.search.ray_nodes MACHINES

Run by a job's script on the first machine; knows nothing of clouds.
"""

import logging
import sys
import time

from utils.errors import CourseError

__all__ = ["wait_for"]

SECONDS = 600


def wait_for(machines: int, seconds: float = SECONDS) -> int:
    """Return how many machines the cluster at $RAY_ADDRESS has, once they are so many.

    Raises CourseError where they aren't after so many seconds.
    """
    import ray

    end = time.monotonic() + seconds
    alive = 0
    while time.monotonic() < end:
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
            break
        except ConnectionError:  # it is still starting
            time.sleep(1)
    while ray.is_initialized() and time.monotonic() < end:
        alive = sum(node["Alive"] for node in ray.nodes())
        if alive >= machines:
            ray.shutdown()
            return alive
        time.sleep(1)
    raise CourseError(
        f"Only {alive} of {machines} machines joined the Ray cluster in {seconds:.0f} s.",
        "Their own logs say why: `course jobs logs`.",
    )


if __name__ == "__main__":
    try:
        print(f"course: {wait_for(int(sys.argv[1]))} machines are one Ray cluster.", flush=True)
    except CourseError as error:
        sys.exit(f"course: {error}")
