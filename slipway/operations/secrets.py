"""A service's secrets: which there are, and new values for them.

A value goes to Secrets Manager and comes from there to the tasks. Nothing here shows one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release import Commands, ReleaseError, TargetError
from slipway.release.commands import UNNAMED
from slipway.release.errors import aws_errors, code

_CURRENT = "AWSCURRENT"
_GENERATED_LENGTH = 48
_ATTEMPTS = 5
# What AWS answers where the label is on another version than was said.
_NOT_THE_ONE = {"InvalidParameterException", "InvalidRequestException"}


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

    The new version becomes the current one, and its event starts a release of the service. Where
    somebody else sets a key at the same moment, neither is lost: the new version is put aside
    first, and takes the place of the version that was read, of no other. AWS refuses that when
    another has come between; then it is read again.

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
        It holds no JSON object, so it has no keys; or others change it again and again.
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    and https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    """
    refused: ClientError | None = None
    with aws_errors(f"set {source.secret}"):
        for _ in range(_ATTEMPTS):
            held, read = _held(client, source, commands)
            # A label of its own: what has none may be deleted.
            label = f"slipway-{uuid4()}"
            put = client.put_secret_value(
                SecretId=source.secret,
                SecretString=json.dumps({**held, source.key: value}),
                VersionStages=[label],
            )
            try:
                # The first version of a secret is the current one by itself.
                if _CURRENT not in put["VersionStages"]:
                    _make_current(client, source.secret, put["VersionId"], instead_of=read)
            except ClientError as error:
                if code(error) not in _NOT_THE_ONE:
                    raise
                refused = error
            else:
                return str(put["VersionId"])
            finally:
                _take_off(client, source.secret, label, put["VersionId"])
    raise SecretError(
        f"{source.secret} was changed by others each time that {source.variable} was to be set, "
        "or AWS refuses to make a version the current one. Nothing was set: try again"
    ) from refused


def _make_current(client: Any, secret: str, version: str, *, instead_of: str | None) -> None:
    """Make a version the current one; refused where the current one is no longer that."""
    before = {"RemoveFromVersionId": instead_of} if instead_of else {}
    client.update_secret_version_stage(
        SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=version, **before
    )


def _take_off(client: Any, secret: str, label: str, version: str) -> None:
    """Take a label off again; where that fails it stays, and is in nobody's way."""
    with contextlib.suppress(ClientError, BotoCoreError):
        client.update_secret_version_stage(
            SecretId=secret, VersionStage=label, RemoveFromVersionId=version
        )


def _held(client: Any, source: Source, commands: Commands) -> tuple[Mapping[str, Any], str | None]:
    """Return what the current version holds, and its id: None where there is none yet."""
    try:
        answer = client.get_secret_value(SecretId=source.secret)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        if _describe(client, source.secret) is None:
            raise TargetError(
                f"There is no secret {source.secret}: the service's stack makes it, so deploy that "
                f"first, with {commands.about_environment('deploy')}"
            ) from error
        # It is there, and has no value yet.
        return {}, None
    try:
        held = json.loads(answer.get("SecretString") or "{}")
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SecretError(
            f"{source.secret} holds no JSON object, so there is no key {source.key} in it: set "
            "the whole of it with aws secretsmanager put-secret-value"
        )
    return held, answer["VersionId"]


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
