import json
from pathlib import Path
from typing import Any

RULE = "Custom::TrafficRule"


def test_only_the_owned_rules_forward(storefront: Any) -> None:
    """One on each listener, both to the first target group; CodeDeploy moves them afterwards."""
    rules = storefront.each(RULE)
    listeners = storefront.of("AWS::ElasticLoadBalancingV2::Listener")
    assert {rule["ListenerArn"]["Ref"] for rule in rules} == listeners.keys()
    (first,) = {rule["TargetGroupArn"]["Ref"] for rule in rules}
    (attached,) = storefront.only("AWS::ECS::Service")["LoadBalancers"]
    assert attached["TargetGroupArn"] == {"Ref": first}
    (idle,) = {rule["IdleTargetGroupArn"]["Ref"] for rule in rules}
    assert {first, idle} == storefront.of("AWS::ElasticLoadBalancingV2::TargetGroup").keys()
    assert not storefront.of("AWS::ElasticLoadBalancingV2::ListenerRule")
    assert '"forward"' not in json.dumps(storefront.template)


def test_a_rule_matches_every_path(storefront: Any) -> None:
    assert [(rule["Paths"], rule["Priority"]) for rule in storefront.each(RULE)] == [
        (["/*"], "100"),
        (["/*"], "100"),
    ]


def test_the_permissions_come_before_the_rules_and_go_after_them(storefront: Any) -> None:
    """A rollback could not undo a rule otherwise."""
    for rule in storefront.each(RULE):
        name, _arn = rule["ServiceToken"]["Fn::GetAtt"]
        function = storefront.of("AWS::Lambda::Function")[name]["Properties"]
        assert storefront.policies(function["Role"]["Fn::GetAtt"][0])


def test_a_rule_that_does_not_answer_costs_minutes_and_not_an_hour(storefront: Any) -> None:
    assert {rule["ServiceTimeout"] for rule in storefront.each(RULE)} == {"120"}


def test_the_function_changes_rules_of_this_load_balancer_only(storefront: Any) -> None:
    balancer = storefront.only_id("AWS::ElasticLoadBalancingV2::LoadBalancer")
    changing = [
        statement
        for statement in storefront.statements("TrafficRulesRole")
        if any(
            verb in json.dumps(statement["Action"])
            for verb in ("CreateRule", "ModifyRule", "DeleteRule", "SetRulePriorities", "AddTags")
        )
    ]
    assert len(changing) == 2
    for statement in changing:
        assert balancer in json.dumps(statement["Resource"])


def test_no_compiled_file_is_shipped(assembly: Any, storefront: Any) -> None:
    key = storefront.named("TrafficRulesFunction", "AWS::Lambda::Function")["Code"]["S3Key"]
    (folder,) = Path(assembly.directory).rglob(f"asset.{key.removesuffix('.zip')}")
    assert {file.name for file in folder.iterdir()} == {
        "handler.py",
        "listener_rule.py",
        "stack.py",
    }
