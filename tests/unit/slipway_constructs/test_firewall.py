from typing import Any

WEB_ACL = "AWS::WAFv2::WebACL"


def test_a_public_load_balancer_has_a_firewall_and_an_internal_one_has_none(
    storefront: Any, changed: Any
) -> None:
    association = storefront.only("AWS::WAFv2::WebACLAssociation")
    assert association == {
        "ResourceArn": {"Ref": storefront.only_id("AWS::ElasticLoadBalancingV2::LoadBalancer")},
        "WebACLArn": {"Fn::GetAtt": [storefront.only_id(WEB_ACL), "Arn"]},
    }
    assert not changed["shop-local-api"].of(WEB_ACL)


def test_aws_s_rules_block_and_do_not_only_count(storefront: Any) -> None:
    web_acl = storefront.only(WEB_ACL)
    assert (web_acl["Scope"], web_acl["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    managed = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]: rule["OverrideAction"]
        for rule in web_acl["Rules"]
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert managed == {
        "AWSManagedRulesAmazonIpReputationList": {"None": {}},
        "AWSManagedRulesCommonRuleSet": {"None": {}},
        "AWSManagedRulesKnownBadInputsRuleSet": {"None": {}},
    }


def test_an_address_that_asks_too_often_is_refused(storefront: Any) -> None:
    (rule,) = [rule for rule in storefront.only(WEB_ACL)["Rules"] if "Action" in rule]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 2000,
    }


def test_what_was_refused_is_logged_without_what_proves_who_somebody_is(
    storefront: Any, network: Any
) -> None:
    logging = storefront.only("AWS::WAFv2::LoggingConfiguration")
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (kept,) = logging["LoggingFilter"]["Filters"]
    assert [each["ActionCondition"]["Action"] for each in kept["Conditions"]] == ["BLOCK", "COUNT"]
    assert {each["SingleHeader"]["Name"] for each in logging["RedactedFields"]} == {
        "authorization",
        "cookie",
    }
    # Samples would show what the log leaves out.
    web_acl = storefront.only(WEB_ACL)
    for visible in (web_acl, *web_acl["Rules"]):
        assert visible["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_the_log_group_has_a_name_that_waf_takes_a_key_and_a_retention(
    storefront: Any, network: Any
) -> None:
    group = network.named("FirewallLogs", "AWS::Logs::LogGroup")
    assert group["LogGroupName"] == "aws-waf-logs-shop-local"
    assert group["RetentionInDays"] == 7
    assert "KmsKeyId" in group
    (destination,) = storefront.only("AWS::WAFv2::LoggingConfiguration")["LogDestinationConfigs"]
    *_, prefix, name = destination["Fn::Join"][1]
    assert prefix.endswith(":log-group:")
    assert "FirewallLogs" in name["Fn::ImportValue"]
