"""Whether an environment's instances and subnets hold what its services may scale to."""

from collections.abc import Iterator
from math import ceil

from slipway.settings.capacity import InstanceType
from slipway.settings.placed import Placed
from slipway.settings.service import Service

# A load balancer needs so many free addresses in each of its subnets.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
_ADDRESSES_OF_A_LOAD_BALANCER = 8

# What a public and a private subnet takes of the network's block, as slipway_constructs.network
# cuts it: a 64th and an eighth. AWS keeps five addresses of each.
_PUBLIC_BITS, _PRIVATE_BITS = 6, 3
_RESERVED_ADDRESSES = 5


def mistakes_of_room(placed: Placed) -> Iterator[str]:
    """Find what is too small."""
    yield from _instances(placed)
    yield from _addresses(placed)


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
            yield placed.mistake_of(
                service.name,
                ("memory",),
                f"and cpu must fit on one {smallest.name}, which offers {smallest.memory}MiB and "
                f"{smallest.cpu} CPU units; make them smaller, or choose larger instance types",
            )
            continue
        needed += 2 * service.scaling.max / fit
        tasks += service.scaling.max
    if ceil(needed) > ec2.max:
        yield placed.mistake(
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
            yield placed.mistake(
                ("network", "cidr"),
                f"is too small: {of} need {needed} addresses in the {kind} subnet of each zone, "
                f"and it has {available - _RESERVED_ADDRESSES}; a larger network needs a new "
                "environment",
            )
