"""What deploying an environment would do: its stacks in an assembly, and as they are deployed."""

from slipway.preview.difference import Difference, compare
from slipway.preview.preview import Preview
from slipway.preview.text import counted, text

__all__ = ["Difference", "Preview", "compare", "counted", "text"]
