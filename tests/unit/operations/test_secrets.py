"""A secret's value goes in, and nothing of it comes back; other keys of it stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY

from slipway.operations.secrets import SecretError, Source, generate, look, put
from slipway.release import AwsError, TargetError
from slipway.release.errors import CredentialsError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "shop/prod/storefront/session"
SOURCE = Source(variable="SESSION_KEY", secret=NAME, key="key")
OLD, NEW = "1" * 32, "2" * 32


def holds(amazon: Any, text: str, version: str = OLD) -> None:
    answer = {"Name": NAME, "VersionId": version, "SecretString": text}
    amazon.answers("secretsmanager", "get_secret_value", answer, SecretId=NAME)


def is_given(amazon: Any, **value: str) -> None:
    """Expect just this value, and no other key, put aside at first."""
    wanted = {"SecretId": NAME, "SecretString": json.dumps(value), "VersionStages": ANY}
    answer = {"VersionId": NEW, "VersionStages": ["slipway-1"]}
    amazon.answers("secretsmanager", "put_secret_value", answer, **wanted)


def is_made_current(amazon: Any, instead_of: str | None = OLD) -> None:
    """Expect the move from just the version that was read, and that nothing is left behind."""
    before = {"RemoveFromVersionId": instead_of} if instead_of else {}
    moved = {"SecretId": NAME, "VersionStage": "AWSCURRENT", "MoveToVersionId": NEW, **before}
    amazon.answers("secretsmanager", "update_secret_version_stage", {}, **moved)
    is_tidied(amazon)


def is_tidied(amazon: Any) -> None:
    label = {"SecretId": NAME, "VersionStage": ANY, "RemoveFromVersionId": NEW}
    amazon.answers("secretsmanager", "update_secret_version_stage", {}, **label)


def is_overtaken(amazon: Any, code: str = "InvalidParameterException") -> None:
    amazon.refuses("secretsmanager", "update_secret_version_stage", code)
    is_tidied(amazon)


def describes(amazon: Any, **more: Any) -> None:
    amazon.answers("secretsmanager", "describe_secret", {"Name": NAME, **more}, SecretId=NAME)


def is_not_there(amazon: Any, operation: str) -> None:
    amazon.refuses("secretsmanager", operation, "ResourceNotFoundException", SecretId=NAME)


def test_other_keys_of_the_secret_keep_their_values(amazon: Any) -> None:
    holds(amazon, '{"key": "old", "user": "web"}')
    is_given(amazon, key="new", user="web")
    is_made_current(amazon)
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_a_secret_without_a_value_gets_its_first(amazon: Any) -> None:
    is_not_there(amazon, "get_secret_value")
    describes(amazon)
    is_given(amazon, key="new")
    is_made_current(amazon, instead_of=None)
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_a_first_value_that_is_current_by_itself_is_left_so(amazon: Any) -> None:
    is_not_there(amazon, "get_secret_value")
    describes(amazon)
    answer = {"VersionId": NEW, "VersionStages": ["AWSCURRENT", "slipway-1"]}
    amazon.answers("secretsmanager", "put_secret_value", answer)
    is_tidied(amazon)
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_what_somebody_else_sets_at_the_same_moment_is_kept(amazon: Any) -> None:
    holds(amazon, '{"key": "old", "user": "web"}')
    is_given(amazon, key="new", user="web")
    is_overtaken(amazon)
    other = "3" * 32
    holds(amazon, '{"key": "old", "user": "theirs"}', other)
    is_given(amazon, key="new", user="theirs")
    is_made_current(amazon, instead_of=other)
    assert put(amazon.secretsmanager, SOURCE, "new") == NEW


def test_who_is_overtaken_again_and_again_is_told_that_nothing_was_set(amazon: Any) -> None:
    for _ in range(5):
        holds(amazon, '{"key": "old-hush"}')
        is_given(amazon, key="new-hush")
        is_overtaken(amazon, "InvalidRequestException")
    with pytest.raises(SecretError, match=r"Nothing was set: try again$") as told:
        put(amazon.secretsmanager, SOURCE, "new-hush")
    assert "hush" not in str(told.value)


def test_who_may_not_make_a_version_current_is_told_what_to_be_allowed(amazon: Any) -> None:
    holds(amazon, '{"key": "old"}')
    is_given(amazon, key="new")
    is_overtaken(amazon, "AccessDeniedException")
    with pytest.raises(CredentialsError, match="may call UpdateSecretVersionStage"):
        put(amazon.secretsmanager, SOURCE, "new")


def test_a_label_that_stays_behind_is_no_failure(amazon: Any) -> None:
    holds(amazon, '{"key": "old"}')
    is_given(amazon, key="new")
    amazon.answers("secretsmanager", "update_secret_version_stage", {})
    amazon.refuses("secretsmanager", "update_secret_version_stage", "ThrottlingException")
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
