"""Projects of CodeBuild with roles, log groups and buckets of their own, made through the APIs."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

REGION = "us-east-1"
ACCOUNT = "000000000000"
TRUST = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "codebuild.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/*"},
        },
    }
}


def zipped(files: dict[str, str], *, modes: dict[str, int] | None = None) -> bytes:
    """Pack files by their paths; `modes` are file modes as the operating system has them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.create_system = 3
            entry.external_attr = (modes or {}).get(path, 0o100644) << 16
            archive.writestr(entry, content)
    return packed.getvalue()


@dataclass
class Builder:
    """One project, and what its builds leave."""

    aws: Any
    name: str
    bucket: str
    eventually: Callable[..., Any]

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def put_source(self, files: dict[str, str], **options: Any) -> None:
        self.client("s3").put_object(
            Bucket=self.bucket, Key="source.zip", Body=zipped(files, **options)
        )

    def make(self, buildspec: dict[str, Any] | str, **project: Any) -> None:
        said = buildspec if isinstance(buildspec, str) else json.dumps(buildspec)
        self.client("codebuild").create_project(
            **{
                "name": self.name,
                "source": {
                    "type": "S3",
                    "location": f"{self.bucket}/source.zip",
                    "buildspec": said,
                },
                "artifacts": {
                    "type": "S3",
                    "location": self.bucket,
                    "name": "output.zip",
                    "packaging": "ZIP",
                },
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                },
                "serviceRole": f"arn:aws:iam::{ACCOUNT}:role/{self.name}",
                "logsConfig": {
                    "cloudWatchLogs": {"status": "ENABLED", "groupName": f"/{self.name}"}
                },
                **project,
            }
        )

    def start(self, **request: Any) -> str:
        answer = self.client("codebuild").start_build(projectName=self.name, **request)
        return str(answer["build"]["id"])

    def build(self, build_id: str) -> dict[str, Any]:
        return self.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]

    def ended(self, build_id: str) -> dict[str, Any]:
        return self.eventually(
            lambda: (build := self.build(build_id))["buildComplete"] and build,
            f"the end of {build_id}",
        )

    def run(self, *commands: str, **request: Any) -> dict[str, Any]:
        """Make a project that runs commands in its build phase, and build it."""
        self.make(spec(*commands), artifacts={"type": "NO_ARTIFACTS"})
        return self.ended(self.start(**request))

    def log(self, build: dict[str, Any]) -> list[str]:
        """Return what a build's commands printed."""
        events = self.client("logs").get_log_events(
            logGroupName=build["logs"]["groupName"],
            logStreamName=build["logs"]["streamName"],
            startFromHead=True,
        )["events"]
        return [event["message"] for event in events]

    def printed(self, build: dict[str, Any]) -> list[str]:
        """Return what its commands printed, without CodeBuild's own lines."""
        return [line for line in self.log(build) if not line.startswith("[Container]")]

    def output(self, key: str = "output.zip") -> zipfile.ZipFile:
        answer = self.client("s3").get_object(Bucket=self.bucket, Key=key)
        return zipfile.ZipFile(io.BytesIO(answer["Body"].read()))


def spec(*commands: str, **sections: Any) -> dict[str, Any]:
    """Write a buildspec that runs commands in its build phase."""
    return {"version": "0.2", "phases": {"build": {"commands": list(commands)}}, **sections}


def phases(build: dict[str, Any]) -> dict[str, str]:
    """Return how each phase of a build ended."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


class Tools:
    """What the tests of this folder build with."""

    spec = staticmethod(spec)
    phases = staticmethod(phases)
    zipped = staticmethod(zipped)

    def __init__(self, eventually: Callable[..., Any]) -> None:
        self.eventually = eventually

    def make_builder(self, aws: Any) -> Builder:
        name = f"project-{uuid.uuid4().hex[:8]}"
        builder = Builder(aws, name, f"bucket-{name}", self.eventually)
        builder.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        builder.client("logs").create_log_group(logGroupName=f"/{name}")
        builder.client("s3").create_bucket(Bucket=builder.bucket)
        builder.put_source({"README": "source"})
        return builder


@pytest.fixture
def builds(tools: Any) -> Tools:
    return Tools(tools.eventually)


@pytest.fixture
def builder(local_aws: Any, builds: Tools) -> Builder:
    return builds.make_builder(local_aws)
