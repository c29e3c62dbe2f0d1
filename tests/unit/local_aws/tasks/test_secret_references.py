import json

import pytest
from botocore.exceptions import ClientError

from slipway.local_aws.tasks.secret_references import (
    SecretReference,
    SecretUnavailableError,
    fetch_all,
)

ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:web/database-AbCdEf"


class Secrets:
    """Remembers what was asked, answers one document."""

    def get_secret_value(self, **request):
        self.asked = request
        if request["SecretId"] != ARN:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": json.dumps({"password": "word", "port": 5432})}

    def get_parameter(self, **request):
        self.asked = request
        return {"Parameter": {"Value": "value"}}


def test_whole_secret_is_the_string_itself():
    value = SecretReference.parse(ARN, region="us-east-1").fetch(Secrets())
    assert json.loads(value)["password"] == "word"  # pragma: allowlist secret: made up


def test_json_key_selects_one_value_and_numbers_become_text():
    assert SecretReference.parse(f"{ARN}:port::", region="us-east-1").fetch(Secrets()) == "5432"


def test_version_stage_and_id_are_asked_for():
    secrets = Secrets()
    SecretReference.parse(f"{ARN}:password:AWSPREVIOUS:", region="us-east-1").fetch(secrets)
    assert secrets.asked == {"SecretId": ARN, "VersionStage": "AWSPREVIOUS"}
    SecretReference.parse(f"{ARN}:password::version-1", region="us-east-1").fetch(secrets)
    assert secrets.asked == {"SecretId": ARN, "VersionId": "version-1"}


@pytest.mark.parametrize(
    ("reference", "name", "region"),
    [
        ("level", "level", "us-east-1"),
        ("arn:aws:ssm:eu-west-1:111111111111:parameter/level", "level", "eu-west-1"),
        ("arn:aws:ssm:eu-west-1:111111111111:parameter/web/level", "/web/level", "eu-west-1"),
    ],
)
def test_parameters_are_named_or_given_by_arn(reference, name, region):
    secrets = Secrets()
    parsed = SecretReference.parse(reference, region="us-east-1")
    assert parsed.region == region
    assert parsed.fetch(secrets) == "value"
    assert secrets.asked == {"Name": name, "WithDecryption": True}


@pytest.mark.parametrize("value_from", [f"{ARN}:nothing::", ARN.replace("web", "other")])
def test_missing_key_or_secret_says_why_the_task_stops(value_from):
    container = {"secrets": [{"name": "PASSWORD", "valueFrom": value_from}]}
    with pytest.raises(SecretUnavailableError, match=r"^ResourceInitializationError: "):
        fetch_all(container, region="us-east-1", client=lambda service, region: Secrets())
