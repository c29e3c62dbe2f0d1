import os

import pytest

from slipway.release import AwsError, clients_of_account


def test_a_profile_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(AwsError, match=r"^Cannot ask AWS .*\(nobody\) could not be found"):
        clients_of_account("111111111111", "eu-west-1")
