"""What people look at, and how they are called, as AWS's APIs tell it."""

import json
import time

import pytest

from slipway.rehearsal.environment import ENVIRONMENT

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
    drawn = {metric[5] for metric in requests["properties"]["metrics"]}
    groups = deployed.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    assert drawn == {arn.rpartition(":")[2] for arn in groups}
    (alarms,) = [each for each in widgets if each["type"] == "alarm"]
    shown = {arn.rpartition(":")[2] for arn in alarms["properties"]["alarms"]}
    assert shown == set(deployed.target.alarms)


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
    deadline = time.monotonic() + 20
    while not (watched & published(deployed, "UnHealthyHostCount")):
        assert time.monotonic() < deadline, "no alarm watches a group that has a metric"
        time.sleep(0.2)


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


def test_every_alarm_is_told_to_the_topic_that_is_there(deployed, topic):
    alarms = deployed.client("cloudwatch").describe_alarms(
        AlarmNames=list(deployed.target.alarms), AlarmTypes=["MetricAlarm"]
    )["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == set(deployed.target.alarms)
    for alarm in alarms:
        assert alarm["AlarmActions"] == [topic], alarm["AlarmName"]


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
