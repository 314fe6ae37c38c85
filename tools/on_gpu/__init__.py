"""The course's own recipes, trained by JAX: for a GPU on which there is no TensorFlow.

    python -m tools.on_gpu.jobs FILE                  here: what is to be trained, as data
    python -m tools.on_gpu --jobs FILE --data …       there: trains it; needs JAX alone
    python -m tools.on_gpu.collect FOLDER …           here: measures again by TensorFlow, and
                                                      writes the tables
    python -m tools.on_gpu.equality                   here, with JAX: holds the two programs
                                                      against one another

It is a second program of one recipe. First weights come from the same distributions and the
order of the pictures is the very same, but other numbers are drawn for first weights, dropout,
turning and moving. True float32 throughout (no TF32), as the reference's other runs. JAX isn't
among the course's packages: whoever trains or compares has it in an environment of their own.
"""
