"""What the verbs around a release do before a deployment is followed."""

import json
import os
import signal
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from slipway.cli import release as verbs
from slipway.release import Deployment, ReleaseError, Target

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEPLOYMENT: Any = Deployment(
    id="d-ONE",
    target=SimpleNamespace(
        service="storefront",
        revision="arn/shop-prod-storefront:7",
        command=lambda verb: f"slipway {verb} storefront -e prod",
    ),
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


class Beginning:
    """An AWS where a signal comes while CodeDeploy begins a deployment, or before."""

    def __init__(self) -> None:
        self.at: str = "create_deployment"
        self.fault: Exception | None = None
        self.created: list[str] = []
        codedeploy = {
            "list_deployments": lambda **_: {"deployments": []},
            "create_deployment": self._create,
        }
        self.clients: Any = SimpleNamespace(
            ecs=SimpleNamespace(
                describe_task_definition=self._describe,
                describe_services=lambda **_: {"services": [{"status": "ACTIVE"}]},
            ),
            application_autoscaling=SimpleNamespace(
                describe_scalable_targets=lambda **_: {"ScalableTargets": []}
            ),
            codedeploy=SimpleNamespace(**codedeploy),
        )

    def _describe(self, **_: Any) -> Any:
        self._interrupt("describe_task_definition")
        image = "repository/storefront@sha256:" + "ab" * 32
        return {"taskDefinition": {"containerDefinitions": [{"name": "web", "image": image}]}}

    def _create(self, **_: Any) -> Any:
        self._interrupt("create_deployment")
        if self.fault:
            raise self.fault
        self.created.append("d-NEW")
        return {"deploymentId": "d-NEW"}

    def _interrupt(self, where: str) -> None:
        if where == self.at:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def beginning() -> Beginning:
    return Beginning()


def release(beginning: Beginning) -> int:
    follower: Any = SimpleNamespace(
        aws=beginning.clients, follow=lambda *_, **__: pytest.fail("followed")
    )
    target = Target.from_outputs(OUTPUTS)
    return verbs.release(
        follower,
        target,
        read_again=lambda: target,
        description=None,
        wait_for=None,
        ignore_alarms=None,
        force=True,
    )


def test_a_signal_waits_for_the_id_of_the_deployment_that_begins(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert release(beginning) == 128 + signal.SIGTERM
    assert beginning.created == ["d-NEW"]
    assert "d-NEW goes on without us: follow it with slipway watch" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_before_codedeploy_is_asked_leaves_nothing(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    beginning.at = "describe_task_definition"
    assert release(beginning) == 128 + signal.SIGTERM
    assert beginning.created == []
    assert capsys.readouterr().err == "\nStopped. Nothing of storefront was released\n"


@pytest.mark.parametrize(
    ("fault", "is_open"),
    [
        (EndpointConnectionError(endpoint_url="https://codedeploy"), True),
        (ClientError({"Error": {"Code": "InvalidRevisionException"}}, "CreateDeployment"), False),
    ],
)
def test_an_answer_that_is_lost_beside_a_signal_is_told_as_open(
    beginning: Beginning, capsys: pytest.CaptureFixture[str], fault: Exception, is_open: bool
) -> None:
    beginning.fault = fault
    assert release(beginning) == 128 + signal.SIGTERM
    told = capsys.readouterr().err
    assert "Nothing of storefront was released" in told
    assert ("unless slipway status" in told) is is_open


def test_a_rollback_that_is_interrupted_as_it_begins_is_told_too(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    follower: Any = SimpleNamespace(
        aws=beginning.clients, follow=lambda *_, **__: pytest.fail("followed")
    )
    target = Target.from_outputs(OUTPUTS)
    told = verbs.rollback(follower, target, to="shop-prod-storefront:5")
    assert told == 128 + signal.SIGTERM
    assert "d-NEW goes on without us" in capsys.readouterr().err
