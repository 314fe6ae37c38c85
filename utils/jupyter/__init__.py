"""Notebooks executed, or opened: JupyterLab, its start page, TensorBoard."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "downloads": ["download_link"],
        "run_names": ["short_name"],
        "start_view": ["show_start_page"],
        "tensorboard": ["tensorboard_frame", "tensorboard_link"],
    },
)
