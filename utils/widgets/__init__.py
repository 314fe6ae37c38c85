"""Pictures that can be moved: one file a widget, each a pure function with sliders around it.

Nothing here knows TensorFlow or training; networks come in as arrays and functions.
"""

from utils.widgets.perceptron import perceptron

__all__ = ["perceptron"]
