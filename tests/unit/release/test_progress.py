from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.release import AwsError, Deployment, Kind, Progress, Target, Until, watch

NO_NETWORK = EndpointConnectionError(endpoint_url="https://codedeploy")


@pytest.fixture
def deployment(target: Target) -> Deployment:
    return Deployment(id="d-1", target=target)


def look(
    status: str = "InProgress",
    events: dict[str, str] | None = None,
    traffic: tuple[float, float] = (100.0, 0.0),
    running: tuple[int, int] = (2, 0),
    target_status: str = "InProgress",
    **more: Any,
) -> dict[str, Any]:
    """Describe what CodeDeploy says at one look."""
    return {
        "deployment": {"status": status, **more.get("deployment", {})},
        "target": {
            "status": target_status,
            "lifecycleEvents": [
                {"lifecycleEventName": name, "status": state, **more.get(name, {})}
                for name, state in (events or {}).items()
            ],
            "taskSetsInfo": [
                {
                    "taskSetLabel": label,
                    "trafficWeight": weight,
                    "runningCount": count,
                    "desiredCount": 2,
                }
                for label, weight, count in zip(("Blue", "Green"), traffic, running, strict=True)
            ],
        },
    }


def follow(
    aws: Any, deployment: Deployment, looks: Sequence[Any], **arguments: Any
) -> list[Progress]:
    """Watch through the looks; an exception among them is what the call raises."""
    coming = iter(looks)
    current: dict[str, Any] = {}

    def get_deployment(deploymentId: str) -> Any:  # noqa: N803
        assert deploymentId == "d-1"
        step = next(coming)
        if isinstance(step, Exception):
            raise step
        current.update(step)
        return {"deploymentInfo": step["deployment"]}

    def targets(deploymentId: str, targetIds: list[str]) -> Any:  # noqa: N803
        assert targetIds == ["shop-prod:storefront"]
        if isinstance(current["target"], Exception):
            raise current["target"]
        return {"deploymentTargets": [{"ecsTarget": current["target"]}]}

    aws.codedeploy.operations |= {
        "get_deployment": get_deployment,
        "batch_get_deployment_targets": targets,
    }
    seen = list(watch(aws.clients, deployment, sleep=lambda _: None, **arguments))
    assert next(coming, None) is None, "stopped watching too early"
    return seen


def messages(seen: list[Progress]) -> list[str]:
    return [progress.message for progress in seen]


def test_canary_is_told_change_by_change_in_order(aws: Any, deployment: Deployment) -> None:
    done = {"BeforeInstall": "Succeeded", "Install": "Succeeded"}
    allowed = done | {"AllowTraffic": "Succeeded", "AfterAllowTraffic": "Succeeded"}
    seen = follow(
        aws,
        deployment,
        [
            {
                "deployment": {"status": "Created"},
                "target": aws.refusal("DeploymentTargetDoesNotExistException"),
            },
            look(events={"BeforeInstall": "InProgress", "Install": "Pending"}),
            look(events={"BeforeInstall": "InProgress", "Install": "Pending"}),
            look(events=done, running=(2, 2)),
            look(events=done | {"AllowTraffic": "InProgress"}, running=(2, 2), traffic=(90, 10)),
            look(events=allowed, running=(2, 2), traffic=(0, 100), target_status="Succeeded"),
            look("Succeeded", allowed, (0, 100), (0, 2), target_status="Succeeded"),
        ],
    )
    assert messages(seen) == [
        "Deployment d-1: Created",
        "Deployment d-1: InProgress",
        "BeforeInstall begins",
        "Tasks: 2 of 2 blue, 0 of 2 green running",
        "Traffic: 100 % blue, 0 % green",
        "BeforeInstall succeeded",
        "Install succeeded",
        "Tasks: 2 of 2 blue, 2 of 2 green running",
        "AllowTraffic begins",
        "Traffic: 90 % blue, 10 % green",
        "AllowTraffic succeeded",
        "AfterAllowTraffic succeeded",
        "Traffic: 0 % blue, 100 % green",
        "All traffic is on green; blue stays until the termination wait ends",
        "Tasks: 0 of 2 blue, 2 of 2 green running",
        "Deployment d-1: Succeeded",
    ]
    canary = next(progress for progress in seen if "90 %" in progress.message)
    assert canary.kind is Kind.TRAFFIC
    assert canary.blue is not None
    assert canary.green is not None
    assert (canary.blue.traffic_percent, canary.green.traffic_percent) == (90, 10)
    assert (canary.green.running, canary.green.desired) == (2, 2)


