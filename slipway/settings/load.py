"""The settings of a project: its files in, checked models out."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from slipway.settings.application import Account, Application
from slipway.settings.coherence import Placed, mistakes_between, mistakes_within
from slipway.settings.environment import Environment, EnvironmentFile
from slipway.settings.errors import RuleError, SettingsError
from slipway.settings.load_balancer import (
    HTTP_PORT,
    HTTPS_PORT,
    LoadBalancer,
    ResolvedLoadBalancer,
)
from slipway.settings.model import validate_name
from slipway.settings.names import Names
from slipway.settings.overrides import check_overrides, for_environment
from slipway.settings.service import ProviderShare, Service, ServiceCapacity, ServiceFile
from slipway.settings.source import Location, Source, read
from slipway.settings.validation import mistake_at, validate

# Lambda allows 64 characters. CodeDeployHook_ and -AfterAllowTestTraffic, the longest event,
# leave them for <service>-<environment>.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LONGEST_SERVICE_AND_ENVIRONMENT = 26

# A service's stack and its log group are named after it. These are the environment's own stacks,
# and its own log groups: exec sessions, flow logs, and a custom resource's.
RESERVED_SERVICE_NAMES = frozenset(
    {
        *("network", "cluster", "registry", "observability", "toolchain", "access"),
        *("exec", "flow-logs", "trunking"),
    }
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
        return dict(self._placed[self.environment(environment_name).name].services)

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

    def mistake(
        self, environment_name: str, service: str, location: Location, message: str
    ) -> SettingsError:
        """Return the error that tells a mistake in a service's file, with its line."""
        return SettingsError([self._placed[environment_name].mistake(service, location, message)])

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
        With all mistakes of all files, one line each.
    """
    root = root.absolute()
    mistakes = _Mistakes()
    names: list[str] = []
    placed: dict[str, Placed] = {}
    with mistakes:
        application = _application(root)
    with mistakes:
        names = _environment_names(root)
    services = list(_service_sources(root, names, mistakes))
    for name in names:
        place = _place(root, name, services, mistakes)
        if place is not None:
            placed[name] = place
    environments = {name: each.environment for name, each in placed.items()}
    if not mistakes.lines:
        for each in placed.values():
            mistakes.lines.extend(mistakes_within(each))
        mistakes.lines.extend(
            mistakes_between(environments, {name: list(placed[name].services) for name in placed})
        )
    if mistakes.lines:
        raise SettingsError(mistakes.lines)
    return Settings(root, application, environments, placed)


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


def _application(root: Path) -> Application:
    return validate(Application, read(root, "slipway.yaml"))


def _environment_names(root: Path) -> list[str]:
    files = sorted(file.name for file in (root / "environments").glob("[!.]*.y*ml"))
    for file in files:
        if file.endswith(".yml"):
            raise SettingsError([f"environments/{file}:1: must end in .yaml; rename it"])
    names = [file.removesuffix(".yaml") for file in files if not file.endswith(".lock.yaml")]
    if not names:
        raise SettingsError(["environments/local.yaml:1: there is no environment; write this one"])
    return names


def _place(
    root: Path, name: str, services: Iterable[tuple[str, Source]], mistakes: "_Mistakes"
) -> Placed | None:
    """Read an environment, and each service as it runs there; None if the environment is wrong."""
    environment: Environment | None = None
    with mistakes:
        source = read(root, _environment_file(name))
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


def _environment_file(name: str) -> str:
    file = f"environments/{name}.yaml"
    _check_name(file, "the environment's name", name)
    return file


def _service_sources(
    root: Path, environments: Iterable[str], mistakes: "_Mistakes"
) -> Iterator[tuple[str, Source]]:
    for file in sorted((root / "services").glob("*/service.yaml")):
        with mistakes:
            yield file.parent.name, _service_source(root, file.parent.name, environments)


def _service_source(root: Path, name: str, environments: Iterable[str]) -> Source:
    """Read a service's file and check what is not one environment's affair."""
    file = f"services/{name}/service.yaml"
    _check_name(file, "the folder's name", name)
    if name in RESERVED_SERVICE_NAMES:
        taken = ", ".join(sorted(RESERVED_SERVICE_NAMES))
        raise SettingsError(
            [f"{file}:1: the folder's name must not be one that is taken already: {taken}"]
        )
    for environment in environments:
        both = f"{name}-{environment}"
        if len(both) > LONGEST_SERVICE_AND_ENVIRONMENT:
            raise SettingsError(
                [
                    f"{file}:1: the names of service and environment together must be at most "
                    f"{LONGEST_SERVICE_AND_ENVIRONMENT} characters, not {len(both)}: Lambda "
                    f"allows 64 for the function CodeDeployHook_{both}-AfterAllowTestTraffic"
                ]
            )
    source = read(root, file)
    check_overrides(source, environments)
    return source


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


def _check_name(file: str, subject: str, name: str) -> None:
    try:
        validate_name(name)
    except RuleError as error:
        raise SettingsError([f"{file}:1: {subject} {error}"]) from None
