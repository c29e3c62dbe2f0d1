"""An environment of the project, deployed to a local AWS the way it is deployed to a real one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from slipway.rehearsal import images
from slipway.rehearsal.adaptation import choose_ports, keep_registry_with, make_hosted_zone
from slipway.rehearsal.cloud import TIME_SCALE, LocalCloud
from slipway.rehearsal.connection import Account
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.report import Stack
from slipway.rehearsal.workspace import Workspace
from slipway.release import Target
from slipway.settings import Settings, load

ENVIRONMENT = "local"


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
    """An environment of the project on a local AWS that lives as long as the block.

    Parameters
    ----------
    project
        The checkout.
    name
        The environment's name.
    tell
        Told in a sentence what takes time.
    time_scale, patience
        As `LocalCloud` takes them.
    prepare
        Changes the copy of the project before anything is made from it.
    """

    def __init__(
        self,
        project: Path,
        *,
        name: str = ENVIRONMENT,
        tell: Callable[[str], None] = lambda _: None,
        time_scale: float = TIME_SCALE,
        patience: float = 1.0,
        prepare: Callable[[Workspace], None] = lambda _: None,
    ) -> None:
        self.project = project
        self.name = name
        self.folders = Folders.of(project)
        self._tell = tell
        self._time_scale = time_scale
        self._patience = patience
        self._prepare = prepare
        self._stack = ExitStack()
        self.keep_logs = False
        """Whether the logs of this run outlive it although nothing was raised."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.workspace = Workspace.create(self.project, self.folders.run / "workspace")
            self._prepare(self.workspace)
            choose_ports(self.workspace, self.name, self._tell)
            keep_registry_with(self.workspace, self.name)
            environment = load(self.workspace.directory).environment(self.name)
            self.cloud = stack.enter_context(
                LocalCloud(
                    Account(environment.account, environment.region),
                    self.folders.run,
                    project=self.project,
                    images=self.folders.images,
                    time_scale=self._time_scale,
                    patience=self._patience,
                )
            )
            make_hosted_zone(self.workspace, self.name, self.cloud)
            self.settings: Settings = load(self.workspace.directory)
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
        return self.settings.names(self.name).stage

    @property
    def stack_names(self) -> tuple[str, ...]:
        """The names of all stacks, in the order in which they are deployed."""
        names = self.settings.names(self.name)
        registries = tuple(
            registry.stack
            for registry in self.settings.registries
            if any(each.name == self.name for each in registry.environments)
        )
        services = tuple(names.stack(name) for name in self.settings.services(self.name))
        return (
            *registries,
            names.stack("network"),
            names.stack("cluster"),
            names.stack("observability"),
            *services,
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
            for service, settings in self.settings.services(self.name).items()
            if settings.image is None
        }
        digests = {service: image.digest for service, image in built.items()}
        self._digests.write_text(json.dumps(digests))
        return built

    def push(self, built: Mapping[str, images.Image]) -> None:
        """Push images to the registry, each under a tag of its own."""
        ecr = self.cloud.client("ecr")
        for service, image in built.items():
            # One that has not changed since the last build is there already.
            with contextlib.suppress(
                ecr.exceptions.ImageAlreadyExistsException,
                ecr.exceptions.ImageTagAlreadyExistsException,
            ):
                ecr.put_image(
                    repositoryName=self.settings.names(self.name).repository(service),
                    imageManifest=image.manifest,
                    imageManifestMediaType=json.loads(image.manifest)["mediaType"],
                    imageTag=f"build-{image.digest.removeprefix('sha256:')[:12]}",
                )

    def follow_project(self) -> None:
        """Take over the checkout as it is now; what was adapted to this machine stays.

        Raises
        ------
        SettingsError, RehearsalError
            It can't be taken over as it is.
        """
        self.workspace.copy_again(self.project)
        choose_ports(self.workspace, self.name, self._tell)
        self.settings = load(self.workspace.directory)

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
            *("--context", f"environment={self.name}"),
            *("--output", str(self._assembly), "--quiet"),
        )

    def deploy(self, *stacks: str) -> None:
        """Deploy stacks of the last synthesis: ids, patterns such as ``Local/*``, and options."""
        self._cdk(
            "deploy",
            *stacks,
            *("--app", str(self._assembly), "--require-approval", "never"),
            *("--progress", "events", "--concurrency", "2"),
        )

    def come_up(self) -> None:
        """Build, bootstrap, and deploy everything."""
        built = self.build()
        self.bootstrap()
        self.deploy_everything(built)

    def deploy_everything(self, built: Mapping[str, images.Image]) -> None:
        """Synthesise and deploy every stack; the images are pushed once there is a registry."""
        self.synthesise()
        self.deploy(f"{self.stage}Registry")
        self.push(built)
        self.deploy(f"{self.stage}/*")

    def deploy_service(self, service: str) -> None:
        """Deploy one service's stack, and no other."""
        self.deploy(f"{self.stage}/{service.title()}", "--exclusively")

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
        name = self.settings.names(self.name).stack(service)
        return Target.from_stack(self.cloud.client("cloudformation"), name)

    def address(self, service: str) -> str:
        """Return where clients reach a service: ``http://127.2.0.3:8080``."""
        target = self.target(service)
        return f"http://{target.address}:{target.port}"

    def ask(self, service: str, path: str) -> dict[str, Any]:
        """Ask a service through its load balancer, over TLS where the environment has a domain.

        Returns
        -------
        dict
            Its answer, which is JSON.
        """
        target = self.target(service)
        if self.settings.environment(self.name).domain is None:
            connection = HTTPConnection(target.address, target.port, timeout=10)
        else:
            connection = self._tls_connection(service, target)
        with contextlib.closing(connection):
            connection.request(
                "GET", path, headers={"Host": self.settings.host(self.name, service)}
            )
            answer: dict[str, Any] = json.load(connection.getresponse())
        return answer

    def _tls_connection(self, service: str, target: Target) -> HTTPConnection:
        """Connect to the load balancer's address, and expect a certificate for the DNS name."""
        trusted = ssl.create_default_context(cafile=str(self.cloud.certificate_authority))
        connection = HTTPConnection(target.address, target.port, timeout=10)
        plain = socket.create_connection((target.address, target.port), timeout=10)
        connection.sock = trusted.wrap_socket(
            plain, server_hostname=self.settings.host(self.name, service)
        )
        return connection

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """Return the tasks of a service, as ECS describes them."""
        target, ecs = self.target(service), self.cloud.client("ecs")
        arns = ecs.list_tasks(cluster=target.cluster, serviceName=target.service)["taskArns"]
        tasks: list[dict[str, Any]] = ecs.describe_tasks(cluster=target.cluster, tasks=arns)[
            "tasks"
        ]
        return tasks

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


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
