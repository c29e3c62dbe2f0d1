import json
from pathlib import Path
from typing import Any

import pytest

from slipway_constructs.blue_green import LIFECYCLE_EVENTS
from slipway_constructs.blue_green import hooks as module

RUNTIME = Path(module.__file__).parent / "runtime"


def functions(storefront: Any) -> dict[str, Any]:
    """The hook functions, by lifecycle event."""
    return {
        properties["Environment"]["Variables"]["LIFECYCLE_EVENT"]: properties
        for properties in storefront.each("AWS::Lambda::Function")
        if "LIFECYCLE_EVENT" in properties.get("Environment", {}).get("Variables", {})
    }


@pytest.fixture(scope="session")
def asset(assembly: Any, storefront: Any) -> Path:
    """The folder that Lambda runs, as it is staged in the assembly."""
    keys = {function["Code"]["S3Key"] for function in functions(storefront).values()}
    (key,) = keys
    (folder,) = Path(assembly.directory).rglob(f"asset.{key.removesuffix('.zip')}")
    return folder


def test_each_lifecycle_event_that_codedeploy_asks_about_has_a_function(storefront: Any) -> None:
    assert functions(storefront).keys() == set(LIFECYCLE_EVENTS)
    assert len(LIFECYCLE_EVENTS) == 5


def test_functions_have_the_names_that_codedeploy_may_invoke(storefront: Any, changed: Any) -> None:
    for template in (storefront, changed["shop-local-api"]):
        for event, function in functions(template).items():
            assert function["FunctionName"].startswith("CodeDeployHook_")
            assert function["FunctionName"].endswith(f"-{event}")
            assert len(function["FunctionName"]) <= 64


def test_functions_run_in_the_private_subnets_and_may_only_leave(storefront: Any) -> None:
    """There the load balancer's private addresses accept their security group as source."""
    (group,) = [
        name for name in storefront.of("AWS::EC2::SecurityGroup") if name.startswith("Hooks")
    ]
    assert "SecurityGroupIngress" not in storefront.named("Hooks", "AWS::EC2::SecurityGroup")
    for function in functions(storefront).values():
        placed = function["VpcConfig"]
        assert len(placed["SubnetIds"]) == 3
        assert all("PrivateSubnet" in each["Fn::ImportValue"] for each in placed["SubnetIds"])
        assert placed["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]


def test_functions_have_time_to_answer_and_know_where_green_is(
    storefront: Any, release_alarms: Any
) -> None:
    for function in functions(storefront).values():
        variables = function["Environment"]["Variables"]
        assert function["Timeout"] == 900
        assert (variables["CLUSTER"], variables["SERVICE"]) == ("shop-local", "storefront")
        assert variables["TEST_PORT"] == "9000"
        assert sorted(json.loads(variables["ALARMS"])) == sorted(
            alarm["AlarmName"] for alarm in release_alarms.values()
        )


def test_the_declared_checks_travel_beside_the_code_with_times_in_seconds(asset: Path) -> None:
    checks = json.loads((asset / "checks.json").read_text())
    assert checks["BeforeInstall"] == [
        {"image_scan": {"allowed": "medium", "timeout_seconds": 300}},
        {"alarms_quiet": {}},
    ]
    http = checks["AfterAllowTestTraffic"][1]["http"]
    assert (http["path"], http["body"], http["requests"]) == ("/", "Welcome", 20)
    assert http["latency"] == {"percentile": 95, "threshold_seconds": 0.5}
    assert checks.keys() == set(LIFECYCLE_EVENTS)


def test_the_asset_holds_the_runtime_and_nothing_else(asset: Path) -> None:
    """Compiled files would change its hash, and with it the functions, from machine to machine."""
    shipped = {str(file.relative_to(asset)) for file in asset.rglob("*") if file.is_file()}
    source = {
        str(file.relative_to(RUNTIME))
        for file in RUNTIME.rglob("*")
        if file.suffix in (".py", ".json")
    }
    assert shipped == source | {"checks.json"}


def test_the_asset_stays_far_below_a_megabyte(asset: Path) -> None:
    """It is read at each cold start; a service's own checks add to it what they are."""
    assert sum(file.stat().st_size for file in asset.rglob("*") if file.is_file()) < 1_000_000 / 4


def test_two_services_with_other_checks_ship_other_code(storefront: Any, changed: Any) -> None:
    keys = {
        function["Code"]["S3Key"]
        for template in (storefront, changed["shop-local-api"])
        for function in functions(template).values()
    }
    assert len(keys) == 2


def test_hooks_may_report_to_their_own_deployment_group_only(storefront: Any) -> None:
    (statement,) = [
        statement
        for statement in storefront.statements("HooksRole")
        if "codedeploy:PutLifecycleEventHookExecutionStatus" in statement["Action"]
    ]
    assert statement["Resource"] == (
        "arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:shop-local-storefront/storefront"
    )


def test_what_runs_in_a_hook_cannot_touch_a_network_interface(storefront: Any) -> None:
    """Lambda does, with the same role; a service's own checks run in the hooks too."""
    statements = storefront.statements("HooksRole")
    (allowed,) = [each for each in statements if "ec2:DeleteNetworkInterface" in each["Action"]
                  and each["Effect"] == "Allow"]  # fmt: skip
    (denied,) = [each for each in statements if each["Effect"] == "Deny"]
    writing = {action for action in allowed["Action"] if not action.startswith("ec2:Describe")}
    assert writing >= {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"}
    assert writing & {a for a in allowed["Action"] if a.startswith("ec2:")} <= set(denied["Action"])
    assert sorted(denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]) == sorted(
        f"arn:aws:lambda:us-east-1:000000000000:function:{function['FunctionName']}"
        for function in functions(storefront).values()
    )


def test_each_function_writes_to_a_log_group_of_its_own(storefront: Any) -> None:
    names = {group["LogGroupName"] for group in storefront.each("AWS::Logs::LogGroup")}
    for function in functions(storefront).values():
        # Where Lambda writes if it isn't told otherwise.
        assert "LoggingConfig" not in function
        assert f"/aws/lambda/{function['FunctionName']}" in names
