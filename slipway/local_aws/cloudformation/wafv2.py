"""``AWS::WAFv2::WebACLAssociation``; the rules of a web ACL are not applied to traffic."""

from __future__ import annotations

from slipway.local_aws.cloudformation.handlers import Created, Properties, answer_json, register
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Register the type."""
    register(
        "AWS::WAFv2::WebACLAssociation",
        create=lambda logical_id, properties, stack_name: _associate(properties),
        update=lambda physical_id, old, new, stack_name: _associate(new),
        delete=_delete,
    )


def _associate(properties: Properties) -> Created:
    from ministack.services import waf

    names = ("WebACLArn", "ResourceArn")
    answer_json(waf._associate_web_acl({name: properties[name] for name in names}))
    return "|".join(properties[name] for name in names), {}


def _delete(physical_id: str, properties: Properties) -> None:
    from ministack.services import waf

    web_acl, _, resource = physical_id.partition("|")
    if waf._associations.get(resource) == web_acl:
        waf._associations.pop(resource)
