"""What the Releases stack holds: no event is lost, and people hear of what can't be done."""

import json
from pathlib import Path
from typing import Any

import pytest

RULE = "AWS::Events::Rule"
QUEUE = "AWS::SQS::Queue"
POLICY = "AWS::SQS::QueuePolicy"
FUNCTION = "AWS::Lambda::Function"
ALARM = "AWS::CloudWatch::Alarm"

WORK = ("Scaling", "Rotation")
HOUR = 60 * 60
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html, and
# what settings allow for approval, shift and termination wait together.
LONGEST_RELEASE = 110 * HOUR


@pytest.fixture(scope="session")
def asset(assembly: Any, releases: Any) -> Path:
    """The folder that Lambda runs, as it is staged in the assembly."""
    (key,) = {function["Code"]["S3Key"] for function in releases.each(FUNCTION)}
    (folder,) = Path(assembly.directory).rglob(f"asset.{key.removesuffix('.zip')}")
    return folder


def test_the_first_and_every_final_state_of_a_deployment_here_count(releases: Any) -> None:
    rule = releases.named("RuleDeployment", RULE)
    assert rule["EventPattern"] == {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {
            "application": [{"prefix": "shop-local-"}],
            "state": ["START", "SUCCESS", "FAILURE", "STOP"],
        },
    }


def test_an_event_of_codedeploy_that_never_came_is_made_up_for_within_the_hour(
    releases: Any,
) -> None:
    assert releases.named("RuleHourly", RULE)["ScheduleExpression"] == "rate(1 hour)"


def test_the_current_version_of_a_secret_of_this_environment_counts(releases: Any) -> None:
    pattern = releases.named("RuleSecret", RULE)["EventPattern"]
    assert pattern["source"] == ["aws.secretsmanager"]
    assert pattern["detail-type"] == ["Secret Label Updated"]
    assert pattern["detail"]["name"] == [{"prefix": "shop/local/"}]
    assert pattern["detail"]["labelUpdated"] == ["AWSCURRENT"]


@pytest.mark.parametrize("work", WORK)
def test_each_rule_fills_the_queue_that_its_function_works_off(releases: Any, work: str) -> None:
    (queue,) = [name for name in releases.of(QUEUE) if work in name]
    (function,) = [name for name in releases.of(FUNCTION) if work in name]
    mapping = releases.named(f"{work}Mapping", "AWS::Lambda::EventSourceMapping")
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert mapping["FunctionName"] == {"Ref": function}
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    rules = [each["Properties"] for name, each in releases.of(RULE).items() if work in name]
    assert rules
    for rule in rules:
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_rules_may_send_to_their_queues_and_nobody_may_without_tls(releases: Any) -> None:
    names = {rule["Name"] for rule in releases.each(RULE)}
    allowed = {}
    for policy in releases.each(POLICY):
        allow, deny = policy["PolicyDocument"]["Statement"]
        assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        allowed[policy["Queues"][0]["Ref"]] = {
            arn.rpartition("/")[2] for arn in allow["Condition"]["ArnEquals"]["aws:SourceArn"]
        }
    assert allowed.keys() == releases.of(QUEUE).keys()
    (dead_letters,) = [name for name in allowed if "DeadLetters" in name]
    assert allowed.pop(dead_letters) == set().union(*allowed.values()) == names


@pytest.mark.parametrize("work", WORK)
def test_what_can_t_be_done_ends_in_the_dead_letter_queue(releases: Any, work: str) -> None:
    (dead_letters,) = [name for name in releases.of(QUEUE) if "DeadLetters" in name]
    queue = releases.named(f"{work}Queue", QUEUE)
    arn = {"Fn::GetAtt": [dead_letters, "Arn"]}
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == arn
    for rule in releases.each(RULE):
        assert rule["Targets"][0]["DeadLetterConfig"]["Arn"] == arn


def test_a_new_value_outlasts_the_longest_release_and_is_not_forgotten_before(
    releases: Any,
) -> None:
    queue = releases.named("RotationQueue", QUEUE)
    attempts = queue["RedrivePolicy"]["maxReceiveCount"]
    # SQS allows no more.
    assert attempts <= 1000
    assert LONGEST_RELEASE < queue["VisibilityTimeout"] * attempts < queue["MessageRetentionPeriod"]


def test_a_failed_deployment_s_rollback_is_there_before_scaling_is_looked_at(
    releases: Any,
) -> None:
    assert releases.named("ScalingQueue", QUEUE)["DelaySeconds"] == 60


