"""The ``local`` environment, deployed to a local AWS the way any environment is deployed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal import images
from slipway.rehearsal.cloud import TIME_SCALE, Account, LocalCloud
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.ports import free_port
from slipway.rehearsal.report import Stack
from slipway.rehearsal.workspace import Workspace
from slipway.release import Target
from slipway.settings import Settings, load
from slipway.settings.lock import read_lock

ENVIRONMENT = "local"

_SETTINGS = "services/{service}/service.yaml"
_OVERRIDES = f"environments.{ENVIRONMENT}"
_LOCK = f"environments/{ENVIRONMENT}.lock.yaml"


@dataclass(frozen=True)
class Folders:
    """Where a rehearsal keeps its things, all below the project's ``build`` folder."""

    run: Path
    """This run's own: workspace, assembly, logs. It goes when the run ends well."""
    images: Path
    """Images of all runs, by digest."""
    environments: Path
    """Python environments of all runs, by lock."""

    @classmethod
    def of(cls, project: Path) -> Folders:
        """Give a run folders that no other run uses, and clear up after runs that were killed."""
        base = project / "build" / "rehearsal"
        base.mkdir(parents=True, exist_ok=True)
        for leftover in base.glob("run-*"):
            owner = leftover.name.removeprefix("run-")
            # Another name is one that somebody gave to what they want to keep.
            if owner.isdecimal() and not _is_running(int(owner)):
                shutil.rmtree(leftover, ignore_errors=True)
        run = base / f"run-{os.getpid()}"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        return cls(run, base / "images", base / "environments")


