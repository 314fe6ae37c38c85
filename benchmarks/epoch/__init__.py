"""An epoch of the studies' baseline: this course beside the article's code, Keras, PyTorch and JAX.

`make bench`, or `python -m benchmarks.epoch --help`. Every side trains the very same network
(`BASELINE` of utils/networks/tflearn_cnn/config.py, first weights drawn from the same
distributions) on the same CIFAR-10 pictures, each measurement in a process of its own, the sides
in turn. One process measures one epoch that warms up and isn't counted, then the counted ones,
then the accuracy on the validation pictures; what is done between epochs isn't timed.

Two modes. `augmented`: with chance 1/2 mirrored, with chance 1/2 turned by up to 25°, each
framework by its usual means. `plain`: neither. Every side takes all pictures in a new order each
epoch, the last, smaller batch too, and keeps the running means of loss and accuracy.
"""
