"""A secret's value goes in, and nothing of it comes back; other keys of it stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.operations.secrets import SecretError, Source, generate, look, put
from slipway.release import AwsError, TargetError
from slipway.release.errors import CredentialsError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "shop/prod/storefront/session"
SOURCE = Source(variable="SESSION_KEY", secret=NAME, key="key")
OLD, NEW = "1" * 32, "2" * 32


def holds(amazon: Any, text: str) -> None:
    answer = {"Name": NAME, "VersionId": OLD, "SecretString": text}
    amazon.answers("secretsmanager", "get_secret_value", answer, SecretId=NAME)


def is_given(amazon: Any, **value: str) -> None:
    """Expect just this value, and no other key."""
    wanted = {"SecretId": NAME, "SecretString": json.dumps(value)}
    amazon.answers("secretsmanager", "put_secret_value", {"VersionId": NEW}, **wanted)


def describes(amazon: Any, **more: Any) -> None:
    amazon.answers("secretsmanager", "describe_secret", {"Name": NAME, **more}, SecretId=NAME)


def is_not_there(amazon: Any, operation: str) -> None:
    amazon.refuses("secretsmanager", operation, "ResourceNotFoundException", SecretId=NAME)


def test_other_keys_of_the_secret_keep_their_values(amazon: Any) -> None:
    holds(amazon, '{"key": "old", "user": "web"}')
    is_given(amazon, key="new", user="web")
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_a_secret_without_a_value_gets_its_first(amazon: Any) -> None:
    is_not_there(amazon, "get_secret_value")
    describes(amazon)
    is_given(amazon, key="new")
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_a_secret_that_no_stack_has_made_is_not_made_here(amazon: Any) -> None:
    is_not_there(amazon, "get_secret_value")
    is_not_there(amazon, "describe_secret")
    with pytest.raises(TargetError, match=f"There is no secret {NAME}: .*slipway deploy"):
        put(amazon.secretsmanager, SOURCE, "new")


@pytest.mark.parametrize("held", ["hush-hush", '["hush-hush"]', '"hush-hush"'])
def test_what_has_no_keys_is_not_overwritten_and_not_shown(amazon: Any, held: str) -> None:
    holds(amazon, held)
    with pytest.raises(SecretError, match="no JSON object, so there is no key key") as told:
        put(amazon.secretsmanager, SOURCE, "new")
    assert "hush" not in str(told.value)


def test_a_refusal_tells_neither_the_old_value_nor_the_new_one(amazon: Any) -> None:
    holds(amazon, '{"key": "old-hush"}')
    amazon.refuses("secretsmanager", "put_secret_value", "AccessDeniedException")
    with pytest.raises(CredentialsError) as told:
        put(amazon.secretsmanager, SOURCE, "new-hush")
    assert "hush" not in str(told.value)
    assert NAME in str(told.value)


def test_what_is_made_up_can_be_pasted_anywhere(amazon: Any) -> None:
    wanted = {"PasswordLength": 48, "ExcludePunctuation": True}
    made_up = {"RandomPassword": "made-up"}  # pragma: allowlist secret: made up
    amazon.answers("secretsmanager", "get_random_password", made_up, **wanted)
    assert generate(amazon.secretsmanager) == "made-up"


def test_each_variable_is_told_with_the_current_version_of_its_secret(amazon: Any) -> None:
    describes(
        amazon,
        LastChangedDate=NOON,
        VersionIdsToStages={OLD: ["AWSPREVIOUS"], NEW: ["AWSPENDING", "AWSCURRENT"]},
    )
    other = Source(variable="SESSION_USER", secret=NAME, key="user")
    # One secret is asked for once, however many variables it has.
    key, user = look(amazon.secretsmanager, (SOURCE, other))
    assert (key.variable, key.key, key.version, key.changed) == ("SESSION_KEY", "key", NEW, NOON)
    assert (user.variable, user.key, user.version) == ("SESSION_USER", "user", NEW)


def test_a_secret_without_a_value_is_told_from_one_that_is_not_there(amazon: Any) -> None:
    gone = Source(variable="API_KEY", secret="shop/prod/storefront/api", key="key")
    describes(amazon)
    amazon.refuses("secretsmanager", "describe_secret", "ResourceNotFoundException")
    found = look(amazon.secretsmanager, (SOURCE, gone))
    assert [(each.exists, each.version) for each in found] == [(True, None), (False, None)]


def test_what_may_not_be_described_is_no_secret_that_is_missing(amazon: Any) -> None:
    amazon.refuses("secretsmanager", "describe_secret", "AccessDeniedException")
    with pytest.raises(AwsError, match=f"Cannot read about {NAME}"):
        look(amazon.secretsmanager, (SOURCE,))
