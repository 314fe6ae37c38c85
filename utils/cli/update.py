"""`course update`: a new edition of the course, into the copies that one works in."""

from utils.cli.options import NoPullOption

__all__ = ["update"]


def update(no_pull: NoPullOption = False) -> None:
    """Take a new edition of the notebooks and keep what you wrote."""
    from utils.jupyter.update import update as take

    for sentence in take(pull=not no_pull):
        print(sentence, flush=True)
