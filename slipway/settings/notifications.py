"""Who is told of something."""

import re

from pydantic import field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, refuse_repeats


class Notifications(Model):
    """Who is told."""

    email: tuple[str, ...] = ()
    """E-mail addresses; AWS asks each to confirm before it sends anything else."""

    @field_validator("email")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for index, address in enumerate(addresses):
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", address):
                raise RuleError(
                    f"must be an e-mail address, such as team@example.com, not {address!r:.60}",
                    at=(index,),
                )
        refuse_repeats(addresses)
        return addresses
