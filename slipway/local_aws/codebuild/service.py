"""All builds of this machine: who starts them, who waits for them, who stops them."""

from __future__ import annotations

import threading
import time
import uuid

from slipway.local_aws.codebuild.build import Build
from slipway.local_aws.codebuild.environment import BuildIdentity
from slipway.local_aws.codebuild.errors import CodeBuildError
from slipway.local_aws.codebuild.order import BuildOutcome, PipelineOrder
from slipway.local_aws.codebuild.project import Project
from slipway.local_aws.machine import Machine
from slipway.local_aws.roles import RoleNotAssumedError, assume_service_role

_PRINCIPAL = "codebuild.amazonaws.com"
_WAITING_SECONDS = 0.2
_SHUTDOWN_SECONDS = 1.5


class CodeBuild:
    """Starts builds, for every account and region, and finds them again by their ids.

    Call it from threads of your own only, not on MiniStack's event loop.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._builds: dict[str, Build] = {}
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()

    def start(
        self, account: str, region: str, order: PipelineOrder, project: Project | None = None
    ) -> str:
        """Start a build and return its id, ``<project>:<uuid>``.

        Parameters
        ----------
        project
            What to build instead of the project as it is, where a request overrides something.

        Raises
        ------
        CodeBuildError
            There is no such project, it asks for what isn't carried out here, or CodeBuild can't
            assume its service role: what StartBuild answers.
        """
        project = project or Project.find(account, region, order.project)
        build_uuid = str(uuid.uuid4())
        try:
            credentials = assume_service_role(
                project.service_role,
                _PRINCIPAL,
                f"AWSCodeBuild-{build_uuid}",
                source_arn=project.arn,
            )
        except RoleNotAssumedError as error:
            raise CodeBuildError(
                "InvalidInputException",
                f"CodeBuild is not authorized to perform: sts:AssumeRole on "
                f"{project.service_role}: {error}",
            ) from error
        identity = BuildIdentity(
            account=account,
            region=region,
            id=f"{project.name}:{build_uuid}",
            number=self._next_number(account, region, project.name),
            started=time.time(),
            log_stream="/".join(
                filter(None, (project.cloudwatch_logs.get("streamName"), build_uuid))
            ),
        )
        build = Build(self._machine, identity, order, project, credentials)
        self._builds[identity.id] = build
        threading.Thread(target=build.run, name=f"build {identity.id}", daemon=True).start()
        return identity.id

    def wait(self, build_id: str, abandoned: threading.Event) -> BuildOutcome:
        """Wait until a build has ended, or nobody waits any more.

        Returns
        -------
        BuildOutcome
            With the status ``IN_PROGRESS`` if `abandoned` was set first: the build goes on.
        """
        build = self.find(build_id)
        while not build.ended.wait(_WAITING_SECONDS) and not abandoned.is_set():
            pass
        return build.outcome

    def stop(self, build_id: str) -> None:
        """Stop a build, and wait until nothing of it runs; one that has ended stays as it is."""
        build = self.find(build_id)
        build.stop()
        build.ended.wait()

    def find(self, build_id: str) -> Build:
        """Return a build.

        Raises
        ------
        CodeBuildError
            ResourceNotFoundException.
        """
        if build_id not in self._builds:
            raise CodeBuildError("ResourceNotFoundException", f"Build cannot be found: {build_id}")
        return self._builds[build_id]

    def stop_all(self) -> None:
        """Stop every build; their leashes carry on by themselves if this process ends first."""
        running = [build for build in list(self._builds.values()) if not build.ended.is_set()]
        for build in running:
            build.stop()
        deadline = time.monotonic() + _SHUTDOWN_SECONDS
        for build in running:
            build.ended.wait(max(0.0, deadline - time.monotonic()))

    def _next_number(self, account: str, region: str, project: str) -> int:
        key = (account, region, project)
        with self._lock:
            self._numbers[key] = self._numbers.get(key, 0) + 1
            return self._numbers[key]