class RehearsedEnvironment:
    """The project's ``local`` environment on a local AWS that lives as long as the block.

    Parameters
    ----------
    project
        The checkout.
    tell
        Told in a sentence what takes time.
    """

    def __init__(
        self,
        project: Path,
        *,
        tell: Callable[[str], None] = lambda _: None,
        time_scale: float = TIME_SCALE,
    ) -> None:
        self.project = project
        self.folders = Folders.of(project)
        self._tell = tell
        self._time_scale = time_scale
        self._stack = ExitStack()
        self.keep_logs = False
        """Whether the logs of this run outlive it although nothing was raised."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.workspace = Workspace.create(self.project, self.folders.run / "workspace")
            self._choose_ports()
            self.settings: Settings = load(self.workspace.directory)
            environment = self.settings.environment(ENVIRONMENT)
            self.cloud = stack.enter_context(
                LocalCloud(
                    Account(environment.account, environment.region),
                    self.folders.run,
                    project=self.project,
                    images=self.folders.images,
                    time_scale=self._time_scale,
                )
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            # Whatever could not be reached, a dead cloud is why.
            if isinstance(error, Exception) and not isinstance(error, RehearsalError):
                self.cloud.require_alive()
        finally:
            self._stack.close()
        # A run that went wrong keeps its logs.
        if kind is None and not self.keep_logs:
            shutil.rmtree(self.folders.run, ignore_errors=True)

    @property
    def stage(self) -> str:
        """The id of the environment's CDK stage."""
        return self.settings.names(ENVIRONMENT).stage

    @property
    def stack_names(self) -> tuple[str, ...]:
        """The names of all stacks, in the order in which they are deployed."""
        names = self.settings.names(ENVIRONMENT)
        registries = tuple(
            registry.stack
            for registry in self.settings.registries
            if any(environment.name == ENVIRONMENT for environment in registry.environments)
        )
        services = tuple(names.stack(name) for name in self.settings.services(ENVIRONMENT))
        return (
            *registries,
            names.stack("network"),
            names.stack("cluster"),
            *services,
            names.stack("observability"),
        )

    def build(self) -> dict[str, images.Image]:
        """Build each service's image as the workspace has it, and note the digests for synthesis.

        Returns
        -------
        dict
            The image of each service.
        """
        built = {
            service: images.build(
                self.workspace.directory / "services" / service,
                self.folders.images,
                environments=self.folders.environments,
                progress=self._tell,
            )
            for service, settings in self.settings.services(ENVIRONMENT).items()
            if settings.image is None
        }
        digests = {service: image.digest for service, image in built.items()}
        self._digests.write_text(json.dumps(digests))
        return built

    def push(self, built: Mapping[str, images.Image]) -> None:
        """Push images to the registry, each under a tag of its own."""
        ecr = self.cloud.client("ecr")
        for service, image in built.items():
            with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
                ecr.put_image(
                    repositoryName=self.settings.names(ENVIRONMENT).repository(service),
                    imageManifest=image.manifest,
                    imageManifestMediaType=json.loads(image.manifest)["mediaType"],
                    imageTag=f"build-{image.digest.removeprefix('sha256:')[:12]}",
                )

    def bootstrap(self) -> None:
        """Prepare the account for the CDK, once."""
        account = self.cloud.account
        # Outside the checkout: it needs no app, and would synthesise the one that it finds.
        self.cloud.cdk(
            "bootstrap", f"aws://{account.account}/{account.region}", folder=self.folders.run
        )

    def synthesise(self) -> None:
        """Synthesise all stacks with the digests that were built."""
        self._cdk(
            "synth",
            *("--context", f"settings={self.workspace.directory}"),
            *("--context", f"images={self._digests}"),
            *("--context", f"environment={ENVIRONMENT}"),
            *("--output", str(self._assembly), "--quiet"),
        )

    def deploy(self, *stacks: str) -> None:
        """Deploy stacks of the last synthesis: ids or patterns, such as ``Local/*``."""
        self._cdk(
            "deploy",
            *stacks,
            *("--app", str(self._assembly), "--require-approval", "never"),
            *("--progress", "events", "--concurrency", "2"),
        )

    def destroy(self) -> None:
        """Delete every stack."""
        self._cdk(
            "destroy",
            f"{self.stage}/*",
            f"{self.stage}Registry",
            "--force",
            *("--app", str(self._assembly), "--concurrency", "2"),
        )

    def target(self, service: str) -> Target:
        """Read where a release of a service goes from the outputs of its stack."""
        name = self.settings.names(ENVIRONMENT).stack(service)
        return Target.from_stack(self.cloud.client("cloudformation"), name)

    def stacks(self) -> tuple[Stack, ...]:
        """Look at every stack: its status, and how long its creation took."""
        cloudformation = self.cloud.client("cloudformation")
        found = []
        for name in self.stack_names:
            events = [
                event
                for page in cloudformation.get_paginator("describe_stack_events").paginate(
                    StackName=name
                )
                for event in page["StackEvents"]
            ]
            own = sorted(
                (event["Timestamp"], event["ResourceStatus"])
                for event in events
                if event["ResourceType"] == "AWS::CloudFormation::Stack"
            )
            times = [event["Timestamp"] for event in events]
            status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            created = next((time for time, each in own if each == "CREATE_COMPLETE"), max(times))
            found.append(Stack(name, status, created - min(times)))
        return tuple(found)

    def remaining_stacks(self) -> tuple[str, ...]:
        """Name the stacks of this environment that are still there."""
        pages = self.cloud.client("cloudformation").get_paginator("describe_stacks").paginate()
        existing = {stack["StackName"] for page in pages for stack in page["Stacks"]}
        return tuple(name for name in self.stack_names if name in existing)

    @property
    def _assembly(self) -> Path:
        return self.folders.run / "assembly"

    @property
    def _digests(self) -> Path:
        return self.folders.run / "images.json"

    def _cdk(self, *arguments: str) -> None:
        self.cloud.cdk(*arguments, progress=self._tell_of_resources)

    def _tell_of_resources(self, waited: timedelta) -> None:
        """Show that a long command is alive: how many resources CloudFormation has finished."""
        cloudformation = self.cloud.client("cloudformation")
        done = 0
        for name in self.stack_names:
            with contextlib.suppress(cloudformation.exceptions.ClientError):
                resources = cloudformation.describe_stack_resources(StackName=name)
                done += sum(
                    resource["ResourceStatus"].endswith("_COMPLETE")
                    for resource in resources["StackResources"]
                )
        self._tell(f"... {waited.seconds} s, {done} resources are there")

    def _choose_ports(self) -> None:
        """Use the project's ports where they are free on this machine, and others elsewhere."""
        for name, service in load(self.workspace.directory).services(ENVIRONMENT).items():
            balancer = service.load_balancer
            for key, port in (
                ("port", service.port),
                ("load_balancer.port", balancer.port),
                ("load_balancer.test_port", balancer.test_port),
            ):
                free = free_port(port)
                if free != port:
                    self._tell(f"port {port} is taken here: {name} has {key} {free} in this run")
                    self._set_port(name, key, free)

    def _set_port(self, service: str, key: str, port: int) -> None:
        """Change a port of a service for this environment."""
        locked = read_lock(self.workspace.directory, ENVIRONMENT).services
        if key == "port" and service in locked:
            # The copy's service is not created yet, so its lock may follow.
            self.workspace.set(_LOCK, f"services.{service}.port", port)
        self.workspace.set(_SETTINGS.format(service=service), f"{_OVERRIDES}.{key}", port)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
