"""A class of learners: their notebooks graded in a cage, their progress in one table.

Nothing that a learner has handed in is believed or executed outside the cage.
"""
