"""One build: its phases in the order of CodeBuild, its commands as processes of this machine.

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.codebuild.artifacts import outputs_of, pack
from slipway.local_aws.codebuild.buildspec import Buildspec, BuildspecError, parse
from slipway.local_aws.codebuild.commands import run_phases
from slipway.local_aws.codebuild.environment import BuildIdentity, Places, build_environment
from slipway.local_aws.codebuild.errors import BuildInterruptedError, PhaseFailedError
from slipway.local_aws.codebuild.logs import BuildLog
from slipway.local_aws.codebuild.order import BuildOutcome, PipelineOrder
from slipway.local_aws.codebuild.process import Shell
from slipway.local_aws.codebuild.progress import Progress
from slipway.local_aws.codebuild.project import Project
from slipway.local_aws.codebuild.record import Record
from slipway.local_aws.codebuild.sources import download
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codebuild")

_DEFAULT_BUILDSPEC = "buildspec.yml"


class Build:
    """A build from its start to its end.

    Parameters
    ----------
    credentials
        The session of the project's service role.
    """

    def __init__(
        self,
        machine: Machine,
        identity: BuildIdentity,
        order: PipelineOrder,
        project: Project,
        credentials: Mapping[str, str],
    ) -> None:
        self.identity = identity
        self.order = order
        self.project = project
        self.ended = threading.Event()
        self.outcome = BuildOutcome(identity.id, "IN_PROGRESS")
        self.record = Record(identity, order, project)
        self._machine = machine
        self._credentials = credentials
        self._stopped = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="build-", ignore_cleanup_errors=True)
        self._progress = Progress(self.record, BuildLog.none())
        # Commands run at their own speed, so their time is real time.
        limit = project.time_limit.total_seconds() * machine.clock.patience
        self._deadline = time.monotonic() + limit

    def stop(self) -> None:
        """Ask for its end; `ended` is set once nothing of it runs any more."""
        self._stopped.set()

    def run(self) -> None:
        """Carry it out, whatever happens."""
        with self._folder as root:
            exported: dict[str, str] = {}
            try:
                exported = self._carry_out(Places(Path(root)))
                status = "FAILED" if self._progress.is_failing else "SUCCEEDED"
            except BuildInterruptedError as interruption:
                status = interruption.status
            except Exception:
                # Whatever it is, a build that never ends would keep its pipeline waiting.
                logger.exception("%s could not be carried out", self.identity.id)
                status = "FAULT"
            self._finish(status, exported)

    def _finish(self, status: str, exported: Mapping[str, str]) -> None:
        self._progress.log.close()
        self.record.complete(status, exported)
        reason = self._progress.reason(status)
        self.outcome = BuildOutcome(self.identity.id, status, reason, exported)
        logger.info("build %s ended: %s", self.identity.id, reason or status)
        self.ended.set()

    def _carry_out(self, places: Places) -> dict[str, str]:
        """Go through all phases, and return the exported variables."""
        exported: dict[str, str] = {}
        with contextlib.suppress(PhaseFailedError):
            for name in ("SUBMITTED", "QUEUED"):
                with self._progress.phase(name):
                    pass
            with self._progress.phase("PROVISIONING"):
                places.make()
                self._open_log()
            with self._progress.phase("DOWNLOAD_SOURCE"):
                self._download(places)
                buildspec = self._read_buildspec(places.source)
            shell = self._shell(places, buildspec)
            try:
                run_phases(buildspec, shell, self._progress)
            finally:
                left = shell.environment()
                exported = {name: left[name] for name in buildspec.exported if name in left}
                shell.close()
            with self._progress.phase("UPLOAD_ARTIFACTS"):
                self._upload(buildspec, places)
        with self._progress.phase("FINALIZING"):
            pass
        return exported

    def _open_log(self) -> None:
        group = self.project.log_group
        if group is not None:
            named = "groupName" in self.project.cloudwatch_logs
            self._progress.log = BuildLog.open(
                self._client("logs"), group, self.identity.log_stream, may_create_group=not named
            )

    def _download(self, places: Places) -> None:
        s3 = self._client("s3")
        for number, source in enumerate(self.order.inputs):
            place = places.secondary(source.name) if number else places.source
            download(s3, source, place)

    def _read_buildspec(self, source: Path) -> Buildspec:
        said = self.project.buildspec
        try:
            if not _is_inline(said):
                said = _read(source, said or _DEFAULT_BUILDSPEC)
            return parse(said)
        except BuildspecError as error:
            raise PhaseFailedError("YAML_FILE_ERROR", str(error)) from error

    def _shell(self, places: Places, buildspec: Buildspec) -> Shell:
        return Shell(
            buildspec.shell,
            folder=places.session,
            directory=places.source,
            environment=build_environment(
                self._machine,
                self.identity,
                self.order,
                self.project,
                places,
                credentials=self._credentials,
                buildspec_variables=buildspec.variables,
            ),
            output=self._progress.log.write,
            interrupted=self._look_up,
        )

    def _look_up(self) -> None:
        """Send what was printed; end the build if somebody or its time limit wants it."""
        self._progress.log.flush()
        if self._stopped.is_set():
            raise BuildInterruptedError("STOPPED", "Build stopped")
        if time.monotonic() > self._deadline:
            raise BuildInterruptedError("TIMED_OUT", "Build timed out")

    def _upload(self, buildspec: Buildspec, places: Places) -> None:
        s3 = self._client("s3")
        # Whether CodeBuild looks for files that no action wants is undocumented: here it does.
        if not self.order.outputs and buildspec.artifacts and self.project.is_of_pipeline:
            pack(buildspec.artifacts, places.source, places.root / "unwanted.zip")
        for output, artifacts in outputs_of(buildspec, self.order.outputs):
            zip_file = places.root / "output.zip"
            count = pack(artifacts, places.source, zip_file)
            self._progress.log.say(f"Found {count} file(s) for {output.key}")
            try:
                s3.upload_file(str(zip_file), output.bucket, output.key, self._encryption)
            except (ClientError, BotoCoreError, S3UploadFailedError) as error:
                raise PhaseFailedError("CLIENT_ERROR", str(error)) from error

    @property
    def _encryption(self) -> dict[str, str]:
        key = self.project.encryption_key
        return {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key} if key else {})}

    def _client(self, service: str) -> Any:
        return self._machine.client_as(service, self._credentials, region=self.identity.region)


def _is_inline(buildspec: str) -> bool:
    """Tell a build specification from a path to one."""
    try:
        return isinstance(yaml.load(buildspec, Loader=yaml.BaseLoader), dict)  # noqa: S506
    except yaml.YAMLError:
        return "\n" in buildspec


def _read(source: Path, path: str) -> str:
    file = source / path
    if not file.resolve().is_relative_to(source.resolve()):
        raise BuildspecError(f"the buildspec {path} is not below the source")
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise BuildspecError(f"stat {path}: no such file or directory") from None
