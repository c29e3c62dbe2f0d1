from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from slipway.release import (
    AlreadyLiveError,
    Deployment,
    ImageError,
    ReleaseError,
    ReleaseInProgressError,
    RollbackError,
    Target,
    appspec,
    result,
    rollback,
    start,
    stop,
)


def created(aws: Any) -> dict[str, Any]:
    [request] = aws.codedeploy.asked("create_deployment")
    return dict(request)


def released(aws: Any) -> str:
    content = json.loads(created(aws)["revision"]["appSpecContent"]["content"])
    properties = content["Resources"][0]["TargetService"]["Properties"]
    return str(properties["TaskDefinition"]).rsplit(":", 1)[-1]


def test_start_hands_codedeploy_the_appspec_and_its_hash(aws: Any, target: Target) -> None:
    deployment = start(aws.clients, target, description="Version 2")

    assert deployment == Deployment(id="d-new", target=target)
    request = created(aws)
    assert request["applicationName"] == "shop-prod-storefront"
    assert request["deploymentGroupName"] == "storefront"
    revision = request["revision"]
    content = revision["appSpecContent"]["content"]
    assert revision["revisionType"] == "AppSpecContent"
    assert json.loads(content) == appspec(target)
    assert revision["appSpecContent"]["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert "overrideAlarmConfiguration" not in request


def test_start_notes_what_it_replaces_within_the_length_of_a_description(
    aws: Any, target: Target
) -> None:
    start(aws.clients, target, description="long " * 100)
    description = created(aws)["description"]
    assert len(description) == 256
    assert description.endswith("[replaces shop-prod-storefront:6]")


@pytest.mark.parametrize("begin", [start, rollback])
def test_who_interrupts_the_creation_knows_the_deployment_and_leaves_its_scaling_at_rest(
    aws: Any, target: Target, begin: Any
) -> None:
    aws.remember(5)
    aws.remember(6)
    state = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"),
        False,
    )
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 6, "SuspendedState": state}
    begun: list[Deployment] = []
    asked_before: list[Any] = []

    @contextmanager
    def creation() -> Iterator[Any]:
        asked_before.extend(aws.codedeploy.asked("create_deployment"))
        yield begun.append
        raise KeyboardInterrupt

    options: Any = {"description": "Version 2"} if begin is start else {}
    with pytest.raises(KeyboardInterrupt):
        begin(aws.clients, target, creation=creation, **options)
    assert asked_before == []
    assert [each.id for each in begun] == ["d-new"]
    assert all(aws.suspended().values())


def test_ignoring_alarms_turns_polling_off_and_keeps_the_reason(aws: Any, target: Target) -> None:
    start(aws.clients, target, description="Version 2", ignore_alarms="the alarm is the bug")
    assert created(aws)["overrideAlarmConfiguration"] == {"enabled": False}
    assert "(alarms ignored: the alarm is the bug)" in created(aws)["description"]


def test_releasing_what_is_live_is_told_and_not_done(aws: Any, target: Target) -> None:
    aws.live = target.revision
    with pytest.raises(AlreadyLiveError, match="shop-prod-storefront:7 of storefront is live"):
        start(aws.clients, target, description="again")
    assert not aws.codedeploy.asked("create_deployment")

    start(aws.clients, target, description="fresh secrets", force=True)
    assert released(aws) == "7"


