"""The settings of a project: its files in, checked models out."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from slipway.settings.application import Account, Application
from slipway.settings.capacity import Architecture
from slipway.settings.coherence import mistakes_within
from slipway.settings.collisions import collisions
from slipway.settings.environment import Environment, EnvironmentFile
from slipway.settings.errors import SettingsError
from slipway.settings.files import Found, find_application, find_environments, find_services
from slipway.settings.load_balancer import (
    HTTP_PORT,
    HTTPS_PORT,
    LoadBalancer,
    ResolvedLoadBalancer,
)
from slipway.settings.names import Names
from slipway.settings.overrides import check_overrides, for_environment
from slipway.settings.pipeline_size import mistakes_of_size
from slipway.settings.placed import Placed
from slipway.settings.service import Service, ServiceFile
from slipway.settings.service_capacity import ProviderShare, ServiceCapacity
from slipway.settings.source import Source, read
from slipway.settings.validation import mistake_at, validate
from slipway.settings.waves import (
    mistakes_of_images,
    mistakes_of_order,
    mistakes_of_waves,
    waves_of,
)


@dataclass(frozen=True)
class Registry:
    """The image registry that some environments share.

    Attributes
    ----------
    stack
        The name of its CloudFormation stack.
    location
        The account and region that it is in.
    environments
        Those whose images come from it; their accounts may pull.
    """

    stack: str
    location: Account
    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class Settings:
    """The settings of a project.

    Attributes
    ----------
    root
        The folder that holds ``slipway.yaml``.
    application
        What is the same in every environment.
    environments
        By name, in alphabetical order.
    """

    root: Path
    application: Application
    environments: Mapping[str, Environment]
    _placed: Mapping[str, Placed]

    def environment(self, name: str) -> Environment:
        """Return an environment.

        Raises
        ------
        SettingsError
            If there is none of this name.
        """
        if name not in self.environments:
            known = ", ".join(self.environments)
            raise SettingsError(
                [f"environments/{name}.yaml:1: there is no such environment; known: {known}"]
            )
        return self.environments[name]

    def services(self, environment_name: str) -> dict[str, Service]:
        """Return the services as one environment runs them, by name, in alphabetical order.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        return dict(self.place(environment_name).services)

    def names(self, environment_name: str) -> Names:
        """Return the names of everything in one environment.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        return Names(self.application.application, self.environment(environment_name).name)

    def tooling(self, environment_name: str) -> Account:
        """Return the account of the image registry of one environment.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        return self.environment(environment_name).tooling or self.application.tooling

    def host(self, environment_name: str, service: str) -> str:
        """Return the DNS name of a service, which needs no stack to be known.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        domain = self.environment(environment_name).domain
        return f"{service}.{domain.name if domain else self.names(environment_name).private_zone}"

    def url(self, environment_name: str, service: str) -> str:
        """Return where a service is reached: ``http://inventory.local.shop.internal:8080``.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        tls = self.environment(environment_name).domain is not None
        scheme, usual_port = ("https", HTTPS_PORT) if tls else ("http", HTTP_PORT)
        port = self.services(environment_name)[service].load_balancer.port
        suffix = "" if port == usual_port else f":{port}"
        return f"{scheme}://{self.host(environment_name, service)}{suffix}"

    def place(self, environment_name: str) -> Placed:
        """Return an environment and its services with their text, to tell mistakes in it.

        Raises
        ------
        SettingsError
            If there is no such environment.
        """
        return self._placed[self.environment(environment_name).name]

    @property
    def waves(self) -> tuple[tuple[Environment, ...], ...]:
        """The environments of the pipeline, in its order; those of one wave go together."""
        return waves_of(self.environments)

    @property
    def built_images(self) -> dict[str, tuple[Architecture, ...]]:
        """The services whose images the pipeline builds, and the processors, in one order."""
        return {
            service.name: service.image_architectures
            for wave in self.waves
            for environment in wave
            for service in self.services(environment.name).values()
            if service.image_architectures
        }

    @property
    def registries(self) -> tuple[Registry, ...]:
        """The image registries: the application's, and those that environments have instead."""
        sharing: dict[Account, list[Environment]] = {}
        for environment in self.environments.values():
            sharing.setdefault(self.tooling(environment.name), []).append(environment)
        return tuple(
            Registry(self._registry_stack(location, environments), location, tuple(environments))
            for location, environments in sharing.items()
        )

    def _registry_stack(self, location: Account, environments: list[Environment]) -> str:
        if location == self.application.tooling:
            return f"{self.application.application}-registry"
        return self.names(environments[0].name).stack("registry")


