"""Run a module by which TensorFlow would fill the log: `python -m …quietly tensorboard.main …`.

Where there is no GPU, TensorFlow says so in a dozen lines when it is imported and when it first
looks for one, before any log level holds. Here it has done both before the module begins.
"""

import runpy
import sys

from utils.networks.quiet import quiet_stderr

__all__ = ["import_tensorflow"]


def import_tensorflow() -> None:
    """Have TensorFlow imported, and its devices looked for, before another module does so."""
    with quiet_stderr():
        import tensorflow as tf

        tf.config.list_physical_devices()


def main() -> None:
    """Run the module that the first argument names, with those that follow it."""
    import_tensorflow()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
