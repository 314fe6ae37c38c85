"""What every widget stands in: controls, a picture that follows them, a canvas to draw it on."""

from pathlib import Path

__all__ = ["SCRIPTS", "script"]

# The folder of the JavaScript and CSS that widgets bring along.
SCRIPTS = Path(__file__).resolve().parent


def script(*names: str) -> str:
    """Return files of SCRIPTS as one module: a widget's script can't import another file."""
    return "\n".join((SCRIPTS / name).read_text(encoding="utf-8") for name in names)
