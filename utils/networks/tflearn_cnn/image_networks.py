"""Networks of the field for small pictures, in TFLearn's layers: nin, vgg, resnet and densenet.

Each takes pictures as float32, (n, height, width, channels), and returns probabilities, (n,
classes); a `tflearn.regression` goes behind it. Knows nothing of configs, data or training. The
numbers of weights are those of the default arguments for 32 × 32 colour pictures and ten classes.

`hidden` yields one layer's settings after another, as `hidden_layers` of layers.py does and
`he_layers` here: at least `weights_init`, and `regularizer` and `weight_decay` where there is one.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.layers import dropped

import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

__all__ = ["densenet", "he_layers", "nin", "resnet", "vgg"]

Hidden = Iterator[dict[str, Any]]
VGG_SETS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
NIN_SETS = ((5, 192, 160, 96), (5, 192, 192, 192), (3, 192, 192))


def he_layers(seed: int = 0) -> Hidden:
    """Yield the settings of one ReLU layer after another: He's first weights, each by own seed."""
    for number in count(1000 * seed):
        yield {"weights_init": tflearn.initializations.variance_scaling(seed=number)}


def nin(
    pictures: Any,
    hidden: Hidden,
    classes: int = 10,
    sets: tuple[tuple[int, ...], ...] = NIN_SETS,
    dropout: float = 0.5,
) -> Any:
    """Network in network: behind each filter a small dense network, at every place the same.

    That is a convolution of 1 × 1. No dense layer follows: the last set makes one map a class,
    whose mean is the class's score. 966,986 weights.

    sets: of each the side of its first filters, then numbers of filters: of the first layer and
        of those of 1 × 1. All but the last end in a pooling that halves height and width.
    dropout: the drop rate behind each pooling.

    Source: Lin, Chen and Yan, Network In Network (2013), arxiv.org/abs/1312.4400.
    """
    network = pictures
    for number, (side, *filters) in enumerate(sets):
        if number:
            network = dropped(tflearn.max_pool_2d(network, 3, 2), dropout)
        for place, maps in enumerate(filters):
            network = _conv(network, maps, 1 if place else side, hidden)
    network = _conv(network, classes, 1, hidden)
    return tflearn.activation(tflearn.global_avg_pool(network), "softmax")


def vgg(
    pictures: Any,
    hidden: Hidden,
    classes: int = 10,
    sets: tuple[tuple[int, ...], ...] = VGG_SETS,
    dense: tuple[int, ...] = (512, 512),
    dropout: float = 0.5,
) -> Any:
    """VGG: nothing but filters of 3 × 3, and twice as many of them after each pooling.

    The default is the paper's configuration D with smaller dense layers, since five poolings
    leave one place of a picture of 32 × 32: 15,245,130 weights.

    sets: of each the filters of its convolutions; each ends in a 2 × 2 max pooling.
    dense: units of the dense layers.
    dropout: the drop rate behind each of them.

    Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image
    Recognition (2014), table 1, arxiv.org/abs/1409.1556.
    """
    network = pictures
    for filters in sets:
        for maps in filters:
            network = _conv(network, maps, 3, hidden)
        network = tflearn.max_pool_2d(network, 2)
    for units in dense:
        settings = next(hidden) | {"activation": "relu"}
        network = dropped(tflearn.fully_connected(network, units, **settings), dropout)
    return tflearn.fully_connected(network, classes, activation="softmax")


def resnet(
    pictures: Any,
    hidden: Hidden,
    classes: int = 10,
    blocks: int = 5,
    filters: tuple[int, ...] = (16, 32, 64),
) -> Any:
    """Residual network: each two layers learn what to add to their input.

    6 · blocks + 2 layers, 32 of them and 464,154 weights. Normalization and ReLU go before each
    convolution, as in the second paper. (`tflearn.residual_block` halves the shortcut by means;
    here it is every second place, as the first paper's option A has it.)

    blocks: pairs of layers a stage; each stage but the first halves height and width.
    filters: of each stage's layers; none may have fewer than the one before.

    Source: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition (2015), section
    4.2, arxiv.org/abs/1512.03385; Identity Mappings in Deep Residual Networks (2016),
    arxiv.org/abs/1603.05027.
    """
    network = _bare_conv(pictures, filters[0], 3, hidden)
    for stage, maps in enumerate(filters):
        for block in range(blocks):
            network = _residual(network, maps, 2 if stage and not block else 1, hidden)
    return _classes_of(network, classes)


def densenet(
    pictures: Any,
    hidden: Hidden,
    classes: int = 10,
    growth: int = 12,
    layers: int = 12,
    bottleneck: bool = False,
    dropout: float = 0.0,
) -> Any:
    """Densely connected network: each layer sees what all before it in its block have made.

    Three blocks; between two of them a convolution of 1 × 1 and a pooling that halves height and
    width. 3 · layers + 4 layers, 40 of them and 1,019,722 weights. (`tflearn.densenet_block` is
    another: its convolution of 1 × 1 keeps only `growth` maps of all.)

    growth: maps that each layer adds.
    layers: of each block.
    bottleneck: DenseNet-BC: 4 · growth filters of 1 × 1 before each layer, and half the maps
        kept between blocks.
    dropout: the drop rate behind each layer; the paper has 0.2 where pictures aren't augmented.

    Source: Huang, Liu, van der Maaten and Weinberger, Densely Connected Convolutional Networks
    (2016), arxiv.org/abs/1608.06993.
    """
    network = _bare_conv(pictures, 2 * growth if bottleneck else 16, 3, hidden)
    for block in range(3):
        if block:
            kept = network.shape[-1] // (2 if bottleneck else 1)
            network = _bare_conv(_normalized(network), kept, 1, hidden)
            network = tflearn.avg_pool_2d(dropped(network, dropout), 2)
        for _ in range(layers):
            made = network
            if bottleneck:
                made = dropped(_bare_conv(_normalized(made), 4 * growth, 1, hidden), dropout)
            made = dropped(_bare_conv(_normalized(made), growth, 3, hidden), dropout)
            network = tflearn.merge([network, made], "concat", axis=3)
    return _classes_of(network, classes)


def _conv(network: Any, filters: int, side: int, hidden: Hidden, **more: Any) -> Any:
    settings: dict[str, Any] = next(hidden) | {"activation": "relu"} | more
    return tflearn.conv_2d(network, filters, side, **settings)


def _bare_conv(network: Any, filters: int, side: int, hidden: Hidden, strides: int = 1) -> Any:
    """Return a convolution without bias and activation: normalization brings both."""
    return _conv(network, filters, side, hidden, strides=strides, activation="linear", bias=False)


def _normalized(network: Any) -> Any:
    return tflearn.activation(tflearn.batch_normalization(network), "relu")


def _residual(network: Any, filters: int, strides: int, hidden: Hidden) -> Any:
    """Return the input plus what two layers make of it; new maps of the input are zero."""
    made = _bare_conv(_normalized(network), filters, 3, hidden, strides)
    made = _bare_conv(_normalized(made), filters, 3, hidden)
    kept = tflearn.max_pool_2d(network, 1, strides) if strides > 1 else network
    new = filters - network.shape[-1]
    if new:
        kept = tf.pad(kept, [[0, 0], [0, 0], [0, 0], [0, new]])
    return tflearn.merge([kept, made], "elemwise_sum")


def _classes_of(network: Any, classes: int) -> Any:
    means = tflearn.global_avg_pool(_normalized(network))
    return tflearn.fully_connected(means, classes, activation="softmax")
