"""``slipway.yaml``: what is the same in every environment."""

import re

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, Name
from slipway.settings.pipeline import CONNECTION, Images, Pipeline
from slipway.settings.source import Bare
from slipway.settings.tags import TagText, check_tags

# Lambda allows 64 characters; 26 of them are for <environment>-<service>, and 15 for
# -traffic-rules and the hyphen before them.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LONGEST_APPLICATION = 23

_ACCOUNT = re.compile("[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")

# An alarm's description, which ends with a link, takes 1024; this leaves room for the rest.
_LONGEST_ADDRESS = 512


class Account(Model):
    """A region of an AWS account."""

    account: str
    """The account: 12 digits, in quotes."""
    region: str
    """The region, such as eu-west-1."""

    @field_validator("account", mode="before")
    @classmethod
    def _in_quotes(cls, account: object) -> object:
        if isinstance(account, Bare) and _ACCOUNT.fullmatch(account):
            raise RuleError(
                f'must be in quotes, "{account}": without them it is a number to editors and other '
                "readers of YAML, and a zero in front is lost"
            )
        return account

    @field_validator("account")
    @classmethod
    def _twelve_digits(cls, account: str) -> str:
        if not _ACCOUNT.fullmatch(account):
            raise RuleError(f'must be 12 digits, such as "012345678901", not {account!r:.60}')
        return account

    @field_validator("region")
    @classmethod
    def _a_region(cls, region: str) -> str:
        if not _REGION.fullmatch(region):
            raise RuleError(f"must be an AWS region, such as eu-west-1, not {region!r:.60}")
        return region


class Application(Model):
    """The application, as ``slipway.yaml`` describes it."""

    application: Name
    """The name of the application: the first part of every name in AWS."""
    owner: TagText
    """The team that answers for it; a tag on every resource."""
    cost_centre: TagText
    """Who pays for it; a tag on every resource."""
    tooling: Account
    """The account that holds the image registry, and the pipeline."""
    images: Images = Images()
    """How images are built, and what a new one must prove."""
    pipeline: Pipeline | None = None
    """The pipeline that releases everything; without it there is none."""
    runbooks: str = "docs/runbooks"
    """What the links of alarms to their runbooks begin with: where people read docs/runbooks, such
    as https://github.com/example/shop/blob/main/docs/runbooks."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Further tags for every resource."""

    @field_validator("application")
    @classmethod
    def _a_name_that_others_can_begin_with(cls, application: str) -> str:
        # The capacity provider is named after the application.
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
        if application.startswith(("aws", "ecs", "fargate")):
            raise RuleError(
                "must not begin with aws, ecs or fargate: "
                "ECS keeps these for capacity providers of its own"
            )
        if len(application) > LONGEST_APPLICATION:
            raise RuleError(
                f"must be at most {LONGEST_APPLICATION} characters, not {len(application)}: Lambda "
                f"allows 64 for the function <application>-<environment>-<service>-traffic-rules"
            )
        return application

    @field_validator("pipeline")
    @classmethod
    def _a_connection_of_this_account(
        cls, pipeline: Pipeline | None, info: ValidationInfo
    ) -> Pipeline | None:
        # A connection serves every region, whatever its ARN says; its account is the one.
        # https://docs.aws.amazon.com/dtconsole/latest/userguide/welcome-connections-how-it-works-global.html
        match = CONNECTION.fullmatch((pipeline and pipeline.host.connection) or "")
        tooling = info.data.get("tooling")
        if match and tooling and match["account"] != tooling.account:
            raise RuleError(
                f"must be in the account that the pipeline is in, {tooling.account} "
                f"(tooling.account), not {match['account']}",
                at=("host", "connection"),
            )
        return pipeline

    @field_validator("runbooks")
    @classmethod
    def _an_address(cls, runbooks: str) -> str:
        if not re.fullmatch(r"[!-~]*[!-.0-~]", runbooks):
            raise RuleError(
                "must be a URL or a path, without spaces and without a slash at its end, "
                f"not {runbooks!r:.60}"
            )
        if len(runbooks) > _LONGEST_ADDRESS:
            raise RuleError(f"must be at most {_LONGEST_ADDRESS} characters, not {len(runbooks)}")
        return runbooks

    @field_validator("tags")
    @classmethod
    def _accepted_by_aws(cls, tags: dict[str, str]) -> dict[str, str]:
        check_tags(tags)
        return tags
