"""The shared code that the notebooks, the `course` command and the tests import.

Importing this package imports nothing heavy: no TensorFlow, no matplotlib.
"""
