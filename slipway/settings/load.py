"""The settings of a project: its files in, checked models out."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from slipway.settings.application import Application
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
from slipway.settings.overrides import check_overrides, for_environment
from slipway.settings.pipeline_size import mistakes_of_size
from slipway.settings.placed import Placed
from slipway.settings.project import Settings
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
