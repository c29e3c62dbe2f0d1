"""What the shop has in stock."""

__version__ = "1"
