"""What a check is told, and how it says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .requests import Answer


class CheckFailed(AssertionError):  # noqa: N818 - a verdict on green, not a fault of the check
    """Green did not pass; the message says in one sentence what was expected and what came.

    It is an `AssertionError`, so that a service's own check can say no with ``assert`` and needs
    to import nothing.
    """


class Facts(Protocol):
    """What has to be asked of AWS about green: each of it only when it is first read.

    Attributes
    ----------
    images, desired_count, target_group_arn, replaces, addresses
        See `Green`.
    """

    @property
    def images(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def desired_count(self) -> int | None: ...  # noqa: D102

    @property
    def target_group_arn(self) -> str | None: ...  # noqa: D102

    @property
    def replaces(self) -> str | None: ...  # noqa: D102

    @property
    def addresses(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Green:
    """The new tasks, and where they can be reached before they serve production.

    Attributes
    ----------
    revision
        ``family:number`` of the task definition.
    host
        DNS name for the Host header, and for TLS the name that the certificate must carry.
    port, protocol
        The test listener's; the protocol is ``HTTP`` or ``HTTPS``.
    production_port
        The production listener's, which speaks the same protocol.
    alarms
        Names of the CloudWatch alarms that the deployment watches; none where it ignores them.
    facts
        What is asked for only when a check reads it: clients of AWS are slow to make.
    is_cure
        Whether the deployment ignores alarms: it replaces something that is known to be ill.
    """

    revision: str
    host: str
    port: int
    production_port: int
    protocol: str
    alarms: tuple[str, ...]
    facts: Facts
    is_cure: bool = False

    @property
    def images(self) -> tuple[str, ...]:
        """Image references of its containers."""
        return self.facts.images

    @property
    def desired_count(self) -> int | None:
        """Tasks that should run; None before the task set exists, that is before AfterInstall."""
        return self.facts.desired_count

    @property
    def target_group_arn(self) -> str | None:
        """Target group of the task set; None before the task set exists."""
        return self.facts.target_group_arn

    @property
    def replaces(self) -> str | None:
        """``family:number`` that is live; None where nothing is known to be."""
        return self.facts.replaces

    @property
    def addresses(self) -> tuple[str, ...]:
        """Private addresses of the load balancer."""
        return self.facts.addresses

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
