"""A network as plain data: its layers, their weights, their sizes. Knows nothing of Keras."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["ACTIVATION_LAYERS", "Layer", "Network", "picture_shape", "sources"]

# The activations that a hidden layer may have, and the kind of layer that does the same alone.
ACTIVATION_LAYERS = {
    "relu": "ReLU", "leaky_relu": "LeakyReLU", "sigmoid": "Sigmoid", "tanh": "Tanh",
}  # fmt: skip
NO_WEIGHTS = np.zeros(0)
ROWS = {28 * 28: (28, 28, 1), 32 * 32 * 3: (32, 32, 3)}  # pictures whose pixels come in a row


@dataclass(frozen=True)
class Layer:
    """One layer.

    kind: Keras's class name; name: Keras's name of this layer.
    shape: of what it gives for one image: (height, width, channels) or (n,).
    weights: float64; Conv2D (height, width, channels in, filters), Dense (inputs, units),
        BatchNormalization (4, channels or n): gamma, beta, mean, variance.
    biases: float64, one a filter or unit; zeros where the layer has none.
    activation: linear or one of ACTIVATION_LAYERS; of a last layer also softmax.
    slope: of a leaky_relu, what it multiplies numbers below 0 by.
    answers: it is the last; its softmax or sigmoid is left to who reads the logits.
    window, stride: of Conv2D and pooling, (height, width) in pixels.
    padding: pixels added (top, bottom, left, right): zeros for Conv2D and ZeroPadding2D, nothing
        for pooling.
    scale, offset: of Rescaling and BatchNormalization, one a channel (BatchNormalization of
        numbers in a row: one a number). epsilon: of BatchNormalization. rate: of Dropout.
    folded: names of BatchNormalization layers that weights and biases have taken in.
    inputs: the numbers of the layers whose results it takes, -1 for the network's input; empty
        where it takes that of the layer before. Add and Concatenate (channels, or numbers in a
        row, one after another) take several.
    """

    kind: str
    name: str
    shape: tuple[int, ...]
    weights: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    biases: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    activation: str = "linear"
    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    scale: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    offset: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    rate: float = 0.0
    has_bias: bool = False
    folded: tuple[str, ...] = ()
    slope: float = 0.0
    answers: bool = False
    epsilon: float = 0.0
    inputs: tuple[int, ...] = ()

    @property
    def applied(self) -> str:
        """The activation that the layer itself applies: not the softmax or sigmoid of an answer."""
        return "linear" if self.answers else self.activation

    @property
    def parameters(self) -> int:
        """The number of weights and biases that it learned."""
        return self.weights.size + self.biases.size * self.has_bias


@dataclass(frozen=True)
class Network:
    """Layers that end in one number a class, or in one number for two classes; or begin such.

    A chain, unless layers have `inputs`; no layer takes a later one's result.
    input_shape: (height, width, channels) or (n,). The last layer gives the logits: a softmax
    at the end is left to who reads them, and so is a sigmoid of one logit.
    left_out: names of layers that give what they are given, while a network only answers.
    until: of the first layers of a larger network, the name of the last; then it gives no logits.
    """

    name: str
    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    left_out: tuple[str, ...] = ()
    until: str = ""

    @property
    def has_sigmoid(self) -> bool:
        """Whether it gives one logit, whose sigmoid is the second class's probability."""
        return bool(self.layers) and self.layers[-1].shape == (1,)

    @property
    def classes(self) -> int:
        if self.has_sigmoid:
            return 2
        return self.layers[-1].shape[0] if self.layers else self.input_shape[0]


def sources(layer: Layer, number: int) -> tuple[int, ...]:
    """Return whose results a network's layer takes: numbers of layers, -1 for the input.

    number: the layer's own.
    """
    return layer.inputs or (number - 1,)


def picture_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (height, width, channels) of pictures whose pixels fit an input of this shape.

    A row of 784 or 3,072 numbers is a picture of MNIST or CIFAR-10; any other shape comes back.
    """
    return ROWS.get(shape[0], shape) if len(shape) == 1 else shape
