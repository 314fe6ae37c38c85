"""The networks of the field as a config names them: what its layer sets say of each.

Knows nothing of training.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.image_networks import densenet, he_layers, nin, resnet, vgg

__all__ = ["named_network"]

Hidden = Iterator[dict[str, Any]]


def named_network(config: Config, pictures: Any) -> Any:
    """Return the probabilities that a config's network gives for standardised pictures.

    First weights are He's, each layer's by a seed of its own; the penalty is on each of them.
    Sources of the networks: see `image_networks`.
    """
    return _BUILDERS[config.network](config, pictures, _hidden(config))


def _hidden(config: Config) -> Hidden:
    penalty = {"regularizer": config.regularizer, "weight_decay": config.weight_decay}
    for settings in he_layers(config.seed):
        yield settings | (penalty if config.regularizer != "none" else {})


def _nin(config: Config, pictures: Any, hidden: Hidden) -> Any:
    """The first filters of each set are 5 × 5, of the last set 3 × 3, as in the paper."""
    last = len(config.layers) - 1
    sets = tuple((3 if k == last else 5, *one) for k, one in enumerate(config.layers))
    return nin(pictures, hidden, sets=sets, dropout=config.dropout)


def _vgg(config: Config, pictures: Any, hidden: Hidden) -> Any:
    dense = (config.dense_units, config.dense_units)
    return vgg(pictures, hidden, sets=config.layers, dense=dense, dropout=config.dropout)


def _resnet(config: Config, pictures: Any, hidden: Hidden) -> Any:
    filters = tuple(one[0] for one in config.layers)
    return resnet(pictures, hidden, blocks=len(config.layers[0]) // 2, filters=filters)


def _densenet(config: Config, pictures: Any, hidden: Hidden) -> Any:
    growth, layers = config.layers[0][0], len(config.layers[0])
    return densenet(pictures, hidden, growth=growth, layers=layers, dropout=config.dropout)


_BUILDERS: Mapping[str, Callable[[Config, Any, Hidden], Any]] = MappingProxyType(
    {"nin": _nin, "vgg": _vgg, "resnet": _resnet, "densenet": _densenet}
)
