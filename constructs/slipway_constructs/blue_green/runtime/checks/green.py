"""What a check is told, and how it says no."""

from dataclasses import dataclass


class CheckFailed(Exception):  # noqa: N818 - a verdict on green, not a fault of the check
    """Green did not pass; the message says in one sentence what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Green:
    """The new tasks, and where they can be reached before they serve production.

    Attributes
    ----------
    revision
        ``family:number`` of the task definition.
    images
        Image references of its containers.
    desired_count
        Tasks that should run; None before the task set exists.
    target_group_arn
        Target group of the task set; None before the task set exists.
    addresses
        Private addresses of the load balancer.
    host
        DNS name for the Host header, and for TLS the name that the certificate must carry.
    port, protocol
        The test listener's; the protocol is ``HTTP`` or ``HTTPS``.
    alarms
        Names of the CloudWatch alarms that the deployment watches; none where it ignores them.
    """

    revision: str
    images: tuple[str, ...]
    desired_count: int | None
    target_group_arn: str | None
    addresses: tuple[str, ...]
    host: str
    port: int
    protocol: str
    alarms: tuple[str, ...]
