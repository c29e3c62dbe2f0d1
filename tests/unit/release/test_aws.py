import os

import pytest
from botocore.exceptions import LoginRefreshRequired

from slipway.release import AwsError, ReleaseError, clients_of_account
from slipway.release.errors import CredentialsError, aws_errors


def test_a_profile_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(AwsError, match=r"^Cannot ask AWS .*\(nobody\) could not be found"):
        clients_of_account("111111111111", "eu-west-1")


@pytest.mark.parametrize("said", ["many", "0", "-1", "1.5"])
def test_a_number_of_attempts_that_can_not_be_is_one_line(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", said)
    with pytest.raises(ReleaseError, match=rf"^AWS_MAX_ATTEMPTS must be .*, not '{said}'"):
        clients_of_account("111111111111", "eu-west-1")


def test_who_has_signed_in_with_aws_login_does_so_again() -> None:
    with pytest.raises(CredentialsError, match=r"Sign in again: aws login\.$"), aws_errors("ask"):
        raise LoginRefreshRequired
