"""What a trained network of the studies computes inside: probabilities, feature maps, filters.

Plain arrays out, for pictures and widgets. Knows nothing of runs or notebooks.
"""

import numpy as np

from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.session import EVALUATION_BATCH, CnnSession

__all__ = ["feature_maps", "first_filters", "probabilities"]

# TensorFlow's name of an operation: ours of the layer that it ends.
_ENDS = {"Relu": "convolution", "MaxPool": "pooling"}


def probabilities(network: CnnSession, images: np.ndarray) -> np.ndarray:
    """Return the ten probabilities for pictures (n, 32, 32, 3) uint8, (n, 10) float32.

    Dropout and augmentation are off.
    """
    tflearn.is_training(False, network.session)
    parts = [
        network.session.run(
            network.model.net, {network.images: images[start : start + EVALUATION_BATCH]}
        )
        for start in range(0, len(images), EVALUATION_BATCH)
    ]
    return np.concatenate(parts)


def feature_maps(network: CnnSession, image: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return what each convolution (after ReLU) and pooling gives for a picture (32, 32, 3).

    Each as a name and an array (height, width, channels) float32, in order.
    """
    tflearn.is_training(False, network.session)
    layers = [
        (_ENDS[op.type], op.outputs[0])
        for op in network.session.graph.get_operations()
        if op.type in _ENDS and op.outputs[0].shape.rank == 4 and "gradient" not in op.name
    ]
    values = network.session.run(
        [tensor for _, tensor in layers], {network.images: image[np.newaxis]}
    )
    return [
        (f"{number}  {kind}", value[0])
        for number, ((kind, _), value) in enumerate(zip(layers, values, strict=True), 1)
    ]


def first_filters(network: CnnSession) -> np.ndarray:
    """Return the filters of the first convolution, (3, 3, 3, filters) float32."""
    variables = network.session.graph.get_collection("trainable_variables")
    return network.session.run(next(v for v in variables if v.shape.rank == 4))