def load(root: Path) -> Settings:
    """Read and check the settings of a project.

    Parameters
    ----------
    root
        The folder that holds ``slipway.yaml``.

    Raises
    ------
    SettingsError
        With all mistakes of all files, one line each. What follows from a mistake alone is not
        told beside it.
    """
    root = root.absolute()
    find_application(root)
    mistakes = _Mistakes()
    with mistakes:
        source = read(root, "slipway.yaml")
        application = validate(Application, source)
    environments = find_environments(root)
    mistakes.lines.extend(environments.mistakes)
    services = list(_service_sources(root, environments, mistakes))
    placed: dict[str, Placed] = {}
    for name in environments.names:
        place = _place(root, name, services, mistakes)
        if place is not None:
            placed[name] = place
    if not mistakes.lines:
        for each in placed.values():
            mistakes.lines.extend(
                mistakes_within(
                    each, each.environment.tooling or application.tooling, application.images
                )
            )
        mistakes.lines.extend(collisions(application, placed))
        mistakes.lines.extend(mistakes_of_order(application, source, placed))
        mistakes.lines.extend(mistakes_of_images(placed))
    by_name = {name: each.environment for name, each in placed.items()}
    if not mistakes.lines:
        waves = waves_of(by_name)
        mistakes.lines.extend(mistakes_of_waves(waves, placed))
        mistakes.lines.extend(mistakes_of_size(application, source, waves, placed))
    if mistakes.lines:
        raise SettingsError(mistakes.lines)
    return Settings(root, application, by_name, placed)


class _Mistakes(AbstractContextManager[None]):
    """Gathers the mistakes of each file, so that the others are read all the same."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, SettingsError):
            return False
        self.lines.extend(error.lines)
        return True


def _place(
    root: Path, name: str, services: Iterable[tuple[str, Source]], mistakes: "_Mistakes"
) -> Placed | None:
    """Read an environment, and each service as it runs there; None if the environment is wrong."""
    environment: Environment | None = None
    with mistakes:
        source = read(root, f"environments/{name}.yaml")
        environment = Environment(name=name, **dict(validate(EnvironmentFile, source)))
    found: dict[str, Service] = {}
    sources: dict[str, Source] = {}
    for service, general in services:
        with mistakes:
            sources[service] = for_environment(general, name)
            settings = validate(ServiceFile, sources[service])
            if environment is not None:
                found[service] = Service(
                    name=service,
                    directory=root / "services" / service,
                    **_decided(settings, sources[service], environment),
                )
    return Placed(environment, source, found, sources) if environment else None


def _service_sources(
    root: Path, environments: Found, mistakes: "_Mistakes"
) -> Iterator[tuple[str, Source]]:
    """Read the services' files, and check what is not one environment's affair."""
    services = find_services(root, environments.names)
    mistakes.lines.extend(services.mistakes)
    known = sorted((*environments.names, *environments.misplaced))
    for name in services.names:
        with mistakes:
            source = read(root, f"services/{name}/service.yaml")
            if known:
                check_overrides(source, known)
            yield name, source


def _decided(settings: ServiceFile, source: Source, environment: Environment) -> dict[str, Any]:
    """Decide what the service's file leaves to its environment."""
    decided = dict(settings)
    decided["load_balancer"] = _load_balancer(settings.load_balancer, source, environment)
    spot = environment.capacity.fargate_spot_percent
    if spot and source.root.child("capacity") is None:
        decided["capacity"] = ServiceCapacity(
            fargate=ProviderShare(base=1, weight=100 - spot),
            fargate_spot=ProviderShare(weight=spot),
        )
    return decided


def _load_balancer(
    settings: LoadBalancer, source: Source, environment: Environment
) -> ResolvedLoadBalancer:
    """Decide whose load balancer it is, and its port."""
    values = dict(settings)
    if settings.shared is not None:
        shared = environment.load_balancers.get(settings.shared)
        if shared is None:
            known = ", ".join(environment.load_balancers) or "none"
            message = (
                f"must be one of the load_balancers of environments/{environment.name}.yaml, not "
                f"{settings.shared}; known: {known}"
            )
            raise SettingsError([mistake_at(source, ("load_balancer", "shared"), message)])
        if settings.own_keys:
            message = (
                f"belongs to the shared load balancer {settings.shared}: set it in "
                f"environments/{environment.name}.yaml, under load_balancers.{settings.shared}"
            )
            raise SettingsError(
                mistake_at(source, ("load_balancer", key), message)
                for key in sorted(settings.own_keys)
            )
        values |= dict(shared)
    if settings.port is None:
        values["port"] = HTTPS_PORT if environment.domain else HTTP_PORT
    return ResolvedLoadBalancer(**values)
