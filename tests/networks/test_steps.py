"""TFLearn's step taken alone ends where `fit` ends."""

import numpy as np

from utils.networks.tflearn_cnn.compat import new_graph, quiet_fit, tflearn
from utils.networks.tflearn_cnn.steps import take_steps


def test_steps_taken_alone_end_at_the_weights_that_fit_ends_at():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([[0], [1], [1], [1]], np.float32)
    ends, seen = [], []
    for alone in (False, True):
        new_graph(seed=0, precision="float32")
        layer = tflearn.fully_connected(tflearn.input_data([None, 2]), 1, activation="sigmoid")
        model = tflearn.DNN(
            tflearn.regression(layer, optimizer="sgd", loss="mean_square", learning_rate=2)
        )
        if alone:
            take_steps(model, x, y, 40, seen.append)
        else:
            with quiet_fit():
                model.fit(x, y, n_epoch=40, shuffle=False)
        ends.append(np.append(model.get_weights(layer.W), model.get_weights(layer.b)))
    np.testing.assert_array_equal(*ends)
    assert seen == list(range(1, 41)) and np.abs(ends[0]).min() > 0.1
