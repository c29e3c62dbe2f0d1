"""What the verbs around a release do before a deployment is followed."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import release as verbs
from slipway.release import Deployment, ReleaseError, Target

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEPLOYMENT: Any = Deployment(
    id="d-ONE", target=SimpleNamespace(service="storefront", revision="arn/shop-prod-storefront:7")
)

OUTPUTS = {
    "Cluster": "shop-prod",
    "Service": "storefront",
    "Revision": "arn/shop-prod-storefront:7",
    "Application": "shop-prod-storefront",
    "DeploymentGroup": "storefront",
    "Address": "shop.eu-west-1.elb.amazonaws.com",
    "Port": "443",
    "TestPort": "9000",
    "Alarms": "",
    "ReleaseInputs": json.dumps(
        {
            "container": "storefront",
            "port": 8080,
            "network": {"subnets": [], "securityGroups": [], "assignPublicIp": "DISABLED"},
            "capacityProviderStrategy": [],
            "logGroup": "/shop/prod/storefront",
            "scaling": {"maximum": 6, "headroomPercent": 25},
        }
    ),
}


def test_there_must_be_a_deployment_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "running", lambda *_: None)
    with pytest.raises(ReleaseError, match="No deployment of storefront runs"):
        verbs.stop(SimpleNamespace(aws=None), DEPLOYMENT.target, rollback=True)


def test_the_deployment_that_runs_is_stopped_and_followed(
    monkeypatch: pytest.MonkeyPatch, record: Any
) -> None:
    target = Target.from_outputs(OUTPUTS)
    monkeypatch.setattr(verbs, "running", lambda *_: record("InProgress"))
    stopped: list[Any] = []
    monkeypatch.setattr(
        verbs, "stop_deployment", lambda _, deployment, **how: stopped.append((deployment.id, how))
    )
    follower: Any = SimpleNamespace(
        aws=None, follow_to_the_way_back=lambda deployment: stopped.append(deployment.id) or 0
    )
    assert verbs.stop(follower, target, rollback=True) == 0
    assert stopped == [("d-ONE", {"rollback": True}), "d-ONE"]
