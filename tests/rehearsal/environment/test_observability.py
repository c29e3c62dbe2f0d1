"""What people look at, and how they are called, as AWS's APIs tell it."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from slipway.rehearsal.environment import ENVIRONMENT
from waiting import eventually

SERVICE = "storefront"


@pytest.fixture(scope="module")
def names(deployed):
    return deployed.environment.settings.names(ENVIRONMENT)


@pytest.fixture(scope="module")
def topic(deployed, names):
    arns = [each["TopicArn"] for each in deployed.client("sns").list_topics()["Topics"]]
    (arn,) = [arn for arn in arns if arn.endswith(f":{names.notifications}")]
    return arn


def test_the_dashboard_draws_the_target_groups_that_are_there(deployed, names):
    dashboard = deployed.client("cloudwatch").get_dashboard(DashboardName=names.dashboard(SERVICE))
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    (requests,) = [each for each in widgets if each["properties"]["title"] == "Requests a minute"]
    drawn = {
        metric[5]
        for metric in requests["properties"]["metrics"]
        if metric[0] == "AWS/ApplicationELB"
    }
    groups = deployed.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    assert drawn == {arn.rpartition(":")[2] for arn in groups}
    (alarms,) = [each for each in widgets if each["type"] == "alarm"]
    shown = {arn.rpartition(":")[2] for arn in alarms["properties"]["alarms"]}
    prefix = names.family(SERVICE)
    assert shown == {*deployed.target.alarms, f"{prefix}-traffic", f"{prefix}-tasks"}


def test_the_environment_s_dashboard_shows_alarms_that_are_there(deployed, names):
    cloudwatch = deployed.client("cloudwatch")
    body = cloudwatch.get_dashboard(DashboardName=names.environment_dashboard)["DashboardBody"]
    shown = {
        arn.rpartition(":")[2]
        for widget in json.loads(body)["widgets"]
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    }
    there = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    calling = {
        alarm["AlarmName"]
        for alarm in (*there["MetricAlarms"], *there["CompositeAlarms"])
        if alarm["AlarmActions"]
    }
    services = deployed.environment.settings.services(ENVIRONMENT)
    assert len(calling) == 1 + 2 * len(services), "only composite alarms call"
    assert calling <= shown
    everything = (*there["MetricAlarms"], *there["CompositeAlarms"])
    assert shown <= {alarm["AlarmName"] for alarm in everything}


def points(deployed, namespace, name, **dimensions):
    """What a metric has had in the last hour: the greatest value of each minute, by its time."""
    now = datetime.now(UTC)
    found = deployed.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return {each["Timestamp"]: each["Maximum"] for each in found}


def test_a_release_is_drawn_where_it_began(released, names):
    """By what CodeDeploy's own event became on its way through rule, queue, function and log."""
    codedeploy, id_ = released.client("codedeploy"), released.deployment.id
    began = codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]["createTime"]
    minute = began.replace(second=0, microsecond=0)

    def drawn():
        return points(
            released,
            f"Slipway/{names.cluster}",
            "DeploymentEvents",
            ServiceName=SERVICE,
            State="START",
        )

    eventually(
        lambda: {minute, minute + timedelta(minutes=1)} & drawn().keys(),
        lambda: f"a point at {minute}, but {drawn()}",
    )
    assert set(drawn().values()) == {1.0}


