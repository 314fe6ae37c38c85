"""Keras in a process of its own, for the tests of this room."""

from keras_process import keras_side

__all__ = ["keras_side"]
