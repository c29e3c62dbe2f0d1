"""How the pipeline gets into an environment's account, and what is said where it doesn't."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.releases.place import open_places
from slipway.release import AwsError
from slipway.settings import SettingsError

APPLICATION = Path(__file__).resolve().parents[3] / "application"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without credentials, that reaches nothing."""
    monkeypatch.chdir(APPLICATION)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_without_credentials_the_role_is_named_that_was_to_be_assumed() -> None:
    with pytest.raises(AwsError, match="Cannot assume the role shop-local-observe") as told:
        open_places(["local"])
    assert "which slipway bootstrap local makes: Unable to locate credentials." in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_where_aws_is_not_reached_that_is_told_before_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(AwsError, match="Could not connect to the endpoint"):
        open_places(["local"])


def test_an_environment_that_is_not_there_is_a_mistake_in_settings() -> None:
    with pytest.raises(SettingsError, match="there is no such environment; known: local"):
        open_places(["nowhere"])
