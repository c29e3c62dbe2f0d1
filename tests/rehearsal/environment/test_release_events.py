"""What happens to a release, and to a secret's new value, when nobody watches."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from slipway.release import appspec, start, watch
from slipway.release.resumption import resume_left_behind
from waiting import eventually

SUSPENDED = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


@dataclass
class Unwatched:
    """A release whose command ended at once, and two new values of a secret during it."""

    before: list[dict[str, Any]]
    revision: str
    bounds: dict[str, int]
    release: str
    values: list[str]
    after: list[dict[str, Any]]


def bounds(deployed):
    return {name: deployed.scalable_target()[name] for name in ("MinCapacity", "MaxCapacity")}


def suspend(deployed, *kinds):
    target = deployed.target
    deployed.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{target.cluster}/{target.service}",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState=dict.fromkeys(SUSPENDED, False) | dict.fromkeys(kinds, True),
    )


def is_suspended(deployed):
    return any(deployed.scalable_target()["SuspendedState"].values())


def is_final(deployment):
    return deployment["status"] in ("Succeeded", "Failed", "Stopped")


def set_secret(deployed, key):
    (secret,) = deployed.resources("AWS::SecretsManager::Secret").values()
    return deployed.client("secretsmanager").put_secret_value(
        SecretId=secret, SecretString=json.dumps({"key": key})
    )["VersionId"]


@pytest.fixture
def quiet(deployed):
    """No release runs, no new value waits and nothing is suspended before and after the test."""
    deployed.wait_for_the_end_of_releases()
    yield deployed
    suspend(deployed)
    deployed.wait_for_the_end_of_releases()


@pytest.fixture(scope="module")
def unwatched(deployed):
    deployed.wait_for_the_end_of_releases()
    before, revision = deployed.deployments(), deployed.primary()["taskDefinition"]
    bounds_before = bounds(deployed)
    suspend(deployed, *SUSPENDED)
    aws = deployed.environment.cloud.release_clients()
    release = start(aws, deployed.target, description="unwatched", force=True)
    for progress in watch(aws, release, interval=timedelta(milliseconds=100)):
        # Green's tasks have read their secrets by now.
        if progress.lifecycle_event == "AfterAllowTestTraffic":
            break
    values = [set_secret(deployed, "one"), set_secret(deployed, "another")]
    eventually(lambda: len(deployed.deployments()) > len(before) + 1, "a release of the new values")
    deployed.wait_for_the_end_of_releases()
    return Unwatched(
        before=before,
        revision=revision,
        bounds=bounds_before,
        release=release.id,
        values=values,
        after=deployed.deployments()[: -len(before) or None],
    )


def test_the_first_value_of_a_new_secret_releases_nothing(deployed, unwatched):
    """Secrets Manager tells of it as of any other."""
    described = [each.get("description", "") for each in (*unwatched.before, *unwatched.after)]
    assert not [each for each in described if deployed.first_value in each]


def test_a_new_value_during_a_release_is_released_after_it(deployed, unwatched):
    second, first = unwatched.after[0], unwatched.after[-1]
    assert first["deploymentId"] == unwatched.release
    assert first["status"] == second["status"] == "Succeeded"
    assert second["createTime"] >= first["completeTime"]
    assert "shop/local/storefront/session" in second["description"]
    fingerprint = hmac.new(b"another", b"storefront fingerprint", hashlib.sha256).hexdigest()
    assert deployed.get("/version")["secret_fingerprint"] == fingerprint[:12]


def test_two_new_values_at_once_end_in_one_release(unwatched):
    # All of them, to see what the others were.
    described = [(each.get("description"), each["status"]) for each in unwatched.after]
    assert len(described) == 2, described
    assert any(f"version {value}" in str(described[0]) for value in unwatched.values)


def test_a_new_value_releases_the_revision_that_is_live(deployed, unwatched):
    assert deployed.primary()["taskDefinition"] == unwatched.revision


def test_scaling_is_resumed_after_a_release_that_nobody_watches(deployed, unwatched):
    eventually(lambda: not is_suspended(deployed), "scaling that is resumed")
    assert bounds(deployed) == unwatched.bounds


@pytest.fixture
def with_approval(quiet):
    """Releases wait for approval: none ends before somebody lets it."""
    codedeploy, target = quiet.client("codedeploy"), quiet.target
    group = codedeploy.get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]["blueGreenDeploymentConfiguration"]

    def wait(**option):
        codedeploy.update_deployment_group(
            applicationName=target.application,
            currentDeploymentGroupName=target.deployment_group,
            blueGreenDeploymentConfiguration={**group, "deploymentReadyOption": option},
        )

    wait(actionOnTimeout="STOP_DEPLOYMENT", waitTimeInMinutes=2880)
    yield quiet
    wait(**group["deploymentReadyOption"])


def test_scaling_rests_in_a_deployment_that_nobody_prepared(quiet, with_approval):
    """Such as one from the console, or of a pipeline's action that is tried again by itself."""
    target = quiet.target.with_revision(quiet.primary()["taskDefinition"])
    codedeploy = quiet.client("codedeploy")
    deployment = codedeploy.create_deployment(
        applicationName=target.application,
        deploymentGroupName=target.deployment_group,
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec(target))},
        },
    )["deploymentId"]
    eventually(
        lambda: all(quiet.scalable_target()["SuspendedState"].values()), "scaling that rests"
    )
    eventually(lambda: quiet.deployments()[0]["status"] == "Ready", "a wait for approval")
    assert all(quiet.scalable_target()["SuspendedState"].values())
    codedeploy.continue_deployment(deploymentId=deployment, deploymentWaitType="READY_WAIT")
    eventually(lambda: not is_suspended(quiet), "scaling that is resumed")
    assert is_final(quiet.deployments()[0])


def test_scaling_rests_until_the_rollback_of_a_stopped_release_has_ended(quiet):
    suspend(quiet, *SUSPENDED)
    aws = quiet.environment.cloud.release_clients()
    started = start(aws, quiet.target, description="stopped", force=True)
    for progress in watch(aws, started, interval=timedelta(milliseconds=100)):
        if progress.lifecycle_event == "AllowTestTraffic":
            quiet.client("codedeploy").stop_deployment(
                deploymentId=started.id, autoRollbackEnabled=True
            )
            break
    eventually(lambda: not is_suspended(quiet), "scaling that is resumed")
    rollback, stopped, *_ = quiet.deployments()
    assert stopped["deploymentId"] == started.id
    assert rollback["creator"] == "codeDeployRollback"
    assert is_final(rollback)


def test_what_a_release_left_suspended_is_found_and_what_people_suspended_stays(quiet):
    aws, names = quiet.environment.cloud.release_clients(), quiet.names

    def look():
        return resume_left_behind(aws, cluster=names.cluster, stack_prefix=names.stack(""))

    suspend(quiet, "ScheduledScalingSuspended")
    assert look() == ()
    assert is_suspended(quiet)
    suspend(quiet, *SUSPENDED)
    assert look() == (quiet.target.service,)
    assert not is_suspended(quiet)
