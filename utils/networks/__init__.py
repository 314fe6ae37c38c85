"""Every network there is: TFLearn's CNN of the studies, and networks in NumPy.

Handed on lazily: a name of `tflearn_cnn` brings TensorFlow along when it is first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "quiet": ["quiet_stderr"],
        "saved": ["load_model", "reference_model"],
        "in_numpy.functions": ["sigmoid"],
        "in_numpy.keras_layers": ["read_network"],
        "in_numpy.tiny_engine": ["Traced"],
        "layer_weights": ["weights_by_layer"],
        "tflearn_cnn.augmentation": ["augment"],
        "tflearn_cnn.compat": ["new_graph", "quiet_fit", "tflearn"],
        "tflearn_cnn.config": ["BASELINE", "Config"],
        "tflearn_cnn.feature_maps": ["feature_maps", "first_filters", "probabilities"],
        "tflearn_cnn.image_networks": ["densenet", "he_layers", "nin", "resnet", "vgg"],
        "tflearn_cnn.layers": ["cifar_cnn", "hidden_layers", "image_input"],
        "tflearn_cnn.price": ["price"],
        "tflearn_cnn.steps": ["take_steps"],
    },
)
