"""One container service: each module is one part of it, and the stack puts them together."""

from stacks.service.stack import ServiceStack

__all__ = ["ServiceStack"]
