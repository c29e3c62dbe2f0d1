"""``services/<name>/service.yaml``: what runs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from slipway.settings.build import Build
from slipway.settings.canary import Canary
from slipway.settings.capacity import ARCHITECTURES, Architecture
from slipway.settings.deployment import Deployment
from slipway.settings.errors import RuleError
from slipway.settings.health_check import HealthCheck
from slipway.settings.image_reference import is_private, require_digest
from slipway.settings.load_balancer import (
    LoadBalancer,
    Port,
    ResolvedLoadBalancer,
    SharedLoadBalancer,
)
from slipway.settings.model import Model, Name, refuse_repeats
from slipway.settings.scaling import Scaling
from slipway.settings.service_capacity import (
    FARGATE_CPU,
    ProviderShare,
    ServiceCapacity,
    fargate_memory,
)
from slipway.settings.tracing import Tracing
from slipway.settings.units import Duration, MiB, between, format_duration, format_size
from slipway.settings.variables import (
    EnvironmentVariable,
    Secret,
    check_values,
    url_variable,
)

FARGATE_PLATFORM_VERSION = "1.4.0"

# Docker starts no container with less.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_LEAST_MEMORY_MIB = 6

Placement = Literal["spread", "binpack"]

# What differs, per environment.
OVERRIDES = "environments"

# What cannot stand side by side: where an override names another alternative, the file's goes.
ALTERNATIVES: dict[tuple[str | int, ...], tuple[frozenset[str], ...]] = {
    # What is built here has a place in the registry; an image from elsewhere has its own.
    (): (frozenset({"image"}), frozenset({"build"})),
    ("capacity",): (frozenset({"fargate", "fargate_spot"}), frozenset({"ec2"})),
    # A shared load balancer has these keys itself.
    ("load_balancer",): (frozenset({"shared"}), frozenset(SharedLoadBalancer.model_fields)),
    ("deployment", "shift"): tuple(map(frozenset, (["canary"], ["linear"], ["all_at_once"]))),
}


class ServiceFile(Model):
    """A service, as its file describes it to one environment."""

    further_keys = (OVERRIDES,)

    image: str | None = None
    """An image from elsewhere, by digest; without it, the one that is built from this folder."""
    capacity: ServiceCapacity = ServiceCapacity(fargate=ProviderShare(base=1))
    """What the tasks run on."""
    placement: Placement | None = None
    """On EC2: spread the tasks evenly over zones and instances, or pack them onto few instances.
    Spread, if nothing is said."""
    execute_command: bool = False
    """ECS Exec: a shell in a running task, logged. Its root file system is then writable."""
    port: Port
    """Where the container listens."""
    cpu: int = Field(ge=128, le=196_608)
    """CPU units of a task; 1024 are one vCPU."""
    memory: MiB
    """Memory of a task."""
    architecture: Architecture = "x86_64"
    """The processor that the tasks run on."""
    build: Build | None = None
    """How the image is built, where it is built for more than `architecture`."""
    load_balancer: LoadBalancer = LoadBalancer()
    """The Application Load Balancer in front of the service."""
    health_check: HealthCheck = HealthCheck()
    """How the target groups tell that a task is well."""
    stop_timeout: Annotated[Duration, AfterValidator(between("2s", "1h"))] = timedelta(seconds=90)
    """How long a task may take to end; longer than the deregistration delay and any request."""
    environment: dict[EnvironmentVariable, str] = Field(default_factory=dict)
    """Environment variables."""
    calls: tuple[Name, ...] = ()
    """Services that it calls: they let it in, and <NAME>_URL says where they are."""
    secrets: dict[EnvironmentVariable, Secret] = Field(default_factory=dict)
    """Environment variables from Secrets Manager."""
    scaling: Scaling = Scaling()
    """How many tasks run."""
    tracing: Tracing | None = None
    """Traces to AWS X-Ray, through a collector beside the service's container."""
    canary: Canary | None = None
    """Somebody outside who asks the service as its clients do; in environments with a domain."""
    deployment: Deployment = Deployment()
    """How the service is released."""

    @field_validator("image")
    @classmethod
    def _by_digest(cls, image: str | None) -> str | None:
        if image is None:
            return None
        require_digest(image)
        if is_private(image):
            raise RuleError(
                "must be in a public registry: the tasks pull it without credentials; let a "
                "Dockerfile in this folder build on it instead"
            )
        return image

    @field_validator("placement")
    @classmethod
    def _on_ec2(cls, placement: str | None, info: ValidationInfo) -> str | None:
        if placement and _on_fargate(info):
            raise RuleError("must go: Fargate places tasks by itself, over all zones")
        return placement

    @field_validator("environment")
    @classmethod
    def _no_secrets_and_not_too_long(cls, environment: dict[str, str]) -> dict[str, str]:
        check_values(environment)
        return environment

    @field_validator("calls")
    @classmethod
    def _each_with_a_variable(cls, calls: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats(calls)
        for index, name in enumerate(calls):
            variable = url_variable(name)
            if variable in info.data.get("environment", {}):
                raise RuleError(
                    f"sets {variable}, which is in environment as well; keep one of the two",
                    at=(index,),
                )
        return calls

    @field_validator("build")
    @classmethod
    def _for_what_runs_it(cls, build: Build | None, info: ValidationInfo) -> Build | None:
        if build and info.data.get("image"):
            raise RuleError("must go: image names one from elsewhere, and nothing is built here")
        architecture = info.data.get("architecture")
        if build and architecture and architecture not in build.architectures:
            raise RuleError(
                f"must list {architecture}, which the tasks run on (architecture)",
                at=("architectures",),
            )
        return build

    @field_validator("deployment")
    @classmethod
    def _reads_what_the_registry_has(
        cls, deployment: Deployment, info: ValidationInfo
    ) -> Deployment:
        for event, checks in deployment.checks.items() if info.data.get("image") else ():
            for index, check in enumerate(checks):
                for kind, who in (
                    ("image_scan", "which does the scanning"),
                    ("image_signature", "where signatures are looked for"),
                ):
                    if check.kind == kind:
                        raise RuleError(
                            f"has nothing to read: an image from elsewhere is not in our registry, "
                            f"{who}; remove the check, or image",
                            at=("checks", event, index, kind),
                        )
        return deployment

    @field_validator("cpu")
    @classmethod
    def _offered_by_fargate(cls, cpu: int, info: ValidationInfo) -> int:
        if _on_fargate(info) and cpu not in FARGATE_CPU:
            offered = ", ".join(map(str, FARGATE_CPU))
            raise RuleError(f"must be one of {offered} on Fargate, not {cpu}")
        return cpu

    @field_validator("memory")
    @classmethod
    def _goes_with_the_cpu(cls, memory: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if not _on_fargate(info):
            if memory < _LEAST_MEMORY_MIB:
                raise RuleError(
                    f"must be at least {format_size(_LEAST_MEMORY_MIB)}, not {format_size(memory)}"
                )
            return memory
        if cpu is not None and memory not in fargate_memory(cpu):
            offered = ", ".join(map(format_size, fargate_memory(cpu)))
            raise RuleError(
                f"must be one of {offered} on Fargate with cpu {cpu}, not {format_size(memory)}"
            )
        return memory

    @field_validator("tracing")
    @classmethod
    def _leaves_half_to_the_service(
        cls, tracing: Tracing | None, info: ValidationInfo
    ) -> Tracing | None:
        cpu, memory = info.data.get("cpu"), info.data.get("memory")
        if tracing and cpu is not None and tracing.cpu > cpu // 2:
            raise RuleError(
                f"must be at most {cpu // 2}, half of the task's, not {tracing.cpu}", at=("cpu",)
            )
        if tracing and memory is not None and tracing.memory > memory // 2:
            raise RuleError(
                f"must be at most {format_size(memory // 2)}, half of the task's, not "
                f"{format_size(tracing.memory)}",
                at=("memory",),
            )
        return tracing

    @field_validator("stop_timeout")
    @classmethod
    def _outlasts_the_drain(cls, stop_timeout: timedelta, info: ValidationInfo) -> timedelta:
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
        if _on_fargate(info) and stop_timeout > timedelta(seconds=120):
            raise RuleError(f"must be at most 120s on Fargate, not {format_duration(stop_timeout)}")
        load_balancer = info.data.get("load_balancer")
        if load_balancer and stop_timeout <= load_balancer.deregistration_delay:
            raise RuleError(
                f"must be longer than load_balancer.deregistration_delay "
                f"({format_duration(stop_timeout)} <= "
                f"{format_duration(load_balancer.deregistration_delay)}), "
                f"or tasks end before their requests do"
            )
        return stop_timeout

    @field_validator("secrets")
    @classmethod
    def _no_variable_twice(
        cls, secrets: dict[str, Secret], info: ValidationInfo
    ) -> dict[str, Secret]:
        called = {url_variable(name) for name in info.data.get("calls", ())}
        for variable in secrets:
            if variable in info.data.get("environment", {}):
                raise RuleError("is in environment as well; keep one of the two", at=(variable,))
            if variable in called:
                raise RuleError("is set by calls as well; keep one of the two", at=(variable,))
        keys: dict[str, str] = {}
        for variable, secret in secrets.items():
            if keys.setdefault(secret.name, secret.key) != secret.key:
                raise RuleError(
                    f"must be {keys[secret.name]}, the key that {secret.name} is created with; "
                    "give another value a secret of its own",
                    at=(variable, "key"),
                )
        return secrets


def _on_fargate(info: ValidationInfo) -> bool:
    capacity = info.data.get("capacity")
    return isinstance(capacity, ServiceCapacity) and capacity.on_fargate


class Service(ServiceFile):
    """A service in one environment: its file, with the environment's overrides, and its place."""

    name: str
    """The name of its folder."""
    directory: Path
    """Its folder."""
    load_balancer: ResolvedLoadBalancer
    """The load balancer in front of it, or its share of one."""

    @property
    def image_architectures(self) -> tuple[Architecture, ...]:
        """The processors that its image is built for, in one order; none for one from elsewhere."""
        if self.image:
            return ()
        wanted = self.build.architectures if self.build else (self.architecture,)
        return tuple(each for each in ARCHITECTURES if each in wanted)

    @property
    def platform_version(self) -> str | None:
        """The Fargate platform version, or None on EC2."""
        return FARGATE_PLATFORM_VERSION if self.capacity.on_fargate else None

    @property
    def instance_placement(self) -> Placement | None:
        """How tasks are placed on EC2 instances, or None on Fargate."""
        return None if self.capacity.on_fargate else self.placement or "spread"
