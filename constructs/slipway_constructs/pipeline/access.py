"""What a pipeline of another account may do here: two roles, and nothing besides."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from constructs import Construct

from slipway_constructs.permissions import ClosedRole, Permission
from slipway_constructs.rights import EVERY_CONFIGURATION, EVERY_SERVICE, Rights
from slipway_constructs.values import arn, place, trusted_role


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """Where the pipeline keeps what its actions hand to one another, in this region.

    Parameters
    ----------
    account
        The pipeline's account.
    bucket
        The name of the bucket.
    key_alias
        The alias of its key, without the ``alias/`` prefix.
    """

    account: str
    bucket: str
    key_alias: str


class PipelineAccess(Construct):
    """The roles of an environment that the pipeline assumes: one releases, one observes.

    Each trusts one role of the pipeline's account, by its name, and lists all that it may do. None
    may change permissions, stacks or what it is itself.

    Parameters
    ----------
    scope, id_
        Where the roles live, and their name there.
    release_role, observe_role
        The names of the two roles.
    pipeline_role
        The pipeline's own role, which its CodeDeploy actions act with: it may release.
    releases_role
        The role of what renders a release and looks at it afterwards: it may observe.
    artifacts
        What the CodeDeploy actions read.
    cluster_name
        The cluster of the services.
    prefix
        What the names of their stacks, families and CodeDeploy applications begin with.
    task_roles_path
        The path of the roles of their tasks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        release_role: str,
        observe_role: str,
        pipeline_role: str,
        releases_role: str,
        artifacts: Artifacts,
        cluster_name: str,
        prefix: str,
        task_roles_path: str,
    ) -> None:
        super().__init__(scope, id_)
        rights = _Rights(
            self,
            cluster_name,
            prefix,
            artifacts=artifacts,
            task_roles_path=task_roles_path,
        )
        self.release_role = ClosedRole(
            self,
            "Release",
            name=release_role,
            assumed_by=trusted_role(self, account=artifacts.account, name=pipeline_role),
            permissions=rights.to_release_what_is_rendered,
            wildcards=rights.wildcards_to_release_what_is_rendered,
        )
        self.observe_role = ClosedRole(
            self,
            "Observe",
            name=observe_role,
            assumed_by=trusted_role(self, account=artifacts.account, name=releases_role),
            permissions=rights.to_observe,
            wildcards=rights.wildcards_to_observe,
        )


@dataclass(frozen=True)
class _Rights(Rights):
    artifacts: Artifacts
    task_roles_path: str

    @cached_property
    def to_release_what_is_rendered(self) -> list[Permission]:
        """All that CodePipeline's action for CodeDeploy and ECS does.

        It registers the task definition that it finds in an artifact, and releases that revision.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
        """
        return [
            Permission(["codedeploy:CreateDeployment", "codedeploy:GetDeployment"], [self.groups]),
            Permission(
                [
                    "codedeploy:GetApplication",
                    "codedeploy:GetApplicationRevision",
                    "codedeploy:RegisterApplicationRevision",
                ],
                [self.applications],
            ),
            Permission(["codedeploy:GetDeploymentConfig"], [self.configurations]),
            Permission(["ecs:RegisterTaskDefinition"], [self.task_definitions]),
            # The revision gets the tags that the template's has.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
            Permission(
                ["ecs:TagResource"],
                [self.task_definitions],
                {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
            ),
            Permission(
                ["iam:PassRole"],
                [self.task_roles],
                {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
            # From another account both sides have to agree: the bucket's and the key's policies
            # name this role.
            Permission(["s3:GetObject", "s3:GetObjectVersion"], [self.objects]),
            # The key's id is made up when it is created, after this role.
            # https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
            Permission(
                ["kms:Decrypt"],
                [self.keys],
                {
                    "StringEquals": {"kms:ViaService": f"s3.{place(self.scope)[1]}.amazonaws.com"},
                    "ForAnyValue:StringEquals": {
                        "kms:ResourceAliases": f"alias/{self.artifacts.key_alias}"
                    },
                },
            ),
        ]

    @property
    def wildcards_to_release_what_is_rendered(self) -> dict[str, str]:
        """Why each ``*`` is there."""
        return {
            **dict.fromkeys((self.groups, self.applications, self.task_definitions), EVERY_SERVICE),
            self.configurations: EVERY_CONFIGURATION,
            self.task_roles: "The roles of this environment's tasks, those of services to come "
            "included: no other role has this path.",
            self.objects: "What is in the bucket of the pipeline's artifacts, under names "
            "that CodePipeline makes up.",
            self.keys: "The condition leaves the key of the pipeline's artifacts, whose id isn't "
            "known before it is made, for what S3 decrypts with it.",
        }

    @cached_property
    def to_observe(self) -> list[Permission]:
        """Compare with what is live, make room for a release, look at it afterwards.

        See docs/reference/commands.md, which says what each of the release engine's steps calls.
        """
        return [
            Permission(
                ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"], [self.stacks]
            ),
            Permission(
                [
                    "codedeploy:BatchGetDeployments",
                    "codedeploy:GetDeployment",
                    "codedeploy:GetDeploymentGroup",
                    "codedeploy:ListDeployments",
                ],
                [self.groups],
            ),
            Permission(["codedeploy:GetApplicationRevision"], [self.applications]),
            Permission(["cloudwatch:DescribeAlarms"], [self.alarms]),
            Permission(
                [
                    "codedeploy:BatchGetDeploymentTargets",
                    "ecs:DescribeTaskDefinition",
                    "elasticloadbalancing:DescribeRules",
                ],
                ["*"],
            ),
            *self._to_make_room,
        ]

    @property
    def _to_make_room(self) -> Iterator[Permission]:
        """Suspend scaling and start more tasks of what runs already.

        An update of a service that names a task definition, or opens shells, is somebody else's.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html#amazonelasticcontainerservice-policy-keys
        """
        for permission in self.to_scale:
            if "ecs:UpdateService" not in permission.actions:
                yield permission
                continue
            yield Permission(["ecs:DescribeServices"], permission.resources)
            yield Permission(
                ["ecs:UpdateService"],
                permission.resources,
                {
                    "Null": {
                        "ecs:task-definition": "true",
                        "ecs:enable-execute-command": "true",
                    }
                },
            )

    @property
    def wildcards_to_observe(self) -> dict[str, str]:
        """Why each ``*`` is there."""
        return {
            **dict.fromkeys(
                (self.groups, self.applications, self.stacks, self.services, self.targets),
                EVERY_SERVICE,
            ),
            self.alarms: EVERY_SERVICE,
            "*": "AWS offers nothing narrower for BatchGetDeploymentTargets, DescribeRules, "
            "DescribeScalableTargets and DescribeTaskDefinition, which only read: they tell how "
            "far a deployment is, where traffic goes, what scales, and what a revision runs.",
        }

    @property
    def task_definitions(self) -> str:
        return arn(self.scope, "ecs", f"task-definition/{self.prefix}*:*")

    @property
    def task_roles(self) -> str:
        return arn(self.scope, "iam", f"role{self.task_roles_path}*", region="")

    @property
    def alarms(self) -> str:
        return arn(self.scope, "cloudwatch", f"alarm:{self.prefix}*")

    @property
    def objects(self) -> str:
        return arn(self.scope, "s3", f"{self.artifacts.bucket}/*", region="", account="")

    @property
    def keys(self) -> str:
        return arn(self.scope, "kms", "key/*", account=self.artifacts.account)
