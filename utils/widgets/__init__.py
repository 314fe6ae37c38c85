"""Pictures that can be moved: one file a widget, each a pure function with sliders around it.

Nothing here knows TensorFlow or training, but `study_lesson`, which asks for runs; networks come
in as arrays and functions.
"""

from utils.widgets.bending import bend_the_plane
from utils.widgets.collecting import collect_pictures
from utils.widgets.convolution import convolution
from utils.widgets.depths import through_many_layers
from utils.widgets.descent import gradient_descent
from utils.widgets.drawing_pad import drawing_pad
from utils.widgets.halving import successive_halving
from utils.widgets.live import live_training
from utils.widgets.look_inside import Inside, look_inside
from utils.widgets.moons import two_moons
from utils.widgets.moved import move_a_picture
from utils.widgets.neuron import step_and_sigmoid
from utils.widgets.normalising import normalise_a_batch
from utils.widgets.perceptron import perceptron
from utils.widgets.predict import predict
from utils.widgets.seeing import what_the_cnn_sees
from utils.widgets.softmax import softmax_and_loss
from utils.widgets.study_lesson import StudyLesson
from utils.widgets.tensors import tensor_explorer
from utils.widgets.valley import walk_into_a_valley

__all__ = [
    "Inside",
    "StudyLesson",
    "bend_the_plane",
    "collect_pictures",
    "convolution",
    "drawing_pad",
    "gradient_descent",
    "live_training",
    "move_a_picture",
    "normalise_a_batch",
    "look_inside",
    "perceptron",
    "predict",
    "softmax_and_loss",
    "step_and_sigmoid",
    "successive_halving",
    "tensor_explorer",
    "through_many_layers",
    "two_moons",
    "walk_into_a_valley",
    "what_the_cnn_sees",
]
