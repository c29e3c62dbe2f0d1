"""An environment of the project as it is deployed to a local AWS, and how to deploy to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from slipway.rehearsal import deployed_stacks, http_client, images, registry
from slipway.rehearsal.adaptation import choose_ports, leave_out_canaries
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.reach import Reach
from slipway.rehearsal.report import Stack
from slipway.rehearsal.workspace import Workspace
from slipway.release import Target
from slipway.settings import Settings, load


class DeployedEnvironment:
    """An environment of the project on a local AWS, whoever runs that.

    Parameters
    ----------
    project
        The checkout.
    name
        The environment's name.
    folders
        Where things are kept; the workspace, the assembly and the digests are in the run's own.
    tell
        Told in a sentence what takes time.
    """

    workspace: Workspace
    """The copy of the project that is deployed."""
    cloud: Reach
    """The AWS that it is deployed to."""
    settings: Settings
    """Those of the workspace."""

    def __init__(
        self, project: Path, *, name: str, folders: Folders, tell: Callable[[str], None]
    ) -> None:
        self.project = project
        self.name = name
        self.folders = folders
        self._tell = tell

    @property
    def stage(self) -> str:
        """The id of the environment's CDK stage."""
        return self.settings.names(self.name).stage

    @property
    def registry(self) -> str:
        """The id of the registry's stack, which the environment has for itself."""
        return f"{self.stage}Registry"

    @property
    def stack_names(self) -> tuple[str, ...]:
        """The names of all stacks, in the order in which they are deployed."""
        return deployed_stacks.names(self.settings, self.name)

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

    def has_repositories(self) -> bool:
        """Tell whether each service's image has a repository to be pushed to."""
        ecr, names = self.cloud.client("ecr"), self.settings.names(self.name)
        pages = ecr.get_paginator("describe_repositories").paginate()
        there = {each["repositoryName"] for page in pages for each in page["repositories"]}
        return there >= {names.repository(each) for each in self.settings.services(self.name)}

    def push(self, built: Mapping[str, images.Image]) -> None:
        """Push images to the registry, each under a tag of its own."""
        ecr, names = self.cloud.client("ecr"), self.settings.names(self.name)
        for service, image in built.items():
            registry.push(ecr, names.repository(service), image)

    def follow_project(self) -> None:
        """Take over the checkout as it is now; what was adapted to this machine stays.

        Raises
        ------
        SettingsError, RehearsalError
            It can't be taken over as it is.
        """
        self.workspace.copy_again(self.project)
        choose_ports(self.workspace, self.name, self._tell)
        leave_out_canaries(self.workspace, self.name, self._tell)
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
            *("--output", str(self.assembly), "--quiet"),
            progress=lambda waited: self._tell(f"... {waited.seconds} s, synthesising"),
        )

    def deploy(self, *stacks: str) -> None:
        """Deploy stacks of the last synthesis: ids, patterns such as ``Local/*``, and options."""
        self._cdk(
            "deploy",
            *stacks,
            *("--app", str(self.assembly), "--require-approval", "never"),
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
        self.deploy(self.registry)
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
            self.registry,
            "--force",
            *("--app", str(self.assembly), "--concurrency", "2"),
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
        has_domain = self.settings.environment(self.name).domain is not None
        return http_client.get(
            self.target(service),
            path,
            host=self.settings.host(self.name, service),
            certificate_authority=self.cloud.certificate_authority if has_domain else None,
        )

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
        return tuple(deployed_stacks.describe(cloudformation, name) for name in self.stack_names)

    def remaining_stacks(self) -> tuple[str, ...]:
        """Name the stacks of this environment that are still there."""
        existing = deployed_stacks.existing(self.cloud.client("cloudformation"))
        return tuple(name for name in self.stack_names if name in existing)

    @property
    def assembly(self) -> Path:
        """The folder of the last synthesis."""
        return self.folders.run / "assembly"

    @property
    def _digests(self) -> Path:
        return self.folders.run / "images.json"

    def _cdk(self, *arguments: str, progress: Callable[[timedelta], None] | None = None) -> None:
        self.cloud.cdk(*arguments, progress=progress or self._tell_of_resources)

    def _tell_of_resources(self, waited: timedelta) -> None:
        """Show that a long command is alive: how many resources CloudFormation has finished."""
        cloudformation = self.cloud.client("cloudformation")
        done = deployed_stacks.finished_resources(cloudformation, self.stack_names)
        self._tell(f"... {waited.seconds} s, {done} resources are there")
