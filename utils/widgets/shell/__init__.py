"""What every widget stands in: controls, a picture that follows them, a canvas to draw it on."""

from pathlib import Path

__all__ = ["SCRIPTS"]

# The folder of the JavaScript and CSS that widgets bring along.
SCRIPTS = Path(__file__).resolve().parent
