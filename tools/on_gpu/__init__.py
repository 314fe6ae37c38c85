"""The course's own recipes, trained by JAX: for a GPU on which there is no TensorFlow.

    python -m tools.on_gpu.jobs FILE            here: what is to be trained, as data
    python -m tools.on_gpu.runner FILE …         there: trains it; needs numpy and JAX, nothing else
    python -m tools.on_gpu.collect FOLDER       here: measured again by TensorFlow, into the tables
    python -m tools.on_gpu.equality             here: the same weights, pictures and order, in both

It is a second program of one recipe: first weights come from the same distributions and the
order of the pictures is the very same, but what is drawn for dropout, turning and moving is not.
True float32 throughout (no TF32), as the reference's other runs.
"""
