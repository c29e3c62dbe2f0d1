"""Keys, secrets and the firewall before load balancers."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.cost.counting import Count, Item, Month
from slipway.cost.model import Group, Span
from slipway.cost.resources import Resource

_GROUP = Group.SECURITY

# A key that is rotated each year costs more after its first and its second rotation, and stays
# there. https://aws.amazon.com/kms/pricing/
_AFTER_TWO_ROTATIONS = 3


def key(resource: Resource, month: Month) -> Iterator[Count]:
    """Price a key, and the requests to it."""
    rotated = str(resource.get("EnableKeyRotation", False)).lower() == "true"
    yield Item(
        _GROUP,
        "keys",
        Span.of(1, _AFTER_TWO_ROTATIONS if rotated else 1),
        "kms.key-month",
        "the first year, and from the third on" if rotated else "each, never rotated",
    )
    requests = month.assumed["kms_requests"]
    yield Item(_GROUP, "requests to keys", requests, "kms.request", f"{requests} of each")


def secret(_resource: Resource, month: Month) -> Iterator[Count]:
    """Price a secret, and the requests for it."""
    yield Item(_GROUP, "secrets", Span.of(1), "secret.month", "each")
    requests = month.assumed["task_starts"]
    yield Item(_GROUP, "requests for secrets", requests, "secret.request", f"{requests} for each")


def web_acl(resource: Resource, month: Month) -> Iterator[Count]:
    """Price a web ACL, its rules, and the requests that it looks at.

    AWS's own managed rule groups count as a rule each; those of the kinds that cost more, such as
    Bot Control, are not told apart. See https://aws.amazon.com/waf/pricing/
    """
    rules = len(resource.get("Rules", []))
    rate = month.assumed["requests_per_second"]
    yield Item(_GROUP, "web ACLs", Span.of(1), "waf.acl-month", "each")
    yield Item(_GROUP, "rules of web ACLs", Span.of(rules), "waf.rule-month", f"{rules} rules each")
    yield Item(
        _GROUP, "requests looked at", month.requests, "waf.request", f"{rate} requests a second"
    )
