"""The course as a site: every lesson with its outputs, to be read without an installation."""
