"""A deck of slides a lesson, from the executed notebooks themselves."""
