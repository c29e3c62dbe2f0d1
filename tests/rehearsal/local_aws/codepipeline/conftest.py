"""Pipelines of two stages on a local AWS: a source from a real git repository, and one action."""

from __future__ import annotations

import io
import json
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from waiting import PATIENCE_SECONDS, WAITER, eventually

REPOSITORY = "example/shop"
ACCOUNT, ELSEWHERE = "000000000000", "222222222222"
REGION = "us-east-1"


def trust(**principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Developer:
    """Somebody's clone; the repository that the AWS knows is another, bare one."""

    clone: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments],
            cwd=self.clone,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def push(self, files: dict[str, str | bytes], message: str, branch: str = "main") -> str:
        self.git("checkout", "-q", "-B", branch)
        for name, content in files.items():
            file = self.clone / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", branch)
        return self.git("rev-parse", "HEAD")


@dataclass
class Workshop:
    """What pipelines are made of."""

    aws: Any
    developer: Developer
    role: str = ""
    store: dict[str, Any] = field(default_factory=dict)
    """The artifact store, which the other account may read."""
    connection: str = ""

    def client(self, service: str, account: str = ACCOUNT) -> Any:
        return self.aws.machine.client(service, account=account, region=REGION)

    def make_role(self, policy: dict[str, Any], account: str = ACCOUNT) -> str:
        made = self.client("iam", account).create_role(
            RoleName=f"role-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument=json.dumps(policy)
        )
        return str(made["Role"]["Arn"])

    def make_store(self, *accounts: str) -> dict[str, Any]:
        """Make a bucket and its key, which these accounts may use."""
        bucket = f"artifacts-{uuid.uuid4().hex[:8]}"
        readers = {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}
        statement = {"Effect": "Allow", "Principal": readers, "Resource": "*"}
        key = self.client("kms").create_key(
            Policy=_document({**statement, "Action": "kms:*"}),
        )["KeyMetadata"]["Arn"]
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket)
        objects = {**statement, "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
        s3.put_bucket_policy(Bucket=bucket, Policy=_document(objects))
        return {"type": "S3", "location": bucket, "encryptionKey": {"id": key, "type": "KMS"}}

    def source(self, **configuration: str) -> dict[str, Any]:
        return {
            "name": "Commit",
            "actionTypeId": kind("Source", "CodeStarSourceConnection"),
            "namespace": "Source",
            "outputArtifacts": [{"name": "Files"}],
            "configuration": {
                "ConnectionArn": self.connection,
                "FullRepositoryId": REPOSITORY,
                "BranchName": "main",
                "DetectChanges": "false",
                **configuration,
            },
        }

    def declare(self, *actions: dict[str, Any], **members: Any) -> dict[str, Any]:
        return {
            "name": f"pipeline-{uuid.uuid4().hex[:8]}",
            "roleArn": self.role,
            "pipelineType": "V2",
            "executionMode": "QUEUED",
            "artifactStore": members.pop("store", self.store),
            "stages": [
                {"name": "Source", "actions": [members.pop("source", self.source())]},
                {"name": "Work", "actions": list(actions)},
            ],
            **members,
        }

    def create(self, *actions: dict[str, Any], **members: Any) -> Run:
        declared = self.declare(*actions, **members)
        self.client("codepipeline").create_pipeline(pipeline=declared)
        return self.run(declared["name"])

    def run(self, pipeline: str) -> Run:
        return Run(self, pipeline)


@dataclass(frozen=True)
class Run:
    """A pipeline, and what is asked of it."""

    workshop: Workshop
    name: str

    @property
    def _codepipeline(self) -> Any:
        return self.workshop.client("codepipeline")

    def executions(self) -> list[dict[str, Any]]:
        """Return the executions, the first first."""
        found = self._codepipeline.list_pipeline_executions(pipelineName=self.name)
        summaries: list[dict[str, Any]] = found["pipelineExecutionSummaries"]
        return summaries[::-1]

    def ended(self, number: int = 1, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait until this many executions have ended; return how the last of them did."""

        def statuses() -> list[str] | None:
            found = [it["status"] for it in self.executions()]
            done = [status for status in found if status not in ("InProgress", "Stopping")]
            return found if len(done) >= number else None

        return str(eventually(statuses, f"the end of {number} executions", seconds)[number - 1])

    def action(self, name: str) -> dict[str, Any]:
        """Return the latest run of an action."""
        found = self.action_or_none(name)
        assert found, self.state()
        return found

    def action_or_none(self, name: str) -> dict[str, Any] | None:
        """Return the latest run of an action that may not have begun."""
        found = self._codepipeline.list_action_executions(pipelineName=self.name)
        runs = (it for it in found["actionExecutionDetails"] if it["actionName"] == name)
        return next(runs, None)

    def error(self, name: str) -> str:
        """Return the message of an action that has failed."""
        assert self.ended() == "Failed", self.state()
        action = self.action(name)
        return str(action["output"]["executionResult"]["errorDetails"]["message"])

    def variables(self, name: str) -> dict[str, str]:
        return dict(self.action(name)["output"].get("outputVariables", {}))

    def artifact(self, name: str, action: str = "Commit") -> zipfile.ZipFile:
        """Open an output of an action."""
        made = {
            it["name"]: it["s3location"] for it in self.action(action)["output"]["outputArtifacts"]
        }
        place = made[name]
        found = self.workshop.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])
        return zipfile.ZipFile(io.BytesIO(found["Body"].read()))

    def state(self) -> str:
        return json.dumps(self._codepipeline.get_pipeline_state(name=self.name), default=str)

    def token(self, stage: str, action: str) -> str:
        """Wait for a request for approval."""

        def asked() -> str | None:
            found = self._codepipeline.get_pipeline_state(name=self.name)
            for state in found["stageStates"]:
                for it in state["actionStates"]:
                    if (state["stageName"], it["actionName"]) == (stage, action):
                        return it.get("latestExecution", {}).get("token")
            return None

        return str(eventually(asked, "a request for approval"))


def kind(category: str, provider: str) -> dict[str, str]:
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}


@pytest.fixture(scope="session")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, local_aws_of: Callable[..., Any]
) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    origin, clone = folder / "origin", folder / "clone"
    for command in (
        ("init", "-q", "--bare", "-b", "main", str(origin)),
        ("clone", "-q", str(origin), str(clone)),
    ):
        subprocess.run(["git", *command], check=True, capture_output=True)
    developer = Developer(clone)
    developer.push({"README.md": "a shop"}, "The first commit")
    with local_aws_of("--repository", f"{REPOSITORY}={origin}") as aws:
        made = Workshop(aws, developer)
        made.store = made.make_store(ACCOUNT, ELSEWHERE)
        made.role = made.make_role(trust(Service="codepipeline.amazonaws.com"))
        made.connection = _connection(made)
        yield made


def _connection(workshop: Workshop) -> str:
    """Make a connection, which only templates can here."""
    cloudformation = workshop.client("cloudformation")
    properties = {"ConnectionName": "shop", "ProviderType": "GitHub"}
    resources = {"It": {"Type": "AWS::CodeConnections::Connection", "Properties": properties}}
    outputs = {"Arn": {"Value": {"Ref": "It"}}}
    cloudformation.create_stack(
        StackName="connection",
        TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}),
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="connection", WaiterConfig=WAITER
    )
    stack = cloudformation.describe_stacks(StackName="connection")["Stacks"][0]
    return str(stack["Outputs"][0]["OutputValue"])


class Queue:
    """What is published to a topic."""

    def __init__(self, workshop: Workshop) -> None:
        self._sqs = workshop.client("sqs")
        sns, name = workshop.client("sns"), f"queue-{uuid.uuid4().hex[:8]}"
        self.topic = sns.create_topic(Name=name)["TopicArn"]
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["QueueArn"]
        )["Attributes"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=attributes["QueueArn"])

    def next(self) -> dict[str, Any]:
        """Wait for the next message."""

        def received() -> list[dict[str, Any]]:
            return list(self._sqs.receive_message(QueueUrl=self._url).get("Messages", []))

        message = eventually(received, "a message")[0]
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return dict(json.loads(json.loads(message["Body"])["Message"]))


class Parts:
    """What the tests of this folder are made of."""

    ACCOUNT, ELSEWHERE, REGION, REPOSITORY = ACCOUNT, ELSEWHERE, REGION, REPOSITORY
    Queue = Queue
    eventually = staticmethod(eventually)
    kind = staticmethod(kind)
    trust = staticmethod(trust)


@pytest.fixture(scope="session")
def parts() -> type[Parts]:
    return Parts
