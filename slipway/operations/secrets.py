"""A service's secrets: which there are, and new values for them.

A value goes to Secrets Manager and comes from there to the tasks. Nothing here shows one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import Commands, ReleaseError, TargetError
from slipway.release.commands import UNNAMED
from slipway.release.errors import aws_errors, code

_CURRENT = "AWSCURRENT"
_GENERATED_LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where an environment variable's value comes from."""

    variable: str
    """Such as ``SESSION_KEY``."""
    secret: str
    """The secret's name: ``shop/prod/storefront/session``."""
    key: str
    """The JSON key in it."""


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret that a service reads, without its value."""

    variable: str
    """The environment variable that the tasks read it from."""
    secret: str
    """Its name in Secrets Manager."""
    key: str
    """The JSON key in it."""
    exists: bool
    """Whether it is there: the service's stack makes it."""
    version: str | None
    """The id of its current version."""
    changed: datetime | None
    """When its value was last changed."""


class SecretError(ReleaseError):
    """A secret that can't be given a value as it is."""


def look(client: Any, sources: Sequence[Source]) -> tuple[Secret, ...]:
    """Say which secrets there are, and since when they hold what they hold.

    Parameters
    ----------
    client
        A boto3 client of Secrets Manager.

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.
    """
    names = dict.fromkeys(each.secret for each in sources)
    described = {name: _describe(client, name) for name in names}
    return tuple(
        Secret(
            variable=each.variable,
            secret=each.secret,
            key=each.key,
            exists=described[each.secret] is not None,
            version=_current(described[each.secret] or {}),
            changed=(described[each.secret] or {}).get("LastChangedDate"),
        )
        for each in sources
    )


def generate(client: Any) -> str:
    """Have Secrets Manager make up a value: 48 letters and digits.

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
    """
    with aws_errors("have a value made up"):
        made = client.get_random_password(PasswordLength=_GENERATED_LENGTH, ExcludePunctuation=True)
    return str(made["RandomPassword"])


def put(client: Any, source: Source, value: str, commands: Commands = UNNAMED) -> str:
    """Give one key of a secret a new value; its other keys keep theirs.

    The new version becomes the current one, and its event starts a release of the service.

    Parameters
    ----------
    client
        A boto3 client of Secrets Manager.
    commands
        How the next command to try is written.

    Returns
    -------
    str
        The id of the new version.

    Raises
    ------
    TargetError
        The secret doesn't exist.
    SecretError
        It holds no JSON object, so it has no keys.
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    """
    with aws_errors(f"set {source.secret}"):
        held = _held(client, source, commands)
        put = client.put_secret_value(
            SecretId=source.secret, SecretString=json.dumps({**held, source.key: value})
        )
    return str(put["VersionId"])


def _held(client: Any, source: Source, commands: Commands) -> Mapping[str, Any]:
    try:
        text = client.get_secret_value(SecretId=source.secret).get("SecretString") or "{}"
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        if _describe(client, source.secret) is None:
            raise TargetError(
                f"There is no secret {source.secret}: the service's stack makes it, so deploy that "
                f"first, with {commands.about_environment('deploy')}"
            ) from error
        # It is there, and has no value yet.
        return {}
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SecretError(
            f"{source.secret} holds no JSON object, so there is no key {source.key} in it: set "
            "the whole of it with aws secretsmanager put-secret-value"
        )
    return held


def _describe(client: Any, name: str) -> Mapping[str, Any] | None:
    with aws_errors(f"read about {name}"):
        try:
            described: Mapping[str, Any] = client.describe_secret(SecretId=name)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            return None
    return described


def _current(described: Mapping[str, Any]) -> str | None:
    stages: Mapping[str, Sequence[str]] = described.get("VersionIdsToStages") or {}
    return next((version for version, labels in stages.items() if _CURRENT in labels), None)
