"""Notebooks executed, or opened in JupyterLab with TensorBoard beside them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "downloads": ["download_link"],
        "run_names": ["short_name"],
        "tensorboard": ["tensorboard_frame", "tensorboard_link"],
    },
)
