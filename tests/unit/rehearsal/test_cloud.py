"""The local AWS as the rehearsal sees it: never a real one, and never a dead one in silence."""

import subprocess
import sys
from pathlib import Path

import pytest

from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.connection import Account, refuse_anything_but_loopback
from slipway.rehearsal.errors import RehearsalError


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:80"]
)
def test_this_machine_is_talked_to(endpoint: str) -> None:
    refuse_anything_but_loopback(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://cloudformation.eu-west-1.amazonaws.com",
        "http://10.0.0.1:4566",
        "http://127.0.0.1.example.com",
        "",
    ],
)
def test_a_real_account_is_never_talked_to(endpoint: str) -> None:
    with pytest.raises(RehearsalError, match="is not on this machine"):
        refuse_anything_but_loopback(endpoint)


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(
        Account("000000000000", "us-east-1"), tmp_path, project=tmp_path, images=tmp_path
    )


def test_the_end_of_the_local_aws_is_noticed_where_somebody_waits(cloud: LocalCloud) -> None:
    cloud._process = subprocess.Popen([sys.executable, "-c", ""])
    cloud._process.wait()
    with pytest.raises(RehearsalError, match=r"ended by itself: .*local-aws\.log"):
        cloud.sleep(0)


def test_cdk_runs_with_no_configuration_of_the_person(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "theirs")
    cloud.endpoint = "http://127.0.0.1:1"
    environment = cloud.cdk_environment
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"]
    assert environment["CDK_HOME"].startswith(str(cloud._directory))
