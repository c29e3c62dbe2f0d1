"""The settings of a project: its files in, checked models out."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from slipway.settings.application import Account, Application
from slipway.settings.environment import Environment, EnvironmentFile
from slipway.settings.errors import RuleError, SettingsError
from slipway.settings.model import validate_name
from slipway.settings.names import Names
from slipway.settings.overrides import check_overrides, for_environment
from slipway.settings.service import Service, ServiceFile
from slipway.settings.source import Source, read
from slipway.settings.validation import validate

# Lambda allows 64 characters. CodeDeployHook_ and -AfterAllowTestTraffic, the longest event,
# leave them for <service>-<environment>.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LONGEST_SERVICE_AND_ENVIRONMENT = 26

# A service's stack and its log group are named after it. These are the environment's own stacks,
# and its own log groups: exec sessions and flow logs.
RESERVED_SERVICE_NAMES = frozenset(
    {
        *("network", "cluster", "registry", "observability", "toolchain", "access"),
        *("exec", "flow-logs"),
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
    _services: Mapping[str, Mapping[str, Service]]

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
        return dict(self._services[self.environment(environment_name).name])

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
    environments: dict[str, Environment] = {}
    services: dict[str, dict[str, Service]] = {}
    with mistakes:
        application = _application(root)
    with mistakes:
        names = _environment_names(root)
    for name in names:
        services[name] = {}
        with mistakes:
            environments[name] = _environment(root, name)
    for service in _service_names(root):
        with mistakes:
            source = _service_source(root, service, names)
            for name in names:
                with mistakes:
                    services[name][service] = _service(root, source, service, name)
    if mistakes.lines:
        raise SettingsError(mistakes.lines)
    return Settings(root, application, environments, services)


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


def _environment(root: Path, name: str) -> Environment:
    file = f"environments/{name}.yaml"
    _check_name(file, "the environment's name", name)
    return Environment(name=name, **dict(validate(EnvironmentFile, read(root, file))))


def _service_names(root: Path) -> list[str]:
    return sorted(file.parent.name for file in (root / "services").glob("*/service.yaml"))


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


def _service(root: Path, source: Source, name: str, environment: str) -> Service:
    settings = validate(ServiceFile, for_environment(source, environment))
    return Service(name=name, directory=root / "services" / name, **dict(settings))


def _check_name(file: str, subject: str, name: str) -> None:
    try:
        validate_name(name)
    except RuleError as error:
        raise SettingsError([f"{file}:1: {subject} {error}"]) from None
