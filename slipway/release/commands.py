"""The next command to try, as it is typed: about the same service, in the same environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commands:
    """How an environment is named on the command line; not at all where nobody has named it."""

    option: str = ""
    """As verbs about a service take it: ``-e prod``, ``--local``."""
    argument: str = ""
    """As verbs about an environment take it: ``prod``, ``--local``."""

    @classmethod
    def in_environment(cls, name: str) -> Commands:
        """Return those in an environment of this name."""
        return cls(option=f"-e {name}", argument=name)

    def about(self, service: str, verb: str, *options: str) -> str:
        """Write a command about a service: ``slipway watch storefront -e prod``."""
        return _typed(verb, service, self.option, *options)

    def about_environment(self, verb: str) -> str:
        """Write a command about the environment: ``slipway deploy prod``."""
        return _typed(verb, self.argument)


UNNAMED = Commands()
"""Where nobody has named the environment: in Lambda."""


def _typed(*words: str) -> str:
    return " ".join(("slipway", *filter(None, words)))