def test_around_a_release_the_alarm_on_tasks_calls_nobody(released, names):
    prefix = names.family(SERVICE)
    cloudwatch = released.client("cloudwatch")
    (tasks,) = cloudwatch.describe_alarms(
        AlarmNames=[f"{prefix}-tasks"], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    assert tasks["ActionsSuppressor"].endswith(f":alarm:{prefix}-releasing")

    def fired():
        history = cloudwatch.describe_alarm_history(AlarmName=f"{prefix}-releasing")
        return [
            json.loads(item["HistoryData"])["newState"]["stateValue"]
            for item in history["AlarmHistoryItems"]
        ]

    eventually(lambda: "ALARM" in fired(), lambda: f"ALARM among {fired()}")


def test_tasks_are_counted_beside_those_that_are_desired(deployed, names):
    service = {"ClusterName": names.cluster, "ServiceName": SERVICE}
    for name in ("DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"):
        eventually(
            lambda name=name: points(deployed, "ECS/ContainerInsights", name, **service), name
        )


def test_a_logged_problem_is_counted_by_its_level(deployed, names):
    """As the service's own container writes it: into a stream of its log group."""
    logs, group = deployed.client("logs"), names.log_group(SERVICE)
    logs.create_log_stream(logGroupName=group, logStreamName="problems")
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName=group,
        logStreamName="problems",
        logEvents=[
            {"timestamp": now, "message": json.dumps({"level": level, "message": "a test"})}
            for level in ("critical", "info")
        ],
    )
    metric = f"Slipway/{names.cluster}", f"LoggedProblems-{SERVICE}"
    eventually(lambda: points(deployed, *metric, Level="critical"), "a count of the problem")
    assert not points(deployed, *metric, Level="info")


def test_the_alarms_watch_metrics_that_are_published(deployed):
    """A dimension that is spelled otherwise makes an alarm that never fires."""
    deployed.get()
    watched = {
        dimensions_of(alarm)
        for alarm in deployed.client("cloudwatch").describe_alarms()["MetricAlarms"]
        if alarm.get("MetricName") == "UnHealthyHostCount"
    }
    services = deployed.environment.settings.services("local")
    assert len(watched) == 2 * len(services), "blue and green of each service"
    eventually(
        lambda: watched & published(deployed, "UnHealthyHostCount"),
        "an alarm that watches a group with a metric",
    )


def published(deployed, name):
    pages = (
        deployed.client("cloudwatch")
        .get_paginator("list_metrics")
        .paginate(Namespace="AWS/ApplicationELB", MetricName=name)
    )
    return {dimensions_of(metric) for page in pages for metric in page["Metrics"]}


def dimensions_of(described):
    return frozenset((each["Name"], each["Value"]) for each in described["Dimensions"])


def test_the_topic_is_encrypted_and_takes_alarms_of_this_account_over_tls_only(deployed, topic):
    attributes = deployed.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    key = deployed.client("kms").describe_key(KeyId=attributes["KmsMasterKeyId"])["KeyMetadata"]
    assert key["KeyManager"] == "CUSTOMER"
    policy = json.loads(attributes["Policy"])
    by_effect = {each["Effect"]: each for each in policy["Statement"]}
    assert {each["Resource"] for each in policy["Statement"]} == {topic}
    assert by_effect["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_effect["Allow"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert by_effect["Allow"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": deployed.environment.cloud.account.account}
    }


def test_alarms_that_stop_releases_are_there_and_call_nobody(deployed):
    alarms = deployed.client("cloudwatch").describe_alarms(
        AlarmNames=list(deployed.target.alarms), AlarmTypes=["MetricAlarm"]
    )["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == set(deployed.target.alarms)
    assert not [alarm["AlarmName"] for alarm in alarms if alarm["AlarmActions"]]


def test_one_alarm_above_the_others_tells_what_callers_notice_and_its_end(deployed, names, topic):
    (alarm,) = deployed.client("cloudwatch").describe_alarms(
        AlarmNames=[f"{names.family(SERVICE)}-traffic"], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
    for name in deployed.target.alarms:
        quiet = name.endswith(("unhealthy-hosts", "hook-errors"))
        assert (f':alarm:{name}"' in alarm["AlarmRule"]) != quiet, name


def test_the_saved_queries_ask_log_groups_that_are_there(deployed, names):
    logs = deployed.client("logs")
    queries = logs.describe_query_definitions(
        queryDefinitionNamePrefix=names.log_query(SERVICE, "")
    )["queryDefinitions"]
    assert len(queries) == 4
    for query in queries:
        for group in query["logGroupNames"]:
            found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
            assert group in {each["logGroupName"] for each in found}, query["name"]
