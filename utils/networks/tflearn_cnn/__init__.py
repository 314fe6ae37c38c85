"""The CNN of the studies, in TFLearn on today's TensorFlow."""
