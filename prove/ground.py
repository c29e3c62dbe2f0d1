"""The environment that is made to be tried and to go: an edited copy of the project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from prove.errors import ProveError
from prove.place import Place
from slipway.rehearsal import yaml_file
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.workspace import Workspace
from slipway.release import Aws, Target
from slipway.settings import Settings, load
from slipway.settings.lock import write_missing_entries

APPLICATION = "slipway"
ENVIRONMENT = "prove"
PREFIX = f"{APPLICATION}-{ENVIRONMENT}"
STAGE = "Prove"
REGISTRY = "ProveRegistry"

SERVICE = "storefront"
"""On Fargate, behind a public load balancer."""
CALLED = "inventory"
"""On EC2 instances, behind an internal one."""
SERVICES = (SERVICE, CALLED)

# The most tasks that a release of the service on EC2 runs at once, each on an instance of its own.
_INSTANCES = 6

_OVERRIDES: Mapping[str, Mapping[str, str | int]] = {
    SERVICE: {
        "load_balancer.deregistration_delay": "10s",
        # A slow start is no failure here: another row is about that.
        "health_check.unhealthy_threshold": 10,
        "stop_timeout": "30s",
        "deployment.shift.canary.percent": 10,
        "deployment.shift.canary.interval": "1m",
        "deployment.termination_wait": "1m",
    },
    CALLED: {
        # A whole instance for each task: green then has no room until instances start for it.
        "cpu": 2048,
        "execute_command": "true",
        "scaling.max": 3,
        # A scene asks for one task more itself, and the instances have room for that.
        "scaling.headroom_percent": 0,
        "load_balancer.deregistration_delay": "10s",
        # A slow start is no failure here: another row is about that.
        "health_check.unhealthy_threshold": 10,
        "stop_timeout": "30s",
        "deployment.shift.linear.percent": 50,
        # Long enough for two stack updates in mid-shift.
        "deployment.shift.linear.interval": "3m",
        "deployment.termination_wait": "1m",
    },
}

_VERSION = "services/{0}/{0}/__init__.py"
_HOME = f"services/{SERVICE}/{SERVICE}/app.py"


class Ground:
    """A copy of the project with an environment of its own, and how to deploy it.

    An edition is the project at one moment: its images, and an assembly with their digests. All
    editions are made early, so that nothing is built while a release waits for it.

    Parameters
    ----------
    project
        The checkout.
    directory
        Where the copy, assemblies and logs go; what was there is gone.
    place
        Where it is deployed.
    zones
        The availability zones to use.
    """

    def __init__(
        self, project: Path, directory: Path, place: Place, *, zones: Sequence[str]
    ) -> None:
        self.project = project
        self.directory = directory
        self.place = place
        self.zones = tuple(zones)
        self.workspace = Workspace.create(project, directory / "workspace")
        self._digests: dict[str, str] = {}
        self._write_settings(zones)
        self.settings: Settings = load(self.workspace.directory)

    def lock(self) -> None:
        """Read the settings again, and note what the services are created with."""
        self.settings = load(self.workspace.directory)
        write_missing_entries(self.settings, ENVIRONMENT)

    @property
    def stack_names(self) -> tuple[str, ...]:
        """The names of all stacks, in the order in which they can be deleted."""
        names = self.settings.names(ENVIRONMENT)
        (registry,) = (
            registry.stack
            for registry in self.settings.registries
            if any(each.name == ENVIRONMENT for each in registry.environments)
        )
        environment = ("observability", "releases", "cluster", "network")
        return (*map(names.stack, (*SERVICES, *environment)), registry)

    def build(self, edition: int, services: Sequence[str], look: Callable[[], None]) -> None:
        """Build and push the images of services, as the workspace has them now."""
        for service in services:
            self._digests[service] = self.place.build(
                self.workspace.directory / "services" / service,
                repository=self.settings.names(ENVIRONMENT).repository(service),
                tag=f"prove-{edition}",
                architecture=self.settings.services(ENVIRONMENT)[service].architecture,
                look=look,
            )

    def digest(self, service: str) -> str:
        """Return the digest of the image that was built last."""
        return self._digests[service]

    def synthesise(self, edition: int, look: Callable[[], None] = lambda: None) -> None:
        """Synthesise all stacks with the digests of now."""
        digests = self.directory / f"images-{edition}.json"
        digests.write_text(json.dumps(self._digests))
        self._cdk(
            f"synth-{edition}",
            "synth",
            *("--context", f"settings={self.workspace.directory}"),
            *("--context", f"images={digests}"),
            *("--context", f"environment={ENVIRONMENT}"),
            *("--output", str(self.assembly(edition)), "--quiet"),
            look=look,
        )

    def deploy(self, edition: int, *stacks: str, look: Callable[[], None]) -> None:
        """Deploy stacks of an edition, by id: ``Prove/Network``."""
        self._cdk(
            f"deploy-{edition}-{stacks[0].replace('/', '-').replace('*', 'all')}",
            *("deploy", *stacks, "--app", str(self.assembly(edition))),
            *("--require-approval", "never", "--progress", "events", "--concurrency", "2"),
            look=look,
        )

    def deploy_service(self, edition: int, service: str, look: Callable[[], None]) -> None:
        """Deploy one service's stack, and no other."""
        self.deploy(edition, f"{STAGE}/{service.title()}", "--exclusively", look=look)

    def target(self, service: str) -> Target:
        """Read where a release of a service goes from the outputs of its stack."""
        name = self.settings.names(ENVIRONMENT).stack(service)
        return Target.from_stack(self.place.client("cloudformation"), name)

    def aws(self) -> Aws:
        """Give the clients of a release."""
        services = Aws.__dataclass_fields__
        return Aws(**{name: self.place.client(name.replace("_", "-")) for name in services})

    def next_version(self, service: str, old: str, new: str) -> None:
        """Edit a service's source as its developer would."""
        self.workspace.edit(
            _VERSION.format(service), f'__version__ = "{old}"', f'__version__ = "{new}"'
        )

    def break_home_page(self) -> None:
        """Let the public service's home page answer 500, its health check 200."""
        self.workspace.edit(_HOME, "status_code=200", "status_code=500")

    def set(self, service: str, key: str, value: str | int) -> None:
        """Set a key of a service, for this environment."""
        self.workspace.set(
            f"services/{service}/service.yaml", f"environments.{ENVIRONMENT}.{key}", value
        )

    def skip_image_scan(self, service: str) -> None:
        """Leave a service's image scan out, so that its findings don't end the story."""
        with self._edited(f"services/{service}/service.yaml") as document:
            checks = document["deployment"]["checks"]
            checks["BeforeInstall"] = [
                check for check in checks["BeforeInstall"] if "image_scan" not in check
            ]

    def assembly(self, edition: int) -> Path:
        """Return the folder of an edition's templates."""
        return self.directory / f"assembly-{edition}"

    def templates(self, edition: int) -> list[dict[str, Any]]:
        """Read all templates of an edition."""
        files = sorted(self.assembly(edition).rglob("*.template.json"))
        return [json.loads(file.read_text()) for file in files]

    def _leave_out_the_rest(self) -> None:
        """Leave nothing in the copy but the two services, in no environment yet."""
        for file in (self.workspace.directory / "environments").iterdir():
            file.unlink()
        for folder in (self.workspace.directory / "services").iterdir():
            if folder.name not in SERVICES:
                shutil.rmtree(folder)
                continue
            with self._edited(f"services/{folder.name}/service.yaml") as document:
                document["environments"] = {ENVIRONMENT: {}}
        if missing := [name for name in SERVICES if not self._has(name)]:
            raise ProveError(
                f"services/{missing[0]}: not found: the story is about the examples "
                f"{' and '.join(SERVICES)}: restore it, or run this in a fresh checkout"
            )

    def _has(self, service: str) -> bool:
        return (self.workspace.directory / "services" / service / "service.yaml").exists()

    def _edited(self, file: str) -> AbstractContextManager[Any]:
        return yaml_file.edited(self.workspace.directory / file)

    def _cdk(self, log: str, *arguments: str, look: Callable[[], None]) -> None:
        # A log for each command: two lanes deploy at once.
        run_cdk(
            *arguments,
            project=self.project,
            environment=self.place.cdk_environment,
            log=self.directory / f"cdk-{log}.log",
            look=look,
        )

    def _write_settings(self, zones: Sequence[str]) -> None:
        here = {"account": self.place.account, "region": self.place.region}
        document = {
            **here,
            "availability_zones": list(zones),
            "tooling": here,
            "network": {"cidr": "10.90.0.0/16", "nat": "none"},
            "capacity": {
                "ec2": {
                    "instance_types": ["m6i.large", "m6a.large", "m5.large"],
                    "min": 0,
                    "max": _INSTANCES,
                }
            },
            "plain_http": "It lives for an hour, and serves nobody but the script that made it.",
            "log_retention": "1d",
            "removal_policy": "destroy",
        }
        self._leave_out_the_rest()
        file = self.workspace.directory / "environments" / f"{ENVIRONMENT}.yaml"
        yaml_file.write(file, document)
        with self._edited("slipway.yaml") as application:
            # The environment is in no pipeline: it is deployed from here.
            application.pop("pipeline", None)
        self.workspace.set("slipway.yaml", "application", APPLICATION)
        # Anywhere else: this environment has a registry of its own, which goes.
        elsewhere = "0" * 12 if self.place.account != "0" * 12 else "1" * 12
        self.workspace.set("slipway.yaml", "tooling.account", elsewhere)
        for service, values in _OVERRIDES.items():
            for key, value in values.items():
                self.set(service, key, value)
