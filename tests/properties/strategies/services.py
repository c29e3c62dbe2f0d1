"""``services/<name>/service.yaml``, for the environments that there are."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from strategies.deployments import deployments
from strategies.keys import ABSENT, mapping
from strategies.values import VARIABLES, durations, names, sizes, texts

from slipway.settings.build import Build
from slipway.settings.canary import Canary
from slipway.settings.capacity import ARCHITECTURES
from slipway.settings.health_check import HealthCheck
from slipway.settings.load_balancer import LoadBalancer
from slipway.settings.scaling import Scaling
from slipway.settings.service import ServiceFile
from slipway.settings.service_capacity import (
    FARGATE_CPU,
    ProviderShare,
    ServiceCapacity,
    fargate_memory,
)
from slipway.settings.tracing import Tracing
from slipway.settings.variables import Secret

MOST_TASKS = 20
"""Tasks of a service: so few that every network holds them twice."""


@dataclass(frozen=True)
class Surroundings:
    """What a service has to fit in.

    Attributes
    ----------
    architecture
        The processor of all environments' instances; none, if theirs differ.
    internet
        Whether every environment has a way to the internet.
    public
        Whether every environment is reached from outside at any hour, by a name.
    traced
        Whether there is a collector for traces, which every environment can pull.
    shared
        The load balancer that it shares, if it shares one.
    ports
        Its own on that one.
    calls
        Services that it may call.
    functions
        Those of its checks.py, with the arguments that they need.
    """

    architecture: str | None
    internet: bool
    public: bool
    traced: bool
    shared: str | None
    ports: tuple[int, int]
    calls: list[str]
    functions: dict[str, list[str]]


@st.composite
def _shares(draw: st.DrawFn, base: int, weight: int) -> dict[str, Any]:
    """A provider's share; both are written where the defaults would say something else."""
    drawn = mapping(draw, ProviderShare, base=st.just(base), weight=st.just(weight))
    return drawn | ({"weight": 0} if weight == 0 else {})


@st.composite
def capacities(draw: st.DrawFn, *, on_ec2: bool) -> dict[str, Any]:
    """What ECS accepts: Fargate providers or EC2, one base, a weight."""
    base, weight, other = (draw(st.integers(*each)) for each in ((0, 99), (1, 1000), (0, 1000)))
    if on_ec2:
        drawn = {"ec2": draw(_shares(base, weight))}
    else:
        shares = {"fargate": (base, weight), "fargate_spot": (0, other)}
        if draw(st.booleans()):
            shares = {"fargate": (0, other), "fargate_spot": (base, weight)}
        if draw(st.booleans()):
            shares.popitem()
            shares |= dict.fromkeys(shares, (base, weight))
        drawn = {name: draw(_shares(*share)) for name, share in shares.items()}
    assert drawn.keys() <= ServiceCapacity.model_fields.keys()
    return drawn


@st.composite
def health_checks(draw: st.DrawFn, *, fully: bool = False) -> dict[str, Any]:
    """How the target groups tell that a task is well."""
    interval = draw(st.integers(6, 300))
    drawn = mapping(
        draw,
        HealthCheck,
        fully=fully,
        path=st.sampled_from(["/", "/health", "/ready?deep=1"]),
        interval=durations(f"{interval}s", f"{interval}s"),
        timeout=durations("2s", f"{min(120, interval - 1)}s"),
        healthy_threshold=st.integers(2, 10),
        unhealthy_threshold=st.integers(2, 10),
    )
    # Beside the other's default.
    return drawn if "interval" in drawn else drawn | {"timeout": "9s"}


@st.composite
def scalings(draw: st.DrawFn, *, fully: bool = False) -> dict[str, Any]:
    """How many tasks run."""
    most = draw(st.integers(2, MOST_TASKS))
    drawn = mapping(
        draw,
        Scaling,
        fully=fully,
        min=st.integers(1, most),
        max=st.just(most),
        cpu_percent=st.integers(1, 100),
        headroom_percent=st.integers(0, 300),
    )
    return drawn if "max" in drawn else drawn | {"min": 1}


@st.composite
def _load_balancers(draw: st.DrawFn, around: Surroundings, most_delay: int) -> dict[str, Any]:
    own = around.shared is None
    # Not 80, nor 443: the redirect to TLS, or the other's default, may be there.
    port = st.integers(1024, 8999) if own else st.just(around.ports[0])
    test_port = st.integers(9000, 65535) if own else st.just(around.ports[1])
    drawn = mapping(
        draw,
        LoadBalancer,
        scheme=st.sampled_from(["internet-facing", "internal"]) if own else ABSENT,
        idle_timeout=durations("1s", "4000s") if own else ABSENT,
        rate_limit=st.integers(10, 10_000) if own else ABSENT,
        shared=ABSENT if own else st.just(around.shared),
        port=port,
        test_port=test_port,
        deregistration_delay=durations("0s", f"{most_delay}s"),
    )
    if not own:
        drawn |= {"shared": around.shared}
        drawn |= {"port": around.ports[0], "test_port": around.ports[1]}
    return drawn


