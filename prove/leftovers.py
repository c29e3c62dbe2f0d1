"""What stacks leave behind: a bucket, log groups, task definitions; and what nobody can take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from prove.ground import APPLICATION, ENVIRONMENT, SERVICES
from prove.place import Place
from prove.state import State, trunking

# Of DeleteObjects, https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_OBJECTS_AT_ONCE = 1000
# Of DeleteTaskDefinitions,
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
_REVISIONS_AT_ONCE = 10

# What the tags still name and nobody pays for: it goes by itself, or is only a record.
_GOES_BY_ITSELF = (":task-definition/", ":kms:")


@dataclass(frozen=True)
class Leftover:
    """Something that is still there, and the command that removes it."""

    what: str
    command: str
    expected: bool = False
    """Whether it may be there although the run went well."""


class Leftovers:
    """What a run's stacks left behind.

    Parameters
    ----------
    place, state
        Where, and under which names.
    tell
        Told each thing that is deleted.

    Attributes
    ----------
    left
        What could not be deleted.
    """

    def __init__(self, place: Place, state: State, tell: Callable[[str], None]) -> None:
        self._place, self._state, self._tell = place, state, tell
        self.left: list[Leftover] = []

    def delete(self) -> None:
        """Delete all of them, each whatever becomes of the others."""
        for delete in (self._buckets, self._log_groups, self._task_definitions):
            try:
                delete()
            except (ClientError, BotoCoreError) as error:
                self._tell(f"cannot look for leftovers: {error}")
        self._look_at_trunking()
        self._look_at_tags()

    def buckets(self) -> list[str]:
        """Name the buckets of the access logs: CloudFormation names them after their stack."""
        found = self._place.client("s3").list_buckets()["Buckets"]
        prefix = f"{self._state.prefix}-network-"
        return [bucket["Name"] for bucket in found if bucket["Name"].startswith(prefix)]

    def _buckets(self) -> None:
        s3 = self._place.client("s3")
        for bucket in self.buckets():
            self._attempt(
                f"the bucket {bucket}", f"aws s3 rb --force s3://{bucket}", _empty, s3, bucket
            )

    def _log_groups(self) -> None:
        logs = self._place.client("logs")
        for prefix in self._log_group_prefixes():
            pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
            for name in [group["logGroupName"] for page in pages for group in page["logGroups"]]:
                self._attempt(
                    f"the log group {name}",
                    f"aws logs delete-log-group --log-group-name {name}",
                    lambda name: logs.delete_log_group(logGroupName=name),
                    name,
                )

    def _log_group_prefixes(self) -> Iterator[str]:
        prefix = self._state.prefix
        yield f"/{APPLICATION}/{ENVIRONMENT}/"
        yield f"/aws/lambda/{prefix}-"
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
        yield f"/aws/ecs/containerinsights/{prefix}/"
        yield f"aws-waf-logs-{prefix}"
        for service in SERVICES:
            yield f"/aws/lambda/CodeDeployHook_{service}-{ENVIRONMENT}-"

    def _task_definitions(self) -> None:
        """Deregister and delete the revisions, which their stacks retain on purpose."""
        ecs = self._place.client("ecs")
        arns = []
        for service in SERVICES:
            family = f"{self._state.prefix}-{service}"
            for status in ("ACTIVE", "INACTIVE"):
                pages = ecs.get_paginator("list_task_definitions").paginate(
                    familyPrefix=family, status=status
                )
                found = [arn for page in pages for arn in page["taskDefinitionArns"]]
                arns += found
                for arn in found if status == "ACTIVE" else ():
                    ecs.deregister_task_definition(taskDefinition=arn)
        if arns:
            self._tell(f"deleting {len(set(arns))} task definitions")
        revisions = list(dict.fromkeys(arns))
        for start in range(0, len(revisions), _REVISIONS_AT_ONCE):
            failures = ecs.delete_task_definitions(
                taskDefinitions=revisions[start : start + _REVISIONS_AT_ONCE]
            ).get("failures", [])
            for failure in failures:
                self.left.append(
                    Leftover(
                        f"the task definition {failure['arn']}: {failure.get('reason')}",
                        f"aws ecs delete-task-definitions --task-definitions {failure['arn']}",
                    )
                )

    def _look_at_trunking(self) -> None:
        """Tell of the account setting that the Cluster stack switches on and never off."""
        try:
            now = trunking(self._place.client)
        except (ClientError, BotoCoreError):
            return
        if now != self._state.trunking:
            self.left.append(
                Leftover(
                    f"the account setting awsvpcTrunking is {now}, it was {self._state.trunking}",
                    "aws ecs put-account-setting-default --name awsvpcTrunking --value "
                    + self._state.trunking,
                    expected=True,
                )
            )

    def _look_at_tags(self) -> None:
        """Find by its tags whatever nobody thought of.

        The answer may name what has just gone, for a while.
        https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
        """
        if "tags" in self._place.lacks:
            return
        filters = [
            {"Key": "slipway:application", "Values": [APPLICATION]},
            {"Key": "slipway:environment", "Values": [ENVIRONMENT]},
        ]
        tagging = self._place.client("resourcegroupstaggingapi")
        try:
            pages = tagging.get_paginator("get_resources").paginate(TagFilters=filters)
            arns = [
                resource["ResourceARN"]
                for page in pages
                for resource in page["ResourceTagMappingList"]
            ]
        except (ClientError, BotoCoreError) as error:
            self._tell(f"cannot ask for what has our tags: {error}")
            return
        self.left += [
            Leftover(
                f"{arn}, which may have just gone",
                "look at it; if it is still there, delete it by hand",
                expected=True,
            )
            for arn in arns
            if not any(part in arn for part in _GOES_BY_ITSELF)
        ]

    def _attempt(
        self, what: str, command: str, delete: Callable[..., Any], *arguments: Any
    ) -> None:
        try:
            delete(*arguments)
        except (ClientError, BotoCoreError) as error:
            self.left.append(Leftover(f"{what}: {error}", command))
        else:
            self._tell(f"deleted {what}")


def _empty(s3: Any, bucket: str) -> None:
    """Delete a bucket with all that is in it; it keeps no versions."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
        for start in range(0, len(keys), _OBJECTS_AT_ONCE):
            s3.delete_objects(
                Bucket=bucket, Delete={"Objects": keys[start : start + _OBJECTS_AT_ONCE]}
            )
    s3.delete_bucket(Bucket=bucket)
