"""The verbs around a release, as a person types them, against the deployed environment."""

import json

import pytest


def test_status_says_what_is_live(slipway, deployed):
    told = slipway("status", "storefront", "--environment", "local", "--json")
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    primary = next(each for each in deployed.service()["taskSets"] if each["status"] == "PRIMARY")
    assert status["live"]["revision"] == primary["taskDefinition"]
    assert sum(status["weights"].values()) == 100
    groups = {each["colour"]: each for each in status["target_groups"]}
    assert list(groups) == ["blue", "green"]
    (live,) = [each for each in groups.values() if each["is_live"]]
    assert live["arn"] == primary["loadBalancers"][0]["targetGroupArn"]
    assert live["traffic_percent"] == status["weights"][live["name"]]
    told = slipway("status", "storefront", "-e", "local").stdout
    assert f"% to target group {live['colour']}, live" in told


def test_status_calls_target_groups_as_their_alarms_do(slipway, deployed):
    told = slipway("status", "storefront", "-e", "local", "--json")
    for each in json.loads(told.stdout)["target_groups"]:
        alarms = deployed.client("cloudwatch").describe_alarms(
            AlarmNamePrefix=f"{deployed.names.stack('storefront')}-{each['colour']}-"
        )["MetricAlarms"]
        watched = {
            dimension["Value"]
            for alarm in alarms
            for dimension in alarm["Dimensions"]
            if dimension["Name"] == "TargetGroup"
        }
        assert watched == {each["arn"].rpartition(":")[2]}


def test_what_is_live_already_is_not_released_again(slipway, released):
    told = slipway("release", "storefront", "-e", "local")
    assert told.returncode == 1
    assert "is live already, there is nothing to release" in told.stderr
    assert "Traceback" not in told.stderr


def test_credentials_of_another_account_are_refused(slipway, deployed):
    told = slipway(
        *("rollback", "storefront", "-e", "dev"),
        AWS_ENDPOINT_URL=deployed.environment.cloud.endpoint,
        AWS_ACCESS_KEY_ID="000000000000",
        AWS_SECRET_ACCESS_KEY="local",
    )
    assert told.returncode == 5
    assert told.stderr.startswith("These credentials are of account 000000000000")
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (
            ("status", "nothing", "-e", "local"),
            2,
            "There is no service nothing; known: ",
        ),
        (("status", "storefront", "-e", "moon"), 2, "environments/moon.yaml:1: there is no such"),
    ],
)
def test_a_mistyped_name_is_one_line(slipway, arguments, exit_code, told):
    answer = slipway(*arguments)
    assert answer.returncode == exit_code
    assert answer.stderr.startswith(told)
    assert len(answer.stderr.splitlines()) == 1
