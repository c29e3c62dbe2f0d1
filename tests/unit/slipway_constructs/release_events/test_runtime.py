"""The functions as Lambda calls them: what they understand of an event, and what they answer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest

from slipway.release import ReleaseError
from slipway.release.rotation import NewValue, Renewal
from slipway_constructs.own_metrics import DEPLOYMENT_EVENTS

NAME = "shop/prod/storefront/session"
ARN = f"arn:aws:secretsmanager:eu-west-1:111111111111:secret:{NAME}-AbCdEf"


def batch(event: dict[str, Any]) -> dict[str, Any]:
    """What Lambda reads from the queue."""
    return {"Records": [{"messageId": "message-1", "body": json.dumps(event)}]}


def label_updated(name: str = NAME) -> dict[str, Any]:
    """The event as Secrets Manager documents it."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Secret Label Updated",
        "source": "aws.secretsmanager",
        "account": "111111111111",
        "time": "2026-11-20T16:43:48Z",
        "region": "eu-west-1",
        "resources": [ARN],
        "detail": {"name": name, "labelUpdated": "AWSCURRENT", "versionId": "6f1c"},
    }


ENDED = {
    "detail-type": "CodeDeploy Deployment State-change Notification",
    "source": "aws.codedeploy",
    "time": "2026-11-20T16:43:48Z",
    "detail": {
        "application": "shop-prod-storefront",
        "deploymentGroup": "storefront",
        "deploymentId": "d-1",
        "state": "FAILURE",
    },
}
SCHEDULED = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


@pytest.fixture
def function(lambda_source: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    for name, value in {
        "CLUSTER": "shop-prod",
        "STACK_PREFIX": "shop-prod-",
        "METRICS_NAMESPACE": "Slipway/shop-prod",
        "SECRET_PREFIX": "shop/prod/",  # pragma: allowlist secret: a name
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "Session", lambda: boto3.session.Session(region_name="eu-west-1"))
    source: Callable[[str], ModuleType] = lambda_source("release_events/runtime")
    return source


@pytest.fixture
def renewals(
    function: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[ModuleType, list[tuple[str, NewValue]], list[Any]]:
    """The function that releases, what it asked the engine for, and what that answers."""
    module = function("release_secret")
    asked: list[tuple[str, NewValue]] = []
    answers: list[Any] = []

    def renew(aws: Any, stack_name: str, value: NewValue) -> Renewal:
        asked.append((stack_name, value))
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return Renewal(done=answer, why="because")

    monkeypatch.setattr(module, "renew", renew)
    return module, asked, answers


def test_the_service_of_a_secret_is_in_its_name(renewals: Any) -> None:
    module, asked, answers = renewals
    answers.append(True)
    assert not module.handler(batch(label_updated()), None)
    assert asked == [
        (
            "shop-prod-storefront",
            NewValue(
                name=NAME,
                arn=ARN,
                version="6f1c",
                since=datetime(2026, 11, 20, 16, 43, 48, tzinfo=UTC),
            ),
        )
    ]


def test_what_is_not_done_yet_goes_back_to_the_queue_without_an_error(renewals: Any) -> None:
    module, _, answers = renewals
    answers.append(False)
    answer = module.handler(batch(label_updated()), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


def test_what_needs_people_is_an_error_of_the_function(renewals: Any) -> None:
    module, _, answers = renewals
    answers.append(ReleaseError("look here"))
    with pytest.raises(ReleaseError, match="look here"):
        module.handler(batch(label_updated()), None)


@pytest.mark.parametrize("name", ["shop/prod/storefront", "shop/prod/storefront/a/b"])
def test_a_secret_that_is_not_named_as_ours_is_left_alone(renewals: Any, name: str) -> None:
    module, asked, _ = renewals
    assert not module.handler(batch(label_updated(name)), None)
    assert not asked


@pytest.mark.parametrize(
    ("state", "does"), [("START", "suspend_during"), ("SUCCESS", "resume_after")]
)
def test_a_deployment_that_begins_or_ends_is_looked_at_for_its_own_service(
    function: Any, monkeypatch: pytest.MonkeyPatch, state: str, does: str
) -> None:
    module = function("resume_scaling")
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(module, does, lambda _, **named: asked.append(named))
    module.handler(batch({**ENDED, "detail": {**ENDED["detail"], "state": state}}), None)
    assert asked == [
        {
            "cluster": "shop-prod",
            "application": "shop-prod-storefront",
            "deployment_group": "storefront",
        }
    ]


def test_a_deployment_is_told_as_a_metric_at_the_time_of_its_event(
    function: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The queue holds the event for a minute: a graph must not show the release after the errors.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    module = function("resume_scaling")
    monkeypatch.setattr(module, "resume_after", lambda _, **named: True)
    module.handler(batch(ENDED), None)
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    metadata = line.pop("_aws")
    assert datetime.fromtimestamp(metadata["Timestamp"] / 1000, UTC) == datetime(
        2026, 11, 20, 16, 43, 48, tzinfo=UTC
    )
    (told,) = metadata["CloudWatchMetrics"]
    assert told["Namespace"] == "Slipway/shop-prod"
    assert told["Dimensions"] == [["ServiceName"], ["ServiceName", "State"]]
    (name,) = (metric["Name"] for metric in told["Metrics"])
    assert {key: line[key] for key in (name, "ServiceName", "State")} == {
        DEPLOYMENT_EVENTS: 1,
        "ServiceName": "storefront",
        "State": "FAILURE",
    }


def test_an_hourly_look_is_no_deployment(
    function: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = function("resume_scaling")
    monkeypatch.setattr(module, "resume_left_behind", lambda _, **named: ())
    module.handler(batch(SCHEDULED), None)
    assert "_aws" not in capsys.readouterr().out


def test_every_hour_all_services_of_the_cluster_are_looked_at(
    function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = function("resume_scaling")
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(module, "resume_left_behind", lambda _, **named: asked.append(named))
    module.handler(batch(SCHEDULED), None)
    assert asked == [{"cluster": "shop-prod", "stack_prefix": "shop-prod-"}]
