"""Where `course` begins: an early Ctrl-C ends it without a word, as it does any small program.

The imports behind the command take a moment, and Python would answer with a traceback then.
"""

import signal

__all__ = ["main"]


def main() -> None:
    """Import the command, then run it."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from utils.cli import main as command

    signal.signal(signal.SIGINT, handler)
    command.main()
