"""What a check is told, and how it says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .requests import Answer


class CheckFailed(AssertionError):  # noqa: N818 - a verdict on green, not a fault of the check
    """Green did not pass; the message says in one sentence what was expected and what came.

    It is an `AssertionError`, so that a service's own check can say no with ``assert`` and needs
    to import nothing.
    """


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
    production_port
        The production listener's, which speaks the same protocol.
    alarms
        Names of the CloudWatch alarms that the deployment watches; none where it ignores them.
    replaces
        ``family:number`` that is live; None where nothing is known to be.
    is_cure
        Whether the deployment ignores alarms: it replaces something that is known to be ill.
    """

    revision: str
    images: tuple[str, ...]
    desired_count: int | None
    target_group_arn: str | None
    addresses: tuple[str, ...]
    host: str
    port: int
    production_port: int
    protocol: str
    alarms: tuple[str, ...]
    replaces: str | None = None
    is_cure: bool = False

    def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 5.0,
    ) -> "Answer":
        """Ask green for a path through the test listener, and return its answer.

        The answer is green's: an answer of any other task fails the check, and so does one that
        leaves open whose it is.

        Parameters
        ----------
        path
            Such as ``/stock?item=umbrella``.
        headers
            Of the request.
        timeout_seconds
            How long each step of the answer is waited for.

        Raises
        ------
        CheckFailed
            When nothing answers, or somebody else does.
        """
        from .identity import Identity
        from .requests import ask

        answer = ask(self, "GET", path, timeout_seconds, headers=headers)
        Identity(self, timeout_seconds).prove(f"GET {path}", answer)
        return answer
