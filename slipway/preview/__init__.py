"""What deploying an environment would do: its stacks in an assembly, and as they are deployed."""

from slipway.preview.difference import Difference, compare
from slipway.preview.text import counted, plain, text

__all__ = ["Difference", "compare", "counted", "plain", "text"]
