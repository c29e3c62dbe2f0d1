"""What a running task got: its secret, its log, an address of its own."""

import contextlib
import hashlib
import hmac
import json
import time
import urllib.error

from waiting import eventually


def test_the_secret_reaches_the_task_through_secrets_manager(deployed):
    (secret,) = deployed.resources("AWS::SecretsManager::Secret").values()
    value = deployed.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    key = json.loads(value)["key"]
    fingerprint = hmac.new(key.encode(), b"storefront fingerprint", hashlib.sha256).hexdigest()
    assert deployed.get("/version")["secret_fingerprint"] == fingerprint[:12]


def test_the_task_definition_names_the_secret_and_never_holds_its_value(deployed):
    (secret,) = deployed.resources("AWS::SecretsManager::Secret").values()
    definition = deployed.client("ecs").describe_task_definition(
        taskDefinition=deployed.target.revision
    )["taskDefinition"]
    container = definition["containerDefinitions"][0]
    assert container["secrets"] == [{"name": "SESSION_KEY", "valueFrom": f"{secret}:key::"}]
    assert "SESSION_KEY" not in {each["name"] for each in container["environment"]}


def test_log_lines_of_each_task_are_in_the_services_log_group(deployed):
    log_group = deployed.names.log_group("storefront")
    path = f"/probe-{time.time_ns()}"
    for _ in range(20):
        with contextlib.suppress(urllib.error.HTTPError):
            deployed.get(path)
    logs = deployed.client("logs")
    expected = {task["taskArn"].rsplit("/", 1)[-1] for task in deployed.tasks()}

    def has_logged(task):
        events = logs.get_log_events(
            logGroupName=log_group, logStreamName=f"storefront/storefront/{task}"
        )["events"]
        return any(json.loads(event["message"]).get("path") == path for event in events)

    for task in expected:
        eventually(lambda task=task: has_logged(task), f"the line of {task}")


def test_each_task_has_an_address_of_its_own(deployed):
    addresses = [
        detail["value"]
        for task in deployed.tasks()
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "privateIPv4Address"
    ]
    assert len(addresses) >= 2
    assert len(set(addresses)) == len(addresses)


def test_log_group_is_encrypted_and_expires(deployed):
    (group,) = deployed.client("logs").describe_log_groups(
        logGroupNamePrefix=deployed.names.log_group("storefront")
    )["logGroups"]
    retention = deployed.environment.settings.environment("local").log_retention
    assert group["retentionInDays"] == retention.days
    assert ":key/" in group["kmsKeyId"]


def test_the_secret_is_in_no_log_group(deployed):
    (secret,) = deployed.resources("AWS::SecretsManager::Secret").values()
    value = deployed.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    key = json.loads(value)["key"]
    deployed.get("/version")
    logs = deployed.client("logs")
    lines = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]
        for event in logs.get_log_events(
            logGroupName=group["logGroupName"], logStreamName=stream["logStreamName"]
        )["events"]
    ]
    assert lines
    assert not [line for line in lines if key in line]
