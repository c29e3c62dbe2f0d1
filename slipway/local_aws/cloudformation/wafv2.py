"""WAFv2's association and logging of a web ACL; its rules are not applied to traffic."""

from __future__ import annotations

import re

from slipway.local_aws.cloudformation.handlers import Created, Properties, answer_json, register
from slipway.local_aws.machine import Machine

_LOG_NAME_PREFIX = "aws-waf-logs-"


def install(machine: Machine) -> None:
    """Register the types."""
    register(
        "AWS::WAFv2::WebACLAssociation",
        create=lambda logical_id, properties, stack_name: _associate(properties),
        update=lambda physical_id, old, new, stack_name: _associate(new),
        delete=_disassociate,
    )
    register(
        "AWS::WAFv2::LoggingConfiguration",
        create=lambda logical_id, properties, stack_name: _log(properties),
        update=lambda physical_id, old, new, stack_name: _log(new),
        delete=lambda physical_id, properties: None,
    )


def _associate(properties: Properties) -> Created:
    from ministack.services import waf

    names = ("WebACLArn", "ResourceArn")
    answer_json(waf._associate_web_acl({name: properties[name] for name in names}))
    return "|".join(properties[name] for name in names), {}


def _disassociate(physical_id: str, properties: Properties) -> None:
    from ministack.services import waf

    web_acl, _, resource = physical_id.partition("|")
    if waf._associations.get(resource) == web_acl:
        waf._associations.pop(resource)


def _log(properties: Properties) -> Created:
    """Accept the logging of a web ACL: nothing is logged, since no rule is applied.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
    """
    from ministack.services import waf

    web_acl = properties["ResourceArn"]
    _, missing = waf._resolve_local_web_acl(web_acl)
    if missing:
        answer_json(missing)  # fails with the reason
    destinations = properties["LogDestinationConfigs"]
    if len(destinations) != 1:
        raise ValueError(f"a web ACL logs to exactly one destination, not {len(destinations)}")
    if not log_name(destinations[0]).startswith(_LOG_NAME_PREFIX):
        raise ValueError(
            f"the log destination {destinations[0]} can't be used: "
            f"its name must begin with {_LOG_NAME_PREFIX}"
        )
    return web_acl, {}


def log_name(arn: str) -> str:
    """Return the name of the log group, bucket or delivery stream of an ARN."""
    resource = arn.split(":", 5)[-1]
    return re.split(r"[:/]", re.sub(r"^(log-group:|deliverystream/)", "", resource))[0]
