"""What a config's network costs: its weights, and the multiplications that one picture takes.

Counted layer by layer in plain Python, so that a table of prices waits for no TensorFlow; the tests
hold each count against the graph that is trained.
"""

from dataclasses import dataclass
from typing import NamedTuple

from utils.networks.tflearn_cnn.config import Config

__all__ = ["Price", "price"]

CLASSES = 10


class Price(NamedTuple):
    """weights: numbers that are learned, biases among them.

    multiplications: of all convolutions and dense layers for one picture, as a table of
    multiply-adds has them; what pooling, normalization and activations take isn't in it.
    """

    weights: int
    multiplications: int


@dataclass
class _Count:
    """A network up to some layer: the side and the number of its maps, and what it costs."""

    side: int = 32
    maps: int = 3
    weights: int = 0
    multiplications: int = 0

    def conv(self, filters: int, size: int, stride: int = 1, bias: bool = True) -> None:
        """Add a convolution; at the edges it takes zeros in, so a stride alone makes maps small."""
        each = size * size * self.maps
        self.side = -(-self.side // stride)
        self.weights += each * filters + bias * filters
        self.multiplications += each * filters * self.side**2
        self.maps = filters

    def norm(self) -> None:
        """Add a batch normalization: a factor and a summand a map."""
        self.weights += 2 * self.maps

    def pool(self) -> None:
        """Add a pooling that halves height and width."""
        self.side = -(-self.side // 2)

    def dense(self, units: int) -> None:
        """Add a dense layer, which sees every place of every map."""
        inputs = self.side**2 * self.maps
        self.weights += inputs * units + units
        self.multiplications += inputs * units
        self.side, self.maps = 1, units


def price(config: Config) -> Price:
    """Return the price of a config's network; see `building` and `image_networks`."""
    count = _Count()
    _COUNTS[config.network](count, config)
    return Price(count.weights, count.multiplications)


def _sets(count: _Count, config: Config) -> None:
    for number, layer_set in enumerate(config.layers):
        for filters in layer_set:
            count.conv(filters, config.filter_size, bias=not config.batch_norm)
            if config.batch_norm:
                count.norm()
        if number < config.pooled_sets:
            count.pool()
    if config.global_pooling:
        count.side = 1
    else:
        count.dense(config.dense_units)
    count.dense(CLASSES)


def _nin(count: _Count, config: Config) -> None:
    for number, layer_set in enumerate(config.layers):
        if number:
            count.pool()
        side = 3 if number == len(config.layers) - 1 else 5
        for place, filters in enumerate(layer_set):
            count.conv(filters, 1 if place else side)
    count.conv(CLASSES, 1)


def _vgg(count: _Count, config: Config) -> None:
    for layer_set in config.layers:
        for filters in layer_set:
            count.conv(filters, 3)
        count.pool()
    for units in (config.dense_units, config.dense_units, CLASSES):
        count.dense(units)


def _resnet(count: _Count, config: Config) -> None:
    count.conv(config.layers[0][0], 3, bias=False)
    for stage, layer_set in enumerate(config.layers):
        for place, filters in enumerate(layer_set):
            count.norm()
            count.conv(filters, 3, stride=1 if place or not stage else 2, bias=False)
    _means(count)


def _densenet(count: _Count, config: Config) -> None:
    count.conv(16, 3, bias=False)
    for block, layer_set in enumerate(config.layers):
        if block:
            count.norm()
            count.conv(count.maps, 1, bias=False)
            count.pool()
        for growth in layer_set:
            before = count.maps
            count.norm()
            count.conv(growth, 3, bias=False)
            count.maps += before
    _means(count)


def _means(count: _Count) -> None:
    """Add what the last two end in: each normalized map's mean, and the classes."""
    count.norm()
    count.side = 1
    count.dense(CLASSES)


_COUNTS = {"sets": _sets, "nin": _nin, "vgg": _vgg, "resnet": _resnet, "densenet": _densenet}
