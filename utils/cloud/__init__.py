"""One file, floyd.yml, read and checked, then run here, by ssh, or on a cloud's machine.

Nothing here knows TensorFlow or how a training goes.
"""
