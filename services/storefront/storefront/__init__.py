"""The shop's public face."""

__version__ = "1"
