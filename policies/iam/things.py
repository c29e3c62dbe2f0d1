"""What statements speak of, and whose it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """Whose something is: a service of an environment, or the environment itself (``all``)."""

    account: str
    region: str
    application: str
    environment: str
    service: str

    @property
    def is_service(self) -> bool:
        """Whether it is one service and not all of an environment."""
        return self.service != "all"

    def of_environment(self, other: "Owner") -> bool:
        """Tell whether both belong to the same environment of the same application."""
        return (self.application, self.environment) == (other.application, other.environment)


@dataclass(frozen=True)
class Thing:
    """What an ARN of some resource of a template names.

    Attributes
    ----------
    place
        ``<stack>/<logical id>``.
    type
        The resource's type.
    arn
        The ARN of the resource or of something that belongs to it.
    owner
        Whose it is.
    """

    place: str
    type: str
    arn: str
    owner: Owner
