"""What has to hold between files: services that call or share, and an environment's room."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from slipway.settings.capacity import InstanceType
from slipway.settings.environment import Environment
from slipway.settings.load_balancer import HTTP_PORT, MOST_LISTENERS
from slipway.settings.service import Service
from slipway.settings.source import Location, Source
from slipway.settings.validation import mistake_at

# A load balancer needs so many free addresses in each of its subnets.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
_ADDRESSES_OF_A_LOAD_BALANCER = 8

# What a public and a private subnet takes of the network's block, as slipway_constructs.network
# cuts it: a 64th and an eighth. AWS keeps five addresses of each.
_PUBLIC_BITS, _PRIVATE_BITS = 6, 3
_RESERVED_ADDRESSES = 5


@dataclass(frozen=True)
class Placed:
    """An environment and its services, with the text that they come from."""

    environment: Environment
    source: Source
    services: Mapping[str, Service]
    sources: Mapping[str, Source]

    def mistake(self, service: str, location: Location, message: str) -> str:
        """Return the line that tells a mistake in a service's file."""
        return mistake_at(self.sources[service], location, message)


def mistakes_within(placed: Placed) -> Iterator[str]:
    """Find what doesn't fit together in one environment."""
    yield from _calls(placed)
    yield from _listeners(placed)
    yield from _architectures(placed)
    yield from _instances(placed)
    yield from _addresses(placed)


def mistakes_between(
    each: Mapping[str, Environment], services: Mapping[str, list[str]]
) -> list[str]:
    """Find environments whose names, or whose services' names, become the same in AWS."""
    taken: dict[tuple[str, ...], str] = {}
    found = []
    for name, environment in each.items():
        stage = name.title().replace("-", "")
        place = (environment.account, environment.region)
        names = [
            (("stage", stage), f"the stage {stage}"),
            *(
                (("stack", *place, f"{name}-{s}"), f"the stack …-{name}-{s}")
                for s in services[name]
            ),
            *((("hook", *place, f"{s}-{name}"), f"the hook {s}-{name}") for s in services[name]),
        ]
        for key, what in names:
            first = taken.setdefault(key, name)
            if first != name:
                found.append(
                    f"environments/{name}.yaml:1: the environment's name must be another one: it "
                    f"makes {what}, as {first} does"
                )
                break
    return found


def _calls(placed: Placed) -> Iterator[str]:
    for service in placed.services.values():
        for index, called in enumerate(service.calls):
            where: Location = ("calls", index)
            if called == service.name:
                yield placed.mistake(service.name, where, "must name another service than itself")
            elif called not in placed.services:
                known = ", ".join(name for name in placed.services if name != service.name)
                yield placed.mistake(
                    service.name, where, f"is no service; known: {known or 'none'}"
                )
            elif path := _path(placed.services, called, service.name):
                yield placed.mistake(
                    service.name,
                    where,
                    f"makes a circle ({' calls '.join((service.name, *path))}), and no stack of "
                    "these could be deployed first; let one of them answer through the other's "
                    "request, or put a queue between them",
                )


def _path(services: Mapping[str, Service], start: str, end: str) -> tuple[str, ...]:
    """Return the services on the way from one to another by calls; none if there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        for called in services[way[-1]].calls:
            if called == end:
                return (*way, end)
            if called in services and called not in seen:
                seen.add(called)
                ways.append((*way, called))
    return ()


def _listeners(placed: Placed) -> Iterator[str]:
    """Check that each listener has a port of its own, and that there are not too many."""
    tls = placed.environment.domain is not None
    taken: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for service in placed.services.values():
        balancer = service.load_balancer
        name = balancer.shared or f"that of {service.name}"
        if tls:
            taken.setdefault((name, HTTP_PORT), "the redirect to TLS")
        counts[name] = counts.get(name, int(tls)) + 2
        for key, port in (("port", balancer.port), ("test_port", balancer.test_port)):
            owner = f"{service.name} ({key})"
            first = taken.setdefault((name, port), owner)
            if first != owner:
                yield placed.mistake(
                    service.name,
                    ("load_balancer", key),
                    f"must be another one than {port}: it is the port of {first} on the load "
                    f"balancer {name}",
                )
    for name, count in counts.items():
        if count > MOST_LISTENERS:
            yield mistake_at(
                placed.source,
                ("load_balancers", name),
                f"would have {count} listeners, and AWS allows {MOST_LISTENERS}: each service "
                "takes two; add another load balancer for some of them",
            )


def _architectures(placed: Placed) -> Iterator[str]:
    architecture = placed.environment.capacity.ec2.architecture
    for service in placed.services.values():
        if service.capacity.ec2 and service.architecture != architecture:
            yield placed.mistake(
                service.name,
                ("architecture",),
                f"must be {architecture}, not {service.architecture}: that is what the instance "
                f"types of {placed.environment.name} have (capacity.ec2.instance_types)",
            )


def _instances(placed: Placed) -> Iterator[str]:
    """Check that the EC2 capacity holds twice the tasks, which blue/green needs."""
    ec2 = placed.environment.capacity.ec2
    needed = 0.0
    tasks = 0
    for service in placed.services.values():
        if not service.capacity.ec2:
            continue
        smallest = min(ec2.types, key=lambda type_: _fit(service, type_))
        fit = _fit(service, smallest)
        if not fit:
            yield placed.mistake(
                service.name,
                ("memory",),
                f"and cpu must fit on one {smallest.name}, which offers {smallest.memory}MiB and "
                f"{smallest.cpu} CPU units; make them smaller, or choose larger instance types",
            )
            continue
        needed += 2 * service.scaling.max / fit
        tasks += service.scaling.max
    if ceil(needed) > ec2.max:
        yield mistake_at(
            placed.source,
            ("capacity", "ec2", "max"),
            f"must be at least {ceil(needed)}, not {ec2.max}: during a blue/green release the "
            f"instances hold twice the {tasks} tasks that services on ec2 may scale to",
        )


def _fit(service: Service, type_: InstanceType) -> int:
    """Return how many tasks of a service an instance holds."""
    return min(type_.cpu // service.cpu, type_.memory // service.memory, type_.tasks)


def _addresses(placed: Placed) -> Iterator[str]:
    """Check that the subnets of each zone have an address for everything that takes one."""
    environment = placed.environment
    zones = len(environment.availability_zones)
    public = {
        service.load_balancer.shared or service.name: service.load_balancer.scheme
        for service in placed.services.values()
    }
    facing = sum(scheme == "internet-facing" for scheme in public.values())
    internal = len(public) - facing
    tasks = sum(2 * service.scaling.max for service in placed.services.values())
    balancer = _ADDRESSES_OF_A_LOAD_BALANCER
    for kind, bits, needed, of in (
        ("public", _PUBLIC_BITS, facing * balancer, f"{facing} load balancers"),
        (
            "private",
            _PRIVATE_BITS,
            # An address for the hook functions of each service, and each task twice.
            internal * balancer + len(placed.services) + ceil(tasks / zones),
            f"{internal} load balancers and twice the {tasks // 2} tasks",
        ),
    ):
        available = environment.network.addresses >> bits
        if needed > available - _RESERVED_ADDRESSES:
            yield mistake_at(
                placed.source,
                ("network", "cidr"),
                f"is too small: {of} need {needed} addresses in the {kind} subnet of each zone, "
                f"and it has {available - _RESERVED_ADDRESSES}; a larger network needs a new "
                "environment",
            )
