"""Flip, rotation and crop as TensorFlow ops: a whole batch at once, inside the graph.

TFLearn's own `ImageAugmentation` turns one float picture after another in Python threads.
These ops do the same to a batch in one call, and on a GPU too. Nothing here knows networks.
"""

from typing import Any

from utils.networks.tflearn_cnn.compat import tflearn  # switches TensorFlow to graph mode first

import tensorflow as tf  # isort: skip

__all__ = ["DRAWN", "augment", "transforms"]

# The graph's collection of what is drawn here at each training step.
DRAWN = "course/drawn"


def augment(images: Any, flip: bool, rotation: float, crop: int = 0) -> Any:
    """Mirror, turn and move pictures while training; pass them through unchanged otherwise.

    images: (n, height, width, channels) float32, standardised, so that 0 is the mean
        colour: corners that turn in from outside are filled with it.
    flip: mirror each picture left to right with probability 1/2.
    rotation: with probability 1/2 turn a picture by an angle drawn uniformly from ± this
        many degrees. Both chances are TFLearn's (`tflearn.data_augmentation`).
    crop: move each picture by a whole number of pixels, drawn from ± this many, along each axis:
        what padding it with 0 on all sides and cutting its size out anywhere gives (He et al.
        2015, section 4.2, with 4 pixels; `tflearn.ImageAugmentation.add_random_crop`).
    """
    if not flip and not rotation and not crop:
        return images
    training = tflearn.get_training_mode()
    rows = tf.cond(
        training,
        lambda: _random_transforms(images, flip, rotation, crop),
        lambda: tf.zeros([0, 8]),
    )
    tf.compat.v1.add_to_collection(DRAWN, rows)
    return tf.cond(training, lambda: _apply(images, rows), lambda: images)


def transforms(angles: Any, mirrored: Any, height: int, width: int, moved: Any = (0.0, 0.0)) -> Any:
    """Return the (n, 8) float32 rows that `ImageProjectiveTransformV3` takes.

    Each row maps a point of the new picture to the point of the old one whose colour it
    gets: x_old = a·x + b·y + c, y_old = d·x + e·y + f, about the picture's centre.

    angles: (n,) float32, radians, anticlockwise as seen on screen.
    mirrored: (n,) float32, -1 where the picture is mirrored left to right, else 1.
    moved: two times (n,) float32: how many pixels left and up the whole is moved in the end.
    Source: https://www.tensorflow.org/api_docs/python/tf/raw_ops/ImageProjectiveTransformV3
    """
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    cos, sin = tf.cos(angles), tf.sin(angles)
    a, b = mirrored * cos, -mirrored * sin
    d, e = sin, cos
    c = centre_x - a * (centre_x - moved[0]) - b * (centre_y - moved[1])
    f = centre_y - d * (centre_x - moved[0]) - e * (centre_y - moved[1])
    zero = tf.zeros_like(angles)
    return tf.stack([a, b, c, d, e, f, zero, zero], axis=1)


def _random_transforms(images: Any, flip: bool, rotation: float, crop: int) -> Any:
    n = tf.shape(images)[0]
    limit = rotation * 3.141592653589793 / 180
    coin = tf.random.uniform([2, n])
    angles = tf.where(coin[0] < 0.5, tf.random.uniform([n], -limit, limit), tf.zeros([n]))
    mirrored = tf.where(coin[1] < 0.5, -tf.ones([n]), tf.ones([n])) if flip else tf.ones([n])
    size = int(images.shape[1]), int(images.shape[2])
    if not crop:  # no op more than before crops came: the seeds of others depend on their number
        return transforms(angles, mirrored, *size)
    moved = tf.cast(tf.random.uniform([2, n], -crop, crop + 1, tf.int32), tf.float32)
    return transforms(angles, mirrored, *size, moved)


def _apply(images: Any, rows: Any) -> Any:
    turned = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=rows,
        output_shape=[int(images.shape[1]), int(images.shape[2])],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    turned.set_shape(images.shape)
    return turned