@st.composite
def _tasks(draw: st.DrawFn, *, on_ec2: bool) -> tuple[int, int]:
    """CPU units and MiB, of Fargate's list, or such that they fit on the smallest instance."""
    if on_ec2:
        return draw(st.integers(128, 2048)), draw(st.integers(6, 3600))
    cpu = draw(st.sampled_from(FARGATE_CPU))
    return cpu, draw(st.sampled_from(fargate_memory(cpu)))


@st.composite
def _secrets(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        Secret,
        name=names(8),
        # One secret, one key.
        key=st.just("key"),
    )


@st.composite
def _builds(draw: st.DrawFn, architecture: str) -> dict[str, Any]:
    """An image for what runs it, and perhaps for the other processor too."""
    others = draw(st.lists(st.sampled_from(ARCHITECTURES), unique=True))
    wanted = [architecture, *(each for each in others if each != architecture)]
    return mapping(draw, Build, architectures=st.permutations(wanted).map(list))


@st.composite
def _tracing(draw: st.DrawFn, cpu: int, memory: int) -> dict[str, Any]:
    """A collector that leaves half of the task to the service."""
    return mapping(
        draw,
        Tracing,
        # The default for the memory may be too much.
        always=("memory",),
        sampled_percent=st.integers(1, 100),
        cpu=st.integers(2, min(cpu // 2, 4096)),
        memory=sizes(st.integers(64, memory // 2)),
    )


@st.composite
def _canaries(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        Canary,
        path=st.sampled_from(["/", "/health?deep=1"]),
        body=texts(20),
        interval=st.integers(1, 60).map("{}m".format),
        timeout=durations("1s", "50s"),
        failures=st.integers(1, 10),
        runtime=st.sampled_from(["syn-python-selenium-14.0", "syn-python-selenium-7.0"]),
    )


@st.composite
def service_files(draw: st.DrawFn, around: Surroundings) -> dict[str, Any]:
    """What runs, without overrides."""
    on_ec2 = around.architecture is not None and draw(st.booleans())
    cpu, memory = draw(_tasks(on_ec2=on_ec2))
    stop = draw(st.integers(31, 3600 if on_ec2 else 120))
    image = "public.ecr.aws/shop/web@sha256:" + "0a" * 32
    elsewhere = around.internet and draw(st.integers(0, 3)) == 3
    variables = draw(st.lists(VARIABLES, max_size=4, unique=True))
    plain, secret = variables[::2], variables[1::2]
    drawn = mapping(
        draw,
        ServiceFile,
        image=st.just(image) if elsewhere else ABSENT,
        capacity=capacities(on_ec2=on_ec2),
        placement=st.sampled_from(["spread", "binpack"]) if on_ec2 else ABSENT,
        execute_command=st.booleans(),
        port=st.integers(1, 65535),
        cpu=st.just(cpu),
        memory=sizes(st.just(memory)),
        architecture=st.just(around.architecture)
        if on_ec2
        else st.sampled_from(["x86_64", "arm64"]),
        # For what it runs on, which is known below.
        build=ABSENT,
        load_balancer=_load_balancers(around, min(stop - 1, 3600)),
        health_check=health_checks(),
        stop_timeout=durations(f"{stop}s", f"{stop}s"),
        environment=st.fixed_dictionaries({name: texts(20) for name in plain}),
        calls=st.lists(st.sampled_from(around.calls), max_size=3, unique=True)
        if around.calls
        else st.just([]),
        secrets=st.fixed_dictionaries({name: _secrets() for name in secret}),
        scaling=scalings(),
        tracing=_tracing(cpu, memory) if around.traced and memory >= 128 else ABSENT,
        canary=_canaries() if around.public and around.shared is None else ABSENT,
        deployment=deployments(functions=around.functions, image_elsewhere=elsewhere),
    )
    if on_ec2:
        drawn |= {"architecture": around.architecture}
        if "capacity" not in drawn:
            drawn["capacity"] = {"ec2": {}}
    if "image" not in drawn and draw(st.booleans()):
        drawn["build"] = draw(_builds(drawn.get("architecture", "x86_64")))
    if "canary" in drawn:
        drawn.setdefault("load_balancer", {})["scheme"] = "internet-facing"
    if "stop_timeout" not in drawn:
        drawn.get("load_balancer", {}).pop("deregistration_delay", None)
    if around.shared and "load_balancer" not in drawn:
        drawn["load_balancer"] = draw(_load_balancers(around, 30))
    return drawn


@st.composite
def overrides(draw: st.DrawFn, general: dict[str, Any]) -> dict[str, Any]:
    """What differs in one environment: whole mappings, as the general ones may lack keys."""
    on_ec2 = "ec2" in general.get("capacity", {})
    memory = st.sampled_from(fargate_memory(general["cpu"])) if not on_ec2 else st.integers(6, 3600)
    known: dict[str, Any] = {
        "memory": sizes(memory),
        "port": st.integers(1, 65535),
        "execute_command": st.booleans(),
        "health_check": health_checks(fully=True),
        "scaling": scalings(fully=True),
        "environment": st.dictionaries(
            VARIABLES.filter(lambda name: name not in general.get("secrets", {})),
            texts(8),
            max_size=2,
        ),
    }
    if "tracing" in general:
        # Half of it might not hold the collector.
        del known["memory"]
    if on_ec2:
        known["placement"] = st.sampled_from(["spread", "binpack"])
    chosen = draw(st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True))
    return {key: draw(known[key]) for key in chosen}
