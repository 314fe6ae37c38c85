"""Trained networks for use outside the course, where there is no Python: a page.

Knows nothing of Jupyter or the command line.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"page": ["export_page"]})