def test_wait_for_approval_is_told_once_with_its_end_and_followed_until_it_is_over(
    aws: Any, deployment: Deployment
) -> None:
    waits = {"deploymentReadyOption": {"waitTimeInMinutes": 240}}
    more: dict[str, Any] = {
        "AfterAllowTestTraffic": {"endTime": aws.NOON},
        "deployment": {"status": "Ready", "blueGreenDeploymentConfiguration": waits},
    }
    tested = {"AfterAllowTestTraffic": "Succeeded"}
    seen = follow(
        aws,
        deployment,
        [
            look("Ready", tested, **more),
            look("Ready", tested, **more),
            look(events=tested | {"AllowTraffic": "InProgress"}),
            look("Succeeded", tested),
        ],
        until=Until.SHIFTED,
    )
    waiting = [progress for progress in seen if progress.kind is Kind.APPROVAL]
    assert messages(waiting) == [
        "Green waits for approval, and no client sees it: slipway approve storefront -e prod, or "
        "slipway reject storefront -e prod; it "
        "is stopped after 16:00 UTC"
    ]


def test_who_comes_late_is_told_all_that_happened_in_its_order(
    aws: Any, deployment: Deployment
) -> None:
    at = [aws.NOON + timedelta(minutes=minute) for minute in range(5)]
    late = look(
        events={"BeforeInstall": "Succeeded", "Install": "Succeeded", "AfterInstall": "InProgress"},
        deployment={"createTime": at[0]},
        BeforeInstall={"endTime": at[1]},
        Install={"endTime": at[2]},
        AfterInstall={"startTime": at[3]},
    )
    seen = follow(aws, deployment, [late, look("Succeeded")])
    assert [(progress.time, progress.message) for progress in seen[:4]] == [
        (at[0], "Deployment d-1: InProgress"),
        (at[1], "BeforeInstall succeeded"),
        (at[2], "Install succeeded"),
        (at[3], "AfterInstall begins"),
    ]


