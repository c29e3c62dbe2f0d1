"""What has to cross accounts: read from the pipeline's definition, and from what tasks run."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.iam.bootstrap import BootstrapRole
from policies.iam.errors import UnreadableError
from policies.iam.roles import Role
from policies.iam.templates import Assembly, Stack

READ_ARTIFACT = ("s3:GetObject", "s3:GetObjectVersion")
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
CHECK_IMAGE = ("ecr:BatchGetImage", "ecr:DescribeImageScanFindings")
"""What the hooks' checks of images ask of a repository."""

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com/(?P<name>[^@:]+)[@:].*"
)
_ENVIRONMENT = re.compile(r"--environment (\S+)")
# As CDK Pipelines names it: there templates and the code of functions are uploaded.
_UPLOADS = "Assets"


@dataclass(frozen=True, order=True)
class Need:
    """A role has to do something to a resource.

    Attributes
    ----------
    role
        The ARN of the role.
    action
        Such as ``sts:AssumeRole``.
    resource
        The ARN of the resource; of a bucket's objects ``arn:aws:s3:::<bucket>/*``.
    because
        What it is for: ``<stage>/<action>`` of a pipeline, or who pulls an image.
    """

    role: str
    action: str
    resource: str
    because: str = ""


def needs(assembly: Assembly, roles: tuple[Role, ...]) -> Iterator[Need]:
    """Yield what roles have to do in other accounts, and the pipeline in other regions.

    Raises
    ------
    UnreadableError
        The definition names what isn't there.
    """
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == "AWS::CodePipeline::Pipeline":
                yield from _Pipeline(assembly, stack, resource["Properties"]).needs()
            elif resource["Type"] == "AWS::ECS::TaskDefinition":
                yield from _pulls(assembly, stack, logical_id, resource["Properties"])
    for role in roles:
        yield from _checks(role)


def account_of(arn: str) -> str:
    """Return the account that an ARN names; a bucket's names none."""
    return arn.split(":", 5)[4]


def _pulls(
    assembly: Assembly, stack: Stack, logical_id: str, properties: Mapping[str, Any]
) -> Iterator[Need]:
    for container in properties["ContainerDefinitions"]:
        found = _IMAGE.fullmatch(assembly.text(stack, container["Image"]))
        if found and found["account"] != stack.account:
            repository = (
                f"arn:{stack.partition}:ecr:{found['region']}:{found['account']}:repository/"
                f"{found['name']}"
            )
            role = assembly.text(stack, properties["ExecutionRoleArn"])
            for action in PULL:
                yield Need(role, action, repository, f"{stack.name}/{logical_id}")


def _checks(role: Role) -> Iterator[Need]:
    """Yield what a function asks of a repository: which checks it runs is up to its service."""
    for statement in role.identity:
        for action in statement.actions:
            for resource in statement.resources:
                if (
                    role.functions
                    and action in CHECK_IMAGE
                    and account_of(resource) != role.owner.account
                ):
                    yield Need(role.arn, action, resource, role.place)


@dataclass(frozen=True)
class _Pipeline:
    assembly: Assembly
    stack: Stack
    properties: Mapping[str, Any]

    def needs(self) -> Iterator[Need]:
        own, stores = self._text(self.properties["RoleArn"]), self._stores()
        actions = [
            (f"{stage['Name']}/{action['Name']}", action)
            for stage in self.properties["Stages"]
            for action in stage["Actions"]
        ]
        uploading = {
            self._role(action) for name, action in actions if name.startswith(f"{_UPLOADS}/")
        }
        for name, action in actions:
            region = action.get("Region", self.stack.region)
            if region not in stores:
                raise UnreadableError(f"{name}: the pipeline keeps no artifacts in {region}")
            bucket, key = stores[region]
            if region != self.stack.region:
                # CodePipeline copies there what the action reads.
                # https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html
                yield Need(own, "s3:PutObject", f"{bucket}/*", name)
                yield Need(own, "kms:GenerateDataKey", key, name)
            role = self._text(action.get("RoleArn", own))
            if account_of(role) != self.stack.account:
                yield Need(own, "sts:AssumeRole", role, name)
                if action.get("InputArtifacts"):
                    for each in READ_ARTIFACT:
                        yield Need(role, each, f"{bucket}/*", name)
                    yield Need(role, "kms:Decrypt", key, name)
                if made := BootstrapRole.of(role):
                    for each in uploading:
                        yield Need(each, "sts:AssumeRole", made.other("file-publishing"), name)
            yield from self._observed(action, name)

    def _observed(self, action: Mapping[str, Any], name: str) -> Iterator[Need]:
        """Yield the roles that a build takes to look at environments, which its variables name."""
        variables = self._text(action.get("Configuration", {}).get("EnvironmentVariables", "[]"))
        for environment in _ENVIRONMENT.findall(
            " ".join(str(each["value"]) for each in json.loads(variables))
        ):
            role = self._observe_role(environment)
            if account_of(role) != self.stack.account:
                yield Need(self._role(action), "sts:AssumeRole", role, name)

    def _observe_role(self, environment: str) -> str:
        application = self.stack.owner.application
        for stack in self.assembly.stacks:
            owner = stack.owner
            if (owner.application, owner.environment) == (application, environment):
                name = f"{application}-{environment}-observe"
                return f"arn:{stack.partition}:iam::{stack.account}:role/{name}"
        raise UnreadableError(f"{self.stack.name}: there is no environment {environment}")

    def _role(self, action: Mapping[str, Any]) -> str:
        """Return the role of the project that an action runs."""
        name = self._text(action["Configuration"]["ProjectName"])
        for logical_id, resource in self.stack.resources.items():
            if (
                resource["Type"] == "AWS::CodeBuild::Project"
                and self.assembly.name(self.stack, logical_id) == name
            ):
                return self._text(resource["Properties"]["ServiceRole"])
        raise UnreadableError(f"{self.stack.name}: there is no project {name}")

    def _stores(self) -> dict[str, tuple[str, str]]:
        """Return the bucket and the key of each region."""
        own = {"Region": self.stack.region, "ArtifactStore": self.properties.get("ArtifactStore")}
        return {
            self._text(each["Region"]): (
                f"arn:{self.stack.partition}:s3:::{self._text(store['Location'])}",
                self._key(self._text(store["EncryptionKey"]["Id"])),
            )
            for each in self.properties.get("ArtifactStores", [own])
            for store in [each["ArtifactStore"]]
        }

    def _key(self, arn: str) -> str:
        """Return the key that an alias stands for."""
        if ":alias/" not in arn:
            return arn
        for stack in self.assembly.stacks:
            for logical_id, resource in stack.resources.items():
                if (
                    resource["Type"] == "AWS::KMS::Alias"
                    and self.assembly.arn(stack, logical_id) == arn
                ):
                    return self.assembly.text(stack, resource["Properties"]["TargetKeyId"])
        raise UnreadableError(f"{self.stack.name}: no key has the alias {arn}")

    def _text(self, value: Any) -> str:
        return self.assembly.text(self.stack, value)
