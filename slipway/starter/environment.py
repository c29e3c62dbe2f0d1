"""A new environment's file."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

_TEXT = Path(__file__).parent / "texts" / "environment.yaml"
_ZONES = "abc"
_BLOCKS = [f"10.{number}.0.0/16" for number in range(0, 256, 16)]


@dataclass(frozen=True, kw_only=True)
class NewEnvironment:
    """The answers that a new environment's file is written from."""

    name: str
    account: str
    """Twelve digits."""
    region: str
    """Such as ``eu-west-1``."""
    cidr: str
    """The IPv4 addresses of its network, between /16 and /20."""
    nat: str = "single"
    """``none``, ``single`` or ``per-zone``."""
    plain_http: str
    """Why it has no TLS, until somebody gives it a domain."""
    production: bool = False
    """Whether releases need approval, and data stays when a stack goes."""

    @property
    def text(self) -> str:
        """The file's text."""
        zones = ", ".join(f"{self.region}{letter}" for letter in _ZONES)
        return Template(_TEXT.read_text(encoding="utf-8")).substitute(
            name=self.name,
            account=self.account,
            region=self.region,
            zones=zones,
            cidr=self.cidr,
            nat=self.nat,
            plain_http=self.plain_http.replace('"', "'"),
            approval="required" if self.production else "none",
            log_retention="365d" if self.production else "14d",
            removal_policy="retain" if self.production else "destroy",
        )


def free_block(taken: Iterable[str]) -> str:
    """Return a /16 that overlaps none of some networks; networks that overlap can't be joined."""
    networks = [ipaddress.IPv4Network(each) for each in taken]
    for block in _BLOCKS:
        if not any(ipaddress.IPv4Network(block).overlaps(each) for each in networks):
            return block
    return "172.20.0.0/16"
