"""A service with a canary, in an environment that clients reach: what no example has."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "222222222222", "eu-west-1"
DIGEST = "sha256:" + "1" * 64

DEV = f"""\
account: "{ACCOUNT}"
region: {REGION}
availability_zones: [{REGION}a, {REGION}b]
network: {{ cidr: 10.9.0.0/16, nat: single }}
domain:
  name: dev.shop.example.com
  hosted_zone_id: Z0DEVSHOPEXAMPLE
  certificate: arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-0000-0000-222222222222
capacity: {{ ec2: {{ instance_types: [m6i.large] }} }}
"""
CANARY = """\
  dev:
    load_balancer: { port: 443 }
    canary: { path: /health, body: ok, interval: 10m, failures: 3 }
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import aws_cdk as cdk

    from slipway.settings import load
    from stacks.environment import EnvironmentStage
    from stacks.policy import add_policy_checks

    root = tmp_path_factory.mktemp("application") / "settings"
    shutil.copytree(ROOT / "tests" / "application", root)
    (root / "environments" / "dev.yaml").write_text(DEV)
    with (root / "services" / "storefront" / "service.yaml").open("a") as file:
        file.write(CANARY)
    settings = load(root)
    app = cdk.App(
        outdir=str(tmp_path_factory.mktemp("with-a-canary")),
        context=json.loads((ROOT / "cdk.json").read_text())["context"]
        | {"@aws-cdk/core:failSynthOnValidationErrors": False},
        analytics_reporting=False,
    )
    add_policy_checks(app)
    digests = dict.fromkeys(settings.services("dev"), DIGEST)
    EnvironmentStage(app, "Dev", settings=settings, name="dev", digests=digests)
    return app.synth()


@pytest.fixture(scope="module")
def stack(assembly: Any, templates_of: Any) -> dict[str, Any]:
    found: dict[str, Any] = templates_of(assembly)["shop-dev-storefront"]["Resources"]
    return found


@pytest.fixture(scope="module")
def resources(stack: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in stack.items() if name.startswith("Canary")}


def of(resources: dict[str, Any], type_: str) -> Any:
    (found,) = [each["Properties"] for each in resources.values() if each["Type"] == type_]
    return found


def test_it_has_no_finding(assembly: Any, findings_of: Any) -> None:
    found = findings_of(assembly)
    assert not {each for each in found.open if "/Storefront/Canary/" in each[0]}


def test_every_acknowledgement_beside_it_answers_to_a_finding(
    assembly: Any, findings_of: Any
) -> None:
    found = findings_of(assembly)

    def beside(reported: Any) -> set[Any]:
        return {each for each in reported if "/Storefront/Canary/" in each[0]}

    assert beside(found.acknowledged)
    assert beside(found.acknowledged) == beside(found.used)


def test_it_asks_where_clients_ask(resources: dict[str, Any]) -> None:
    """By the public name, over TLS, and from outside of the network."""
    canary = of(resources, "AWS::Synthetics::Canary")
    assert canary["RunConfig"]["EnvironmentVariables"] == {
        "URL": "https://storefront.dev.shop.example.com/health",
        "EXPECTED_BODY": "ok",
        "TIMEOUT_SECONDS": "10.0",
    }
    assert canary["Schedule"]["Expression"] == "rate(10 minutes)"
    assert "VPCConfig" not in canary


def test_its_function_goes_with_it_and_carries_its_tags(resources: dict[str, Any]) -> None:
    canary = of(resources, "AWS::Synthetics::Canary")
    assert canary["ProvisionedResourceCleanup"] == "AUTOMATIC"
    assert canary["ResourcesToReplicateTags"] == ["lambda-function"]
    assert {"slipway:environment", "slipway:service"} <= {tag["Key"] for tag in canary["Tags"]}


def test_failures_in_a_row_call_people_and_so_does_silence(
    stack: dict[str, Any], resources: dict[str, Any]
) -> None:
    alarm = of(resources, "AWS::CloudWatch::Alarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("CloudWatchSynthetics", "SuccessPercent")
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "CanaryName"
    assert resources[dimension["Value"]["Ref"]]["Type"] == "AWS::Synthetics::Canary"
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (600, 3, 100)
    assert alarm["TreatMissingData"] == "breaching"
    (name,) = [name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"]
    callers = next(
        each["Properties"]
        for each in stack.values()
        if each["Type"] == "AWS::CloudWatch::CompositeAlarm"
        and each["Properties"]["AlarmName"].endswith("-traffic")
    )
    assert name in json.dumps(callers["AlarmRule"])
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-dev-notifications"
    assert callers["AlarmActions"] == [topic]
    page = alarm["AlarmDescription"].partition("Runbook: ")[2]
    assert page.endswith("/canary-fails.md")
    assert (ROOT / "docs" / "runbooks" / "canary-fails.md").exists()


def test_its_alarm_is_on_the_dashboard_of_the_service(stack: dict[str, Any]) -> None:
    """Beside the one that it raises: whoever is called sees there what has raised it."""
    dashboard = of(stack, "AWS::CloudWatch::Dashboard")
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    text = "".join(each if isinstance(each, str) else "a-reference" for each in parts)
    widgets = json.loads(text)["widgets"]
    (alarms,) = [each["properties"]["alarms"] for each in widgets if each["type"] == "alarm"]
    names = [arn.rpartition(":")[2].removeprefix("shop-dev-storefront-") for arn in alarms]
    assert names[:3] == ["traffic", "tasks", "canary"]


def test_its_results_are_encrypted_and_expire(resources: dict[str, Any]) -> None:
    bucket = of(resources, "AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    days = [each.get("ExpirationInDays") for each in bucket["LifecycleConfiguration"]["Rules"]]
    canary = of(resources, "AWS::Synthetics::Canary")
    assert days[0] == canary["FailureRetentionPeriod"] == canary["SuccessRetentionPeriod"]


def test_it_writes_its_own_results_logs_and_metrics(resources: dict[str, Any]) -> None:
    statements = of(resources, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    by_action = {str(each["Action"]): each for each in statements}
    metrics = by_action["cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}
    }
    logs = next(each for action, each in by_action.items() if "logs:" in action)
    assert logs["Resource"].endswith(":log-group:/aws/lambda/cwsyn-shop-dev-storefront-*")
    on_anything = {action for action, each in by_action.items() if each["Resource"] == "*"}
    assert on_anything == {"cloudwatch:PutMetricData", "s3:ListAllMyBuckets"}
