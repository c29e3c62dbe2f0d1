"""The environment variables of a service: plain ones, secrets, and those that others set."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, validate_name

# ECS allows 64 KiB for a task definition, with everything else that it says.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MOST_BYTES = 60 * 1024

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
_SET_BY_ECS = frozenset(
    {
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_EXECUTION_ENV",
        "ECS_AGENT_URI",
        "ECS_CONTAINER_METADATA_URI",
        "ECS_CONTAINER_METADATA_URI_V4",
    }
)
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})

# A task definition writes secrets as <ARN>:<key>:<version stage>:<version>.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
_SECRET_KEY = re.compile("[A-Za-z0-9_.-]{1,256}")


def url_variable(service: str) -> str:
    """Return the environment variable that says where a service is: ``INVENTORY_URL``."""
    return f"{service.upper().replace('-', '_')}_URL"


def check_values(variables: Mapping[str, str]) -> None:
    """Check what plain environment variables say.

    Raises
    ------
    RuleError
        If a value is a secret that anybody could read, or if they are too long together.
    """
    for variable, value in variables.items():
        if variable in _CREDENTIALS:
            raise RuleError(
                "must go: it would stand in the template for all to read; the task's role gives "
                "the container credentials that change by themselves",
                at=(variable,),
            )
        # CloudFormation puts what it finds there into the task definition, where it is no secret.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
        if "{{resolve:" in value:
            raise RuleError(
                "must not hold {{resolve:…}}, which CloudFormation writes out in the task "
                "definition; name the secret under secrets",
                at=(variable,),
            )
    size = sum(len(text.encode()) for pair in variables.items() for text in pair)
    if size > MOST_BYTES:
        raise RuleError(
            f"must have at most {MOST_BYTES} bytes, names and values together, not {size}: ECS "
            "allows 64 KiB for all of a task definition"
        )


def _variable(name: str) -> str:
    if not re.fullmatch("[A-Z][A-Z0-9_]*", name):
        raise RuleError("must be upper-case letters, digits and underscores, such as LOG_LEVEL")
    if name == "PORT":
        raise RuleError("is set by Slipway: it tells the container what port says")
    if name in _SET_BY_ECS:
        raise RuleError("is set by ECS; take another name")
    return name


def _secret_name(name: str) -> str:
    try:
        return validate_name(name)
    except RuleError as error:
        raise RuleError(
            f"{error}; it names a secret that Slipway creates for this service, no other is known"
        ) from None


def _secret_key(key: str) -> str:
    if not _SECRET_KEY.fullmatch(key):
        raise RuleError(f"must be letters, digits and _ . -, such as password, not {key!r:.60}")
    return key


EnvironmentVariable = Annotated[str, AfterValidator(_variable)]
"""The name of an environment variable that settings may set."""


class Secret(Model):
    """A value in AWS Secrets Manager."""

    name: Annotated[str, AfterValidator(_secret_name)]
    """The secret, which Slipway creates."""
    key: Annotated[str, AfterValidator(_secret_key)]
    """The JSON key in it."""
