"""Each kind of layer that a workbook writes, alone: LibreOffice's numbers are those of loops."""

import numpy as np
from libreoffice import needs_libreoffice
from looped import equal_loops

FLAT, END, NORM = ["Flatten", {}], ["Dense", {"units": 3}], ["BatchNormalization", {}]


def conv(**options):
    return ["Conv2D", {"filters": 2, "kernel_size": 3} | options]


def acts(name):
    return ["Activation", {"activation": name}]


LEAKY = ["LeakyReLU", {"negative_slope": 0.05}]
ON_MAPS = [acts("leaky_relu"), acts("sigmoid"), acts("tanh"), ["LeakyReLU", {}],
           ["LeakyReLU", {"negative_slope": 0.0}], ["LeakyReLU", {"negative_slope": 2.0}],
           ["ReLU", {"negative_slope": 0.25}]]  # fmt: skip
CHAINS = {
    # BatchNormalization with a sheet of its own
    "norm first": [NORM, conv(), FLAT, END],
    "norm after an activation": [conv(activation="relu"), NORM, FLAT, END],
    "norm after a layer's": [conv(), ["ReLU", {}], NORM, FLAT, END],
    "norm after pooling, without scale": [
        conv(), ["MaxPooling2D", {"pool_size": 2, "strides": 1}],
        ["BatchNormalization", {"scale": False}], conv(kernel_size=2), FLAT, END],
    "norm after a border, without center": [
        conv(), ["ZeroPadding2D", {"padding": 1}], ["BatchNormalization", {"center": False}],
        ["GlobalMaxPooling2D", {}], END],
    "norm of numbers": [FLAT, ["Dense", {"units": 5, "activation": "tanh"}], NORM, END],
    "norm of Flatten, a large epsilon": [
        conv(), FLAT, ["BatchNormalization", {"epsilon": 0.5}], END],
    "norm folded, then one of its own": [conv(), NORM, ["ReLU", {}], NORM, FLAT, END],
    "norm folded twice, padded and strided": [
        conv(padding="same", strides=2, use_bias=False), NORM, NORM, FLAT, END],
    "norm folded into Dense": [FLAT, ["Dense", {"units": 4}], NORM, ["ReLU", {}], END],
    # ZeroPadding2D
    "a border, other on each side": [
        ["ZeroPadding2D", {"padding": [[1, 2], [0, 3]]}], conv(strides=2), FLAT, END],
    "a border, other in height and width": [
        conv(), ["ZeroPadding2D", {"padding": [2, 1]}], conv(padding="same"), FLAT, END],
    "a border of zeros may be the largest": [
        conv(use_bias=True), ["ZeroPadding2D", {"padding": 1}],
        ["MaxPooling2D", {"pool_size": 3, "strides": 2}], FLAT, END],
    "a border counts in a mean": [
        conv(), ["ZeroPadding2D", {"padding": 2}], ["GlobalAveragePooling2D", {}], END],
    # activations of layers
    **{f"{name} of a convolution": [
        conv(activation=name, padding="same"), FLAT, END]
       for name in ("leaky_relu", "sigmoid", "tanh")},
    "a leaky layer as activations": [conv(activation=LEAKY), FLAT,
                                     ["Dense", {"units": 4, "activation": LEAKY}], END],
    **{f"{name} of Dense": [FLAT, ["Dense", {"units": 4, "activation": name}], END]
       for name in ("leaky_relu", "sigmoid", "tanh")},
    "one sigmoid within": [FLAT, ["Dense", {"units": 1, "activation": "sigmoid"}], END],
    # activations as layers
    "layers on maps": [conv(kernel_size=2), *ON_MAPS, FLAT, END],
    "layers on numbers": [FLAT, ["Dense", {"units": 4}], *ON_MAPS, END],
    "as many units as inputs": [conv(filters=1, kernel_size=4), ["MaxPooling2D", {
        "pool_size": [1, 3]}], FLAT, END],
    # pooling of whole maps, other shapes
    "the largest of each map": [conv(filters=3), ["GlobalMaxPooling2D", {}], END],
    "the largest of each map, at the end": [conv(filters=3), ["GlobalMaxPooling2D", {}]],
    "numbers laid out as maps": [
        FLAT, ["Dense", {"units": 12}], ["Reshape", {"target_shape": [2, 3, 2]}],
        conv(kernel_size=2), FLAT, END],
    "maps laid out as others": [
        conv(), ["Reshape", {"target_shape": [2, 4, 4]}], ["MaxPooling2D", {}], FLAT, END],
    "at the end a sigmoid, then nothing": [
        conv(), FLAT, ["Dense", {"units": 1}], acts("sigmoid")],
}  # fmt: skip
DTYPES = ["float32", "float64", "mixed_bfloat16", "float16"]


@needs_libreoffice
def test_each_kind_is_the_loops_in_every_cell_for_small_and_for_huge_pixels(keras_side):
    specs = []
    for n, chain in enumerate(CHAINS.values()):
        random = np.random.default_rng(n)
        image = random.normal(size=(6, 6, 2))
        # Sums of thousands: no EXP may get too large. Keras's float16 can't hold them.
        specs.append({"input": [6, 6, 2], "layers": chain, "functional": n % 2 == 1, "seed": n,
                      "images": [image.tolist(), (image * 3000).tolist()], "label": 0,
                      "dtype": DTYPES[n % 4]})  # fmt: skip
    equal_loops(keras_side, specs)
