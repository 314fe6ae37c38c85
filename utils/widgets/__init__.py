"""Pictures that can be moved: one file a widget, each a pure function with sliders around it.

Nothing here knows TensorFlow or training; networks come in as arrays and functions.
"""

from utils.widgets.drawing_pad import drawing_pad
from utils.widgets.live import live_training
from utils.widgets.perceptron import perceptron
from utils.widgets.quiz import quiz

__all__ = ["drawing_pad", "live_training", "perceptron", "quiz"]
