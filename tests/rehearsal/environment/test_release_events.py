"""What happens to a release, and to a secret's new value, when nobody watches."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from environment.story import logged
from slipway.release import appspec, start, watch
from slipway.release.resumption import resume_left_behind

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


def until(holds, seconds=40):
    """Wait for what functions do in the background."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def scalable_target(deployed):
    target = deployed.target
    (found,) = deployed.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{target.cluster}/{target.service}"]
    )["ScalableTargets"]
    return found


def bounds(deployed):
    return {name: scalable_target(deployed)[name] for name in ("MinCapacity", "MaxCapacity")}


def suspend(deployed, *kinds):
    target = deployed.target
    deployed.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{target.cluster}/{target.service}",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState=dict.fromkeys(SUSPENDED, False) | dict.fromkeys(kinds, True),
    )


def is_suspended(deployed):
    return any(scalable_target(deployed)["SuspendedState"].values())


def deployments(deployed):
    """All deployments of the service, the newest first."""
    target, codedeploy = deployed.target, deployed.client("codedeploy")
    ids = codedeploy.list_deployments(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deployments"]
    return [codedeploy.get_deployment(deploymentId=each)["deploymentInfo"] for each in ids]


def is_final(deployment):
    return deployment["status"] in ("Succeeded", "Failed", "Stopped")


def primary(deployed):
    return next(each for each in deployed.service()["taskSets"] if each["status"] == "PRIMARY")


def set_secret(deployed, key):
    (secret,) = deployed.resources("AWS::SecretsManager::Secret").values()
    return deployed.client("secretsmanager").put_secret_value(
        SecretId=secret, SecretString=json.dumps({"key": key})
    )["VersionId"]


def waiting(deployed):
    """How many new values are not in the tasks yet."""
    sqs = deployed.client("sqs")
    url = sqs.get_queue_url(QueueName=deployed.names.releases("rotation"))["QueueUrl"]
    kinds = ("", "Delayed", "NotVisible")
    counts = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=[f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    )["Attributes"]
    return sum(map(int, counts.values()))


def is_told_of(deployed, deployment):
    """Whether the function that scaling rests by has dealt with a deployment's end."""
    said = logged(deployed.client("logs"), deployed.names.releases("scaling"))
    return any('"resumed"' in line and deployment["deploymentId"] in line for line in said)


def wait_until_quiet(deployed):
    """Wait for the end of every release, and of what is done because of it."""
    until(
        lambda: (
            not waiting(deployed)
            and all(is_final(each) and is_told_of(deployed, each) for each in deployments(deployed))
        )
    )


@pytest.fixture
def quiet(deployed):
    """No release runs, no new value waits and nothing is suspended before and after the test."""
    wait_until_quiet(deployed)
    yield deployed
    suspend(deployed)
    wait_until_quiet(deployed)


@pytest.fixture(scope="module")
def unwatched(deployed):
    wait_until_quiet(deployed)
    before, revision = deployments(deployed), primary(deployed)["taskDefinition"]
    bounds_before = bounds(deployed)
    suspend(deployed, *SUSPENDED)
    aws = deployed.environment.cloud.release_clients()
    release = start(aws, deployed.target, description="unwatched", force=True)
    for progress in watch(aws, release, interval=timedelta(milliseconds=100)):
        # Green's tasks have read their secrets by now.
        if progress.lifecycle_event == "AfterAllowTestTraffic":
            break
    values = [set_secret(deployed, "one"), set_secret(deployed, "another")]
    until(lambda: len(deployments(deployed)) > len(before) + 1)
    wait_until_quiet(deployed)
    return Unwatched(
        before=before,
        revision=revision,
        bounds=bounds_before,
        release=release.id,
        values=values,
        after=deployments(deployed)[: -len(before) or None],
    )


def test_the_first_value_of_a_new_secret_releases_nothing(unwatched):
    """Secrets Manager tells of it as of any other."""
    assert not [each for each in unwatched.before if "New secret value" in each["description"]]


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
    assert primary(deployed)["taskDefinition"] == unwatched.revision


def test_scaling_is_resumed_after_a_release_that_nobody_watches(deployed, unwatched):
    until(lambda: not is_suspended(deployed))
    assert bounds(deployed) == unwatched.bounds


def test_scaling_rests_in_a_deployment_that_nobody_prepared(quiet):
    """Such as one from the console, or of a pipeline's action that is tried again by itself."""
    target = quiet.target.with_revision(primary(quiet)["taskDefinition"])
    quiet.client("codedeploy").create_deployment(
        applicationName=target.application,
        deploymentGroupName=target.deployment_group,
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec(target))},
        },
    )
    until(lambda: all(scalable_target(quiet)["SuspendedState"].values()))
    until(lambda: not is_suspended(quiet))
    assert is_final(deployments(quiet)[0])


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
    until(lambda: not is_suspended(quiet))
    rollback, stopped, *_ = deployments(quiet)
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
