"""An image repository whose images can be trusted to stay what they are."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from slipway_constructs.findings import acknowledge
from slipway_constructs.values import account_principal, duration

# Marks move from image to image as releases come and go, so they are the one exception to
# immutability.
_MARKS = ("live-", "previous-")


class ImageRepository(Construct):
    """One service's images: scanned on push, immutable, encrypted, and tidied up.

    Only images without a tag expire. A rule by age or number could take what an environment runs,
    and a task that restarts would then find no image.

    Parameters
    ----------
    scope, id_
        Where the repository lives, and its name there.
    name
        The repository's name, such as ``shop/storefront``.
    encryption_key
        The customer managed key of the layers.
    pull_accounts
        The accounts, other than the registry's own, whose tasks and hooks read the images.
    puller_tags
        The tags that the roles of those tasks and hooks have, which nobody else there has.
    removal_policy
        ``DESTROY`` also deletes the images that are left.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        encryption_key: kms.IKey,
        pull_accounts: Sequence[str],
        puller_tags: Mapping[str, str],
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        self.repository = ecr.Repository(
            self,
            "Repository",
            repository_name=name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION,
            image_tag_mutability_exclusion_filters=_marks(),
            encryption_key=encryption_key,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="What no tag names can't be released any more",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=duration(timedelta(days=7)),
                )
            ],
            removal_policy=removal_policy,
            empty_on_delete=removal_policy == RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.repository,
            "CKV_AWS_51",
            because="Tags are immutable except for the two marks of what is live and what was "
            "before it, which move with each release and which nothing deploys by: task "
            "definitions name an image by its digest. checkov knows IMMUTABLE only, not "
            "IMMUTABLE_WITH_EXCLUSION.",
        )
        if pull_accounts:
            self.repository.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="PullFromEnvironments",
                    principals=[account_principal(account) for account in pull_accounts],
                    actions=[
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:DescribeImageScanFindings",
                        "ecr:GetDownloadUrlForLayer",
                    ],
                    # Not whoever is in such an account, but the service's own roles.
                    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag
                    conditions={
                        "StringEquals": {
                            f"aws:PrincipalTag/{key}": value for key, value in puller_tags.items()
                        }
                    },
                )
            )


@cache
def _marks() -> list[ecr.ImageTagMutabilityExclusionFilter]:
    return [ecr.ImageTagMutabilityExclusionFilter.wildcard(f"{mark}*") for mark in _MARKS]
