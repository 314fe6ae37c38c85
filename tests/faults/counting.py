"""How a campaign tells what it counted: tests/conftest.py shows such lines at the end."""

__all__ = ["counted"]


def counted(text: str) -> None:
    """Print what was tried and what was lost, on a line of its own."""
    print(f"\ncounted: {text}")
