import json
from typing import Any

GROUP = "AWS::CodeDeploy::DeploymentGroup"


def test_a_deployment_rolls_back_whatever_ends_it(storefront: Any) -> None:
    rollback = storefront.only(GROUP)["AutoRollbackConfiguration"]
    assert rollback["Enabled"] is True
    assert set(rollback["Events"]) == {
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_REQUEST",
        "DEPLOYMENT_STOP_ON_ALARM",
    }


def test_every_release_alarm_stops_a_deployment(storefront: Any, release_alarms: Any) -> None:
    """Those over both target groups and the one over the hooks: at most ten, CodeDeploy's quota."""
    configuration = storefront.only(GROUP)["AlarmConfiguration"]
    assert configuration["Enabled"] is True
    assert not configuration.get("IgnorePollAlarmFailure", False)
    names = {alarm["Name"]["Ref"] for alarm in configuration["Alarms"]}
    assert names == release_alarms.keys()
    assert len(names) <= 10


def test_blue_waits_so_that_it_can_come_back(storefront: Any, changed: Any) -> None:
    for template, minutes in ((storefront, 15), (changed["shop-local-api"], 30)):
        blue_green = template.only(GROUP)["BlueGreenDeploymentConfiguration"]
        assert blue_green["TerminateBlueInstancesOnDeploymentSuccess"] == {
            "Action": "TERMINATE",
            "TerminationWaitTimeInMinutes": minutes,
        }


def test_the_pair_of_groups_and_the_two_listeners_are_told_apart(storefront: Any) -> None:
    (pair,) = storefront.only(GROUP)["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    ports = {
        name: listener["Properties"]["Port"]
        for name, listener in storefront.of("AWS::ElasticLoadBalancingV2::Listener").items()
    }
    assert [ports[arn["Ref"]] for arn in pair["ProdTrafficRoute"]["ListenerArns"]] == [8080]
    assert [ports[arn["Ref"]] for arn in pair["TestTrafficRoute"]["ListenerArns"]] == [9000]
    groups = {group["Name"]["Fn::GetAtt"][0] for group in pair["TargetGroups"]}
    assert groups == storefront.of("AWS::ElasticLoadBalancingV2::TargetGroup").keys()


def test_a_canary_moves_a_share_and_then_the_rest(storefront: Any) -> None:
    assert storefront.only("AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"] == {
        "Type": "TimeBasedCanary",
        "TimeBasedCanary": {"CanaryPercentage": 10, "CanaryInterval": 5},
    }


def test_a_linear_shift_moves_a_share_at_each_interval(changed: Any) -> None:
    configuration = changed["shop-local-api"].only("AWS::CodeDeploy::DeploymentConfig")
    assert configuration["TrafficRoutingConfig"] == {
        "Type": "TimeBasedLinear",
        "TimeBasedLinear": {"LinearPercentage": 20, "LinearInterval": 2},
    }


def role(storefront: Any) -> Any:
    return storefront.named("DeploymentRole", "AWS::IAM::Role")


def test_codedeploy_s_role_has_our_own_policy_only(storefront: Any) -> None:
    (policy,) = storefront.policies("DeploymentRole")
    assert policy in storefront.of("AWS::IAM::ManagedPolicy")
    (statement,) = role(storefront)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "codedeploy.amazonaws.com"}


def test_codedeploy_may_pass_exactly_the_task_s_two_roles_to_ecs(storefront: Any) -> None:
    (statement,) = [
        statement
        for statement in storefront.statements("DeploymentRole")
        if "iam:PassRole" in json.dumps(statement["Action"])
    ]
    passed = [each["Fn::GetAtt"][0] for each in statement["Resource"]]
    task = storefront.only("AWS::ECS::TaskDefinition")
    assert sorted(passed) == sorted(
        task[key]["Fn::GetAtt"][0] for key in ("ExecutionRoleArn", "TaskRoleArn")
    )
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_codedeploy_may_invoke_this_service_s_hooks_only(storefront: Any) -> None:
    invoked = {
        resource
        for statement in storefront.statements("DeploymentRole")
        if statement["Action"] == "lambda:InvokeFunction"
        for resource in statement["Resource"]
    }
    assert invoked == {
        f"arn:aws:lambda:us-east-1:000000000000:function:{function['FunctionName']}"
        for function in storefront.each("AWS::Lambda::Function")
        if function["FunctionName"].startswith("CodeDeployHook_")
    }


def test_the_group_waits_for_what_its_role_may_do(storefront: Any) -> None:
    """CodeDeploy checks its role's permissions when the group is created."""
    (group,) = storefront.of(GROUP).values()
    role = group["Properties"]["ServiceRoleArn"]["Fn::GetAtt"][0]
    assert storefront.policies(role)


def test_the_role_is_older_than_the_service(storefront: Any) -> None:
    """So that its policy has reached every corner of IAM when CodeDeploy first tries it."""
    service = storefront.only_id("AWS::ECS::Service")
    assert service not in json.dumps(storefront.statements("DeploymentRole"))