@pytest.mark.parametrize("work", WORK)
def test_a_message_is_not_seen_again_before_its_function_is_done(releases: Any, work: str) -> None:
    function = releases.named(f"{work}Function", FUNCTION)
    assert releases.named(f"{work}Queue", QUEUE)["VisibilityTimeout"] >= function["Timeout"]


def test_a_release_has_time_to_wait_for_its_additional_tasks(releases: Any) -> None:
    """Ten minutes, before the deployment begins."""
    assert releases.named("RotationFunction", FUNCTION)["Timeout"] > 10 * 60


def test_people_hear_of_errors_and_of_what_was_given_up(releases: Any) -> None:
    alarms = {alarm["AlarmName"]: alarm for alarm in releases.each(ALARM)}
    assert alarms.keys() == {"shop-local-releases-errors", "shop-local-releases-given-up"}
    watched = {
        dimension["Value"]
        for metric in alarms["shop-local-releases-errors"]["Metrics"]
        if "MetricStat" in metric
        for dimension in metric["MetricStat"]["Metric"]["Dimensions"]
    }
    assert watched == {function["FunctionName"] for function in releases.each(FUNCTION)}
    (queue,) = alarms["shop-local-releases-given-up"]["Dimensions"]
    assert queue["Value"] == releases.named("DeadLetters", QUEUE)["QueueName"]
    interval = releases.named("RotationQueue", QUEUE)["VisibilityTimeout"]
    assert not [alarm for alarm in alarms.values() if "AlarmActions" in alarm], "told twice"
    # Or it would be fine again between two attempts.
    assert alarms["shop-local-releases-errors"]["Metrics"][1]["MetricStat"]["Period"] > interval


def test_one_alarm_calls_people_for_all_that_services_share(releases: Any) -> None:
    """Its parts are there first: CloudWatch refuses a composite alarm of alarms that are not."""
    shared = releases.only("AWS::CloudWatch::CompositeAlarm")
    assert shared["AlarmName"] == "shop-local-shared"
    (topic,) = shared["AlarmActions"]
    assert topic.endswith(":shop-local-notifications")
    assert shared["OKActions"] == [topic]
    parts = shared["AlarmRule"]["Fn::Join"][1]
    assert [part["Fn::GetAtt"][0] for part in parts if not isinstance(part, str)] == list(
        releases.of(ALARM)
    )
    assert parts[0].startswith('ALARM("arn:aws:cloudwatch:')
    assert ':alarm:shop-local-capacity")' in parts[0]


def test_only_who_releases_may_create_deployments(releases: Any) -> None:
    def actions(work: str) -> set[str]:
        return {
            action
            for statement in releases.statements(f"Events{work}Role")
            for action in statement["Action"]
        }

    assert "codedeploy:CreateDeployment" in actions("Rotation")
    assert "codedeploy:CreateDeployment" not in actions("Scaling")
    for work in WORK:
        # It starts revisions that are there, and reads no secret.
        assert not {each for each in actions(work) if "PassRole" in each or "secret" in each}


def test_scaling_may_change_for_ecs_services_only(releases: Any) -> None:
    for work in WORK:
        (statement,) = [
            each
            for each in releases.statements(f"Events{work}Role")
            if "application-autoscaling:RegisterScalableTarget" in each["Action"]
        ]
        condition = statement["Condition"]["StringEquals"]
        assert condition["application-autoscaling:service-namespace"] == "ecs"


def test_the_functions_need_no_network_of_ours(releases: Any) -> None:
    """So an environment without a way to the internet needs no endpoint for them."""
    for function in releases.each(FUNCTION):
        assert "VpcConfig" not in function


def test_the_engine_travels_beside_the_functions(asset: Path, releases: Any) -> None:
    for function in releases.each(FUNCTION):
        module, _, name = function["Handler"].partition(".")
        assert f"def {name}(" in (asset / f"{module}.py").read_text()
    assert (asset / "slipway" / "release" / "rotation.py").is_file()
    # Nothing of slipway but the engine: Lambda has boto3 and no pydantic.
    assert [each.name for each in (asset / "slipway").iterdir()] == ["release"]
    assert not list(asset.rglob("__pycache__"))


def test_it_imports_nothing_and_nothing_imports_from_it(templates: Any, releases: Any) -> None:
    assert "Fn::ImportValue" not in json.dumps(releases.template)
    for name, template in templates.items():
        assert "shop-local-releases:" not in json.dumps(template), name
