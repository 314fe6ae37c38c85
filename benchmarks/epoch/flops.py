"""What the network of a config multiplies and adds, counted from the config alone.

A convolution of k×k over c channels into f filters at h·w places takes 2·k²·c·f·h·w operations, a
fully connected layer of n into m units 2·n·m: a multiplication and an addition for each weight
and place. Places at the border count as all others, though 'same' padding multiplies zeros there.
Training takes that three times: forward, for the gradient of the weights, for the gradient of the
layer's input. The first layer's input needs no gradient. Not counted are bias, ReLU, pooling,
dropout, softmax, the optimizer and augmentation: they move bytes, and no peak of products bounds
them.
"""

from collections.abc import Iterable, Iterator

__all__ = ["layer_flops", "training_flops"]

SIDE, CHANNELS, CLASSES, KERNEL = 32, 3, 10, 3


def layer_flops(layers: Iterable[Iterable[int]], dense_units: int) -> Iterator[int]:
    """Yield the operations of each layer's forward pass for one picture, first to last.

    layers, dense_units: as in utils.networks.tflearn_cnn.config.Config.
    """
    side, channels = SIDE, CHANNELS
    for layer_set in layers:
        for filters in layer_set:
            yield 2 * KERNEL**2 * channels * filters * side**2
            channels = filters
        side = -(-side // 2)  # 'same' pooling rounds up
    yield 2 * side**2 * channels * dense_units
    yield 2 * dense_units * CLASSES


def training_flops(layers: Iterable[Iterable[int]], dense_units: int) -> int:
    """Return the operations of one training step for one picture: forward and backward."""
    forward = list(layer_flops(layers, dense_units))
    return 3 * sum(forward) - forward[0]
