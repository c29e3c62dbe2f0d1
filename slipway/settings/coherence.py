"""What has to hold between the files of one environment: who calls, shares, and pulls."""

from collections.abc import Iterator

from slipway.settings.application import Account
from slipway.settings.circles import circle
from slipway.settings.errors import suggestion
from slipway.settings.image_reference import place_of
from slipway.settings.load_balancer import HTTP_PORT, MOST_LISTENERS
from slipway.settings.own_checks import mistakes_of_own_checks
from slipway.settings.pipeline import Images
from slipway.settings.placed import Placed
from slipway.settings.room import mistakes_of_room
from slipway.settings.service import OVERRIDES
from slipway.settings.source import Location


def mistakes_within(placed: Placed, tooling: Account, images: Images) -> Iterator[str]:
    """Find what doesn't fit together in one environment.

    Parameters
    ----------
    placed
        The environment and its services.
    tooling
        Where its images come from.
    images
        What the application says of images.
    """
    yield from _calls(placed)
    yield from _listeners(placed)
    yield from _architectures(placed)
    yield from _without_the_internet(placed, tooling)
    yield from _collectors(placed, tooling, images.collector)
    yield from _canaries(placed)
    yield from mistakes_of_room(placed)
    yield from mistakes_of_own_checks(placed)


def _calls(placed: Placed) -> Iterator[str]:
    calls = {name: service.calls for name, service in placed.services.items()}
    for service in placed.services.values():
        for index, called in enumerate(service.calls):
            where: Location = ("calls", index)
            if called == service.name:
                yield placed.mistake_of(
                    service.name, where, "must name another service than itself"
                )
            elif called not in placed.services:
                others = (name for name in placed.services if name != service.name)
                yield placed.mistake_of(
                    service.name, where, f"is no service; {suggestion(called, others)}"
                )
            elif way := circle(calls, service.name, called):
                yield placed.mistake_of(
                    service.name,
                    where,
                    f"makes a circle ({' calls '.join(way)}), and no stack of "
                    "these could be deployed first; let one of them answer through the other's "
                    "request, or put a queue between them",
                )


def _listeners(placed: Placed) -> Iterator[str]:
    """Check that each listener has a port of its own, and that there are not too many."""
    tls = placed.environment.domain is not None
    taken: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for service in placed.services.values():
        balancer = service.load_balancer
        name = balancer.shared or f"of {service.name} alone"
        if tls:
            taken.setdefault((name, HTTP_PORT), "the redirect to TLS")
        counts[name] = counts.get(name, int(tls)) + 2
        for key, port in (("port", balancer.port), ("test_port", balancer.test_port)):
            owner = f"{service.name} ({key})"
            first = taken.setdefault((name, port), owner)
            if first != owner:
                yield placed.mistake_of(
                    service.name,
                    ("load_balancer", key),
                    f"must be another one than {port}: it is the port of {first} on the load "
                    f"balancer {name}",
                )
    for name, count in counts.items():
        if count > MOST_LISTENERS:
            yield placed.mistake(
                ("load_balancers", name),
                f"would have {count} listeners, and AWS allows {MOST_LISTENERS}: each service "
                "takes two; add another load balancer for some of them",
            )


def _architectures(placed: Placed) -> Iterator[str]:
    architecture = placed.environment.capacity.ec2.architecture
    for service in placed.services.values():
        if service.capacity.ec2 and service.architecture != architecture:
            yield placed.mistake_of(
                service.name,
                ("architecture",),
                f"must be {architecture}, not {service.architecture}: that is what the instance "
                f"types of {placed.environment.name} have (capacity.ec2.instance_types)",
            )


def _without_the_internet(placed: Placed, tooling: Account) -> Iterator[str]:
    """Check that nothing has to be reached on the internet where there is no way to it."""
    environment = placed.environment
    if environment.network.nat != "none":
        return
    if tooling.region != environment.region:
        yield placed.mistake(
            ("network", "nat"),
            f"must be single or per-zone: the image registry is in {tooling.region}, and endpoints "
            f"lead to services of {environment.region} only; or keep images in that region "
            "(tooling)",
        )
    for service in placed.services.values():
        if service.image:
            yield placed.mistake_of(
                service.name,
                ("image",),
                f"cannot be pulled in {environment.name}, which has no way to a public registry "
                "(network.nat is none); choose single, or let a Dockerfile build on the image",
            )
        for index, called in enumerate(service.calls):
            # Its name leads to public addresses, from inside the network as well.
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
            other = placed.services.get(called)
            if other and other.load_balancer.scheme == "internet-facing":
                yield placed.mistake_of(
                    service.name,
                    ("calls", index),
                    f"is internet-facing, and {environment.name} has no way to the internet "
                    "(network.nat is none); choose single, or an internal load balancer for "
                    f"{called}",
                )


def _collectors(placed: Placed, tooling: Account, collector: str | None) -> Iterator[str]:
    """Check that what takes a service's traces can be pulled."""
    environment = placed.environment
    for service in placed.services.values():
        if not service.tracing:
            continue
        if collector is None:
            yield placed.mistake_of(
                service.name,
                ("tracing",),
                "needs images.collector in slipway.yaml: the image that takes the traces, by "
                "digest; docs/how-to/tracing.md says how to look it up",
            )
        elif environment.network.nat == "none":
            place = place_of(collector)
            near = {environment.account, tooling.account}
            if place is None or place[0] not in near or place[1] != environment.region:
                yield placed.mistake_of(
                    service.name,
                    ("tracing",),
                    f"needs images.collector (slipway.yaml) in a registry of ECR in "
                    f"{environment.region}, of the account {' or '.join(sorted(near))}: "
                    f"{environment.name} has no way to another one (network.nat is none)",
                )


def _canaries(placed: Placed) -> Iterator[str]:
    """Check that who asks from outside finds somebody there."""
    environment = placed.environment
    for service in placed.services.values():
        if not service.canary:
            continue
        where = f"write it under {OVERRIDES}, for those where"
        if service.load_balancer.scheme != "internet-facing":
            yield placed.mistake_of(
                service.name,
                ("canary",),
                f"must go: {service.name} has an internal load balancer in {environment.name}, and "
                "a canary asks from outside",
            )
        elif environment.domain is None:
            yield placed.mistake_of(
                service.name,
                ("canary",),
                f"must go in {environment.name}, which has no domain, and so no name that anybody "
                f"outside knows; {where} there is one",
            )
        elif environment.office_hours is not None:
            yield placed.mistake_of(
                service.name,
                ("canary",),
                f"must go in {environment.name}, which sleeps outside of office_hours: it would "
                f"call people every evening; {where} services always run",
            )
