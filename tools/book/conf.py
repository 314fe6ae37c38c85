"""Sphinx's settings for the book; `python -m tools.book` lays out its sources first."""

project = "Deep learning, hands on"
author = copyright = "The authors of the course"
extensions = ["myst_nb"]
html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["recording.css", "book.css"]
html_js_files = ["recording.js"]
html_show_sphinx = html_show_sourcelink = html_copy_source = False
# Pages are executed before; here nothing runs.
nb_execution_mode = "off"
nb_merge_streams = True
myst_heading_anchors = 4
# What is no page of the book is plain text by now (sources.py), so a warning is a fault.
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]
exclude_patterns = ["docs/pictures"]
language = "en"
