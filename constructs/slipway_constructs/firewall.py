"""What refuses hostile requests before they reach a public load balancer."""

from itertools import starmap
from typing import Any

from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from slipway_constructs.values import arn

# Groups of rules that AWS keeps up to date, in the order in which they are asked: 925 of the 1,500
# capacity units that a web ACL's price includes.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
_MANAGED_RULES = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)

_RATE_WINDOW_SECONDS = 300

# Headers that prove who somebody is: a log that holds them is a list of keys.
_SECRET_HEADERS = ("authorization", "cookie")


class Firewall(Construct):
    """An AWS WAF web ACL in front of one load balancer, and a log of what it refused.

    AWS WAF adds the permission to write to the log group by itself, as a resource policy of that
    group; who deploys needs ``logs:PutResourcePolicy`` and ``logs:CreateLogDelivery`` for it.
    https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html

    Parameters
    ----------
    scope, id_
        Where the firewall lives, and its name there.
    name
        The web ACL's name, which its metrics and log streams have too.
    load_balancer_arn
        What it stands in front of.
    rate_limit
        Requests from one address in five minutes; more are refused.
    log_group
        Where refused and counted requests are logged; its name begins with ``aws-waf-logs-``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        load_balancer_arn: str,
        rate_limit: int,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, id_)
        web_acl = waf.CfnWebACL(
            self,
            "WebAcl",
            name=name,
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=_visible_as(name),
            rules=[_rate_limit(rate_limit), *starmap(_managed_rules, enumerate(_MANAGED_RULES, 1))],
        )
        web_acl_arn = web_acl.attr_arn
        waf.CfnWebACLAssociation(
            self, "Association", web_acl_arn=web_acl_arn, resource_arn=load_balancer_arn
        )
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=web_acl_arn,
            # Without the :* at the end of what CloudFormation calls the log group's ARN.
            log_destination_configs=[arn(self, "logs", f"log-group:{log_group.log_group_name}")],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [
                            {"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")
                        ],
                    }
                ],
            },
            redacted_fields=[{"singleHeader": {"Name": header}} for header in _SECRET_HEADERS],
        )


# The rules are plain data, under the names that the library has for it in its own language: it
# checks them either way, and in Python its structures cost as much as several resources.
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_wafv2.CfnWebACL.RuleProperty.html
def _rate_limit(limit: int) -> dict[str, Any]:
    return {
        "name": "RateLimit",
        "priority": 0,
        "action": {"block": {}},
        "statement": {
            "rateBasedStatement": {
                "aggregateKeyType": "IP",
                "limit": limit,
                "evaluationWindowSec": _RATE_WINDOW_SECONDS,
            }
        },
        "visibilityConfig": _visible_as("RateLimit"),
    }


def _managed_rules(priority: int, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        # The rules' own actions: they block.
        "overrideAction": {"none": {}},
        "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}},
        "visibilityConfig": _visible_as(name),
    }


def _visible_as(metric_name: str) -> dict[str, Any]:
    return {
        "cloudWatchMetricsEnabled": True,
        "metricName": metric_name,
        # Sampled requests would show the headers that the log leaves out.
        "sampledRequestsEnabled": False,
    }