def test_second_release_names_the_first(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress", description="by jo [replaces shop-prod-storefront:5]")
    aws.events = {"BeforeInstall": "Succeeded", "Install": "InProgress"}
    with pytest.raises(ReleaseInProgressError) as refused:
        start(aws.clients, target, description="me too")
    assert str(refused.value) == (
        "CodeDeploy runs one deployment of storefront at a time, and the release d-1 of "
        "shop-prod-storefront:6 (since 13:00 UTC, by jo) is at Install: wait for its end (slipway "
        "release storefront -e prod --wait queues); slipway watch storefront -e prod follows it, "
        "slipway rollback storefront -e prod ends it"
    )


def test_zero_digest_is_never_released(aws: Any, target: Target) -> None:
    aws.image = f"repository/storefront@sha256:{'0' * 64}"
    with pytest.raises(ImageError, match="has not been built"):
        start(aws.clients, target, description="too soon")
    assert not aws.codedeploy.asked("create_deployment")


def test_deregistered_revision_is_never_released(aws: Any, target: Target) -> None:
    aws.task_definition_status = "INACTIVE"
    with pytest.raises(ReleaseError, match="is INACTIVE and cannot run any more"):
        start(aws.clients, target, description="gone")


def test_stop_asks_for_the_way_back_or_not(aws: Any, target: Target) -> None:
    deployment = Deployment(id="d-1", target=target)
    stop(aws.clients, deployment)
    stop(aws.clients, deployment, rollback=False)
    assert aws.codedeploy.asked("stop_deployment") == [
        {"deploymentId": "d-1", "autoRollbackEnabled": True},
        {"deploymentId": "d-1", "autoRollbackEnabled": False},
    ]


def test_stop_of_a_finished_deployment_says_what_to_do(aws: Any, target: Target) -> None:
    def too_late(**_: Any) -> None:
        raise aws.refusal("DeploymentAlreadyCompletedException")

    aws.codedeploy.operations["stop_deployment"] = too_late
    with pytest.raises(ReleaseError, match=r"nothing to stop: .*slipway rollback"):
        stop(aws.clients, Deployment(id="d-1", target=target))


def test_rollback_stops_a_running_release(aws: Any, target: Target) -> None:
    aws.remember(6)
    aws.remember(7, "InProgress")
    done = rollback(aws.clients, target)
    assert done.stopped
    assert done.deployment.id == "d-2"
    assert aws.codedeploy.asked("stop_deployment") == [
        {"deploymentId": "d-2", "autoRollbackEnabled": True}
    ]
    assert not aws.codedeploy.asked("create_deployment")


def test_rollback_of_a_rollback_is_refused(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress", creator="codeDeployRollback")
    with pytest.raises(RollbackError, match=r"A rollback of storefront is running already \(d-1\)"):
        rollback(aws.clients, target)
    assert not aws.codedeploy.asked("stop_deployment")


def test_rollback_releases_what_was_live_before_and_no_alarm_blocks_it(
    aws: Any, target: Target
) -> None:
    aws.remember(4)
    aws.remember(7)
    aws.remember(9, "Failed")  # newer than what is live, and never was
    aws.live = f"{aws.FAMILY}:7"
    done = rollback(aws.clients, target)
    assert not done.stopped
    assert released(aws) == "4"
    assert done.deployment.target.revision == f"{aws.FAMILY}:4"
    assert created(aws)["overrideAlarmConfiguration"] == {"enabled": False}
    assert created(aws)["description"] == (
        "Rollback from shop-prod-storefront:7 to shop-prod-storefront:4 "
        "[replaces shop-prod-storefront:7]"
    )


def test_first_release_rolls_back_to_the_revision_that_cloudformation_started(
    aws: Any, target: Target
) -> None:
    aws.remember(7, description="Version 2 [replaces shop-prod-storefront:1]")
    aws.live = f"{aws.FAMILY}:7"
    rollback(aws.clients, target)
    assert released(aws) == "1"


def test_automatic_rollback_in_between_changes_nothing(aws: Any, target: Target) -> None:
    aws.remember(5)
    aws.remember(6)
    aws.remember(7, "Stopped")
    aws.remember(6, creator="codeDeployRollback")
    rollback(aws.clients, target)
    assert released(aws) == "5"


def test_second_rollback_goes_further_back_and_never_to_the_bad_revision(
    aws: Any, target: Target
) -> None:
    note = "Rollback from shop-prod-storefront:7 to shop-prod-storefront:6"
    aws.remember(5)
    aws.remember(6)
    aws.remember(7)
    aws.remember(6, description=f"{note} [replaces shop-prod-storefront:7]")
    rollback(aws.clients, target)
    assert released(aws) == "5"


def test_appspec_known_by_its_hash_alone_is_fetched(aws: Any, target: Target) -> None:
    by_hash = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "abc"}}
    aws.remember(0, revision=by_hash)
    aws.application_revisions["abc"] = f"TaskDefinition: '{aws.FAMILY}:3'\n"
    rollback(aws.clients, target)
    assert released(aws) == "3"


def test_rollback_never_takes_the_bad_revision_from_an_automatic_rollback(
    aws: Any, target: Target
) -> None:
    # CodeDeploy took 7 out again, and its own deployment still names it.
    aws.remember(7, "Stopped", description="v7 [replaces shop-prod-storefront:6]")
    aws.remember(7, creator="codeDeployRollback")
    with pytest.raises(RollbackError, match="No earlier revision"):
        rollback(aws.clients, target)


def test_rollback_to_what_is_live_is_refused(aws: Any, target: Target) -> None:
    aws.live = f"{aws.FAMILY}:6"
    with pytest.raises(RollbackError, match=r"storefront:6 of storefront is live already"):
        rollback(aws.clients, target, to="shop-prod-storefront:6")


def test_rollback_without_history_says_so(aws: Any, target: Target) -> None:
    with pytest.raises(
        RollbackError,
        match="No earlier revision of storefront than shop-prod-storefront:6 is known",
    ):
        rollback(aws.clients, target)


def test_rollback_never_guesses_past_a_deployment_it_cannot_read(aws: Any, target: Target) -> None:
    aws.remember(5)
    aws.remember(0, revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": "?"}})
    with pytest.raises(RollbackError, match="d-2 of storefront does not say which revision"):
        rollback(aws.clients, target)

    rollback(aws.clients, target, to="shop-prod-storefront:5")
    assert released(aws) == "5"


def test_result_tells_the_error_and_what_rolled_it_back(aws: Any, target: Target) -> None:
    aws.remember(
        7,
        "Stopped",
        errorInformation={"code": "ALARM_ACTIVE", "message": "errors-green"},
        rollbackInfo={"rollbackDeploymentId": "d-2"},
    )
    record = result(aws.clients, Deployment(id="d-1", target=target))
    assert record.is_final
    assert (record.status, record.error_code, record.error_message, record.rollback_id) == (
        "Stopped",
        "ALARM_ACTIVE",
        "errors-green",
        "d-2",
    )
    assert record.revision == "shop-prod-storefront:7"
