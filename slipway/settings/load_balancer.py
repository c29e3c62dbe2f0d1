"""The load balancer in front of a service: one of its own, or one that services share."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, Name
from slipway.settings.units import Duration, between

Port = Annotated[int, Field(ge=1, le=65535)]

# A load balancer's quota, which a shared one can reach.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MOST_LISTENERS = 50

HTTP_PORT = 80
HTTPS_PORT = 443


class SharedLoadBalancer(Model):
    """An Application Load Balancer of an environment, for several services."""

    scheme: Literal["internet-facing", "internal"] = "internal"
    """Who can reach it."""
    idle_timeout: Annotated[Duration, AfterValidator(between("1s", "4000s"))] = timedelta(
        seconds=60
    )
    """How long a silent connection is kept; the server's keep-alive must be longer."""
    rate_limit: int = Field(default=2000, ge=10, le=2_000_000_000)
    """Requests from one address in five minutes; more are refused. Internet-facing ones only."""


class LoadBalancer(SharedLoadBalancer):
    """The Application Load Balancer in front of a service."""

    shared: Name | None = None
    """One of the environment's load_balancers, instead of one of its own."""
    port: Port | None = None
    """The production listener: 443 with TLS and 80 without, if nothing is said."""
    test_port: Port = 9000
    """The test listener; open to the hooks only."""
    deregistration_delay: Annotated[Duration, AfterValidator(between("0s", "3600s"))] = timedelta(
        seconds=30
    )
    """How long a target that leaves may finish its requests."""

    @field_validator("test_port")
    @classmethod
    def _another_port(cls, test_port: int, info: ValidationInfo) -> int:
        if test_port == info.data.get("port"):
            raise RuleError(f"must differ from {{here}}port (both are {test_port})")
        return test_port

    @property
    def own_keys(self) -> frozenset[str]:
        """The keys that are written here although a shared load balancer has them."""
        return frozenset(self.model_fields_set & SharedLoadBalancer.model_fields.keys())


class ResolvedLoadBalancer(LoadBalancer):
    """The load balancer of a service in one environment, every value decided."""

    port: Port
