"""Base images of Amazon ECR Public, cached in the registry."""

from collections.abc import Mapping

from aws_cdk import CfnTag
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.values import arn, place


class BaseImageCache(Construct):
    """A rule of the registry: what is pulled below a prefix comes from Amazon ECR Public, once.

    ``<registry>/<prefix>/docker/library/python@sha256:…`` is fetched when it is pulled first, into
    a repository that the registry makes then: encrypted with our key, immutable, and tagged. Images
    are pulled by digest, so that no tag has to follow what is moved in public. Nothing expires.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    prefix
        What the names of the repositories begin with; 2 to 30 characters.
    encryption_key
        The customer managed key of their layers.
    tags
        The tags of the repositories.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        prefix: str,
        encryption_key: kms.IKey,
        tags: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        repositories = arn(self, "ecr", f"repository/{prefix}/*")
        _partition, region, _account = place(self)
        role = ServiceRole(
            self,
            "Role",
            service="ecr.amazonaws.com",
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create-iam.html
            # It names ecr:ReplicateImage, too, which is for templates of replication.
            permissions=[
                Permission(["ecr:CreateRepository", "ecr:TagResource"], [repositories]),
                Permission(
                    ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
                    [encryption_key.key_arn],
                    {"StringEquals": {"kms:ViaService": f"ecr.{region}.amazonaws.com"}},
                ),
            ],
            wildcards={
                repositories: "The registry makes a repository for each base image that is pulled, "
                "named after it below this prefix, which nothing else of the account has."
            },
        )
        template = ecr.CfnRepositoryCreationTemplate(
            self,
            "Template",
            prefix=prefix,
            applied_for=["PULL_THROUGH_CACHE"],
            description="Base images of Amazon ECR Public",
            image_tag_mutability="IMMUTABLE",
            encryption_configuration=ecr.CfnRepositoryCreationTemplate.EncryptionConfigurationProperty(
                encryption_type="KMS", kms_key=encryption_key.key_arn
            ),
            resource_tags=[CfnTag(key=key, value=value) for key, value in tags.items()],
            custom_role_arn=role.role_arn,
        )
        rule = ecr.CfnPullThroughCacheRule(
            self,
            "Rule",
            ecr_repository_prefix=prefix,
            upstream_registry="ecr-public",
            upstream_registry_url="public.ecr.aws",
        )
        # A repository that comes before its template is like any other, for ever.
        rule.node.add_dependency(template)
        rule.node.add_dependency(role)
