"""Hold back the lines that C++ libraries print while they are imported.

TensorFlow writes a dozen lines about CPUs and drivers to the process's standard error before
its log level can be set. A learner takes them for errors. They are kept, and shown only when
the import fails. Meanwhile the garbage collector rests, which would walk over all that is imported
and take a quarter of the import's time.
"""

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from utils import settings
from utils.networks.onednn import choose_kernels

__all__ = ["quiet_stderr"]

_MANY = 500  # modules: TensorFlow has two thousand; what only computes brings a few along, late


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what is written to file descriptor 2 meanwhile; print it if the block raises.

    Also tells TensorFlow, which isn't imported yet, what `settings.for_tensorflow` says, and to
    compute by the faster kernels (`onednn`); and pauses the garbage collector. Where the block has
    imported it, it looks for GPUs in here: without a driver it complains at the first look.
    """
    choose_kernels()
    new = "tensorflow" not in sys.modules
    os.environ.update(settings.for_tensorflow())
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held, _collector_paused():
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            if new and "tensorflow" in sys.modules:
                sys.modules["tensorflow"].config.list_physical_devices("GPU")
            failed = False
        finally:
            sys.stderr.flush()  # what Python has kept without a line's end belongs to the block
            os.dup2(saved, 2)
            os.close(saved)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector; where a large library came meanwhile, set it aside for good.

    A module's objects stay to the end. Set aside (`gc.freeze`), they are never walked over again.
    """
    enabled, modules = gc.isenabled(), len(sys.modules)
    gc.collect()  # or what is garbage now would be set aside too
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) - modules > _MANY:
            gc.freeze()
        if enabled:
            gc.enable()
