"""The settings of a project, checked: what everybody asks of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.settings.application import Account, Application
from slipway.settings.capacity import Architecture
from slipway.settings.environment import Environment
from slipway.settings.errors import SettingsError
from slipway.settings.load_balancer import HTTP_PORT, HTTPS_PORT
from slipway.settings.names import Names
from slipway.settings.placed import Placed
from slipway.settings.service import Service
from slipway.settings.waves import waves_of


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