def test_end_of_the_termination_wait_is_told(aws: Any, deployment: Deployment) -> None:
    wait = {"terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 15}}
    shifted = look(
        events={"AfterAllowTraffic": "Succeeded"},
        AfterAllowTraffic={"endTime": aws.NOON},
        deployment={"blueGreenDeploymentConfiguration": wait},
    )
    seen = follow(aws, deployment, [shifted], until=Until.SHIFTED)
    assert seen[-1].message == (
        "All traffic is on green; blue stays until the termination wait ends, 12:15 UTC"
    )


@pytest.mark.parametrize(
    ("events", "target_status"),
    [({}, "Succeeded"), ({"AfterAllowTraffic": "Succeeded"}, "InProgress")],
)
def test_watch_until_shifted_ends_before_the_termination_wait(
    aws: Any, deployment: Deployment, events: dict[str, str], target_status: str
) -> None:
    all_green = look(events=events, traffic=(0, 100), target_status=target_status)
    # All traffic on green is not enough: the last hook may still fail and roll back.
    testing = look(events={"AfterAllowTraffic": "InProgress"}, traffic=(0, 100))
    seen = follow(aws, deployment, [look(), testing, all_green], until=Until.SHIFTED)
    assert seen[-1].kind is Kind.SHIFTED
    assert seen[-1].deployment_status == "InProgress"


def test_failed_hook_is_told_with_its_reason_and_its_last_log_lines(
    aws: Any, deployment: Deployment
) -> None:
    began = aws.NOON
    aws.logs.operations = {
        "describe_log_streams": lambda **_: {"logStreams": [{"logStreamName": "today"}]},
        "get_log_events": lambda **_: {
            "events": [
                {"message": "START RequestId: 1 Version: 3\n"},
                {"message": "GET / answered 500\n"},
                {"message": "REPORT RequestId: 1 Duration: 3 ms\n"},
            ]
        },
    }
    event = {
        "startTime": began,
        "diagnostics": {"errorCode": "ScriptFailed", "message": "the hook reported Failed"},
    }
    seen = follow(
        aws,
        deployment,
        [
            look(events={"AfterAllowTestTraffic": "InProgress"}),
            look(
                "Failed",
                {"AfterAllowTestTraffic": "Failed", "BeforeAllowTraffic": "Skipped"},
                AfterAllowTestTraffic=event,
                deployment={
                    "errorInformation": {"code": "HOOK_EXECUTION_FAILURE", "message": "see hook"}
                },
            ),
        ],
    )
    assert messages(seen)[-3:] == [
        "AfterAllowTestTraffic failed",
        "AfterAllowTestTraffic failed: the hook reported Failed",
        "Deployment d-1: Failed (HOOK_EXECUTION_FAILURE: see hook)",
    ]
    assert seen[-2].kind is Kind.DIAGNOSTICS
    assert seen[-2].details == ("GET / answered 500",)
    [asked] = aws.logs.asked("get_log_events")
    assert asked["logGroupName"] == (
        "/aws/lambda/CodeDeployHook_storefront-prod-AfterAllowTestTraffic"
    )
    assert asked["startTime"] == int(began.timestamp() * 1000)


def test_unreadable_log_does_not_hide_the_failure(aws: Any, deployment: Deployment) -> None:
    def forbidden(**_: Any) -> None:
        raise aws.refusal("AccessDeniedException")

    aws.logs.operations["describe_log_streams"] = forbidden
    seen = follow(aws, deployment, [look("Failed", {"BeforeInstall": "Failed"})])
    assert "BeforeInstall failed: CodeDeploy gives no reason" in messages(seen)
    assert messages(seen)[-1] == "Deployment d-1: Failed"


def test_tasks_that_stop_during_install_are_told_once_with_their_reason(
    aws: Any, deployment: Deployment
) -> None:
    def task(name: str, revision: int, **more: Any) -> dict[str, Any]:
        return {
            "taskArn": f"arn:task/shop-prod/{name}",
            "taskDefinitionArn": f"{aws.FAMILY}:{revision}",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "storefront", "exitCode": 1}],
            "createdAt": aws.NOON,
        } | more

    stopped = {
        one["taskArn"]: one
        for one in (
            task("green", 7),
            task("blue", 6),
            task("last-week", 7, createdAt=aws.NOON - timedelta(days=7)),
        )
    }
    aws.ecs.operations |= {
        "list_tasks": lambda **_: {"taskArns": list(stopped)},
        "describe_tasks": lambda cluster, tasks: {"tasks": [stopped[arn] for arn in tasks]},
    }
    installing = look(events={"Install": "InProgress"}, Install={"startTime": aws.NOON})
    seen = follow(aws, deployment, [installing, installing, look("Stopped")])
    assert [p.message for p in seen if p.kind is Kind.TASK_STOPPED] == [
        "Task green stopped: Essential container in task exited; storefront exited with code 1"
    ]


def test_watch_survives_throttling_network_faults_and_faults_of_aws(
    aws: Any, deployment: Deployment
) -> None:
    seen = follow(
        aws,
        deployment,
        [
            look(),
            aws.refusal("ThrottlingException"),
            NO_NETWORK,
            aws.refusal("InternalFailure", status=500),
            look("Succeeded"),
        ],
    )
    assert seen[-1].message == "Deployment d-1: Succeeded"


def test_watch_gives_up_after_its_patience_and_says_that_the_release_goes_on(
    aws: Any, deployment: Deployment
) -> None:
    with pytest.raises(AwsError, match=r"Lost sight of the deployment d-1 .* slipway watch"):
        follow(aws, deployment, [look(), NO_NETWORK], patience=timedelta())


def test_refusal_ends_the_watch_at_once_in_one_line(aws: Any, deployment: Deployment) -> None:
    with pytest.raises(AwsError) as refused:
        follow(aws, deployment, [aws.refusal("ExpiredTokenException", "The token has expired.")])
    assert str(refused.value) == (
        "Cannot follow the deployment d-1: The token has expired. Sign in again: aws sso login, "
        "or fresh credentials."
    )
