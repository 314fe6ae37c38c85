"""`course reset`: the original of a notebook back, and one's own kept aside."""

from utils.cli.options import NotebooksArgument

__all__ = ["reset"]


def reset(notebooks: NotebooksArgument) -> None:
    """Give notebooks back as they were; yours are kept aside."""
    from utils.jupyter.work import reset as give_back

    done = give_back(None if notebooks == "all" else notebooks)
    for copy, kept in done.items():
        print(f"{copy.path} is the original." + (f" Yours is kept: {kept}" if kept else ""))
    if not done:
        print("There is nothing to reset: it is as the original is, without outputs.")
