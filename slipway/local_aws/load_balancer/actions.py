"""Weighted forward actions: read from requests and templates, and shown in answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slipway.local_aws.load_balancer.routing import Record, forward_weights


def with_forward_configs(parse: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """Read the weights of a request's forward actions, after what MiniStack reads itself."""
    from ministack.services import alb

    def parse_actions(params: Record, prefix: str = "DefaultActions") -> list[Record]:
        actions = parse(params, prefix)
        for number, action in enumerate(actions, start=1):
            groups: list[Record] = []
            path = f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member"
            while arn := alb._p(params, f"{path}.{len(groups) + 1}.TargetGroupArn"):
                weight = int(alb._p(params, f"{path}.{len(groups) + 1}.Weight") or 1)
                groups.append({"TargetGroupArn": arn, "Weight": weight})
            if groups:
                _set_forward(action, groups)
        return actions

    return parse_actions


def keep_forward_configs(original: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """Keep the weights of a template's forward actions; CloudFormation spells numbers as text."""

    def listener_actions(props: Record, arn: Any, prop: str = "DefaultActions") -> list[Record]:
        actions = original(props, arn, prop)
        for action, declared in zip(actions, props.get(prop) or [], strict=True):
            groups = (declared.get("ForwardConfig") or {}).get("TargetGroups") or []
            if groups:
                _set_forward(
                    action,
                    [
                        {
                            "TargetGroupArn": group["TargetGroupArn"],
                            "Weight": int(group.get("Weight", 1)),
                        }
                        for group in groups
                    ],
                )
        return actions

    return listener_actions


def _set_forward(action: Record, groups: list[Record]) -> None:
    """Write a forward the way the API describes it: the short spelling where it says it all."""
    action["ForwardConfig"] = {"TargetGroups": groups}
    action.pop("TargetGroupArn", None)
    if len(groups) == 1:
        action["TargetGroupArn"] = groups[0]["TargetGroupArn"]


def render_forward(render: Callable[[Record], str]) -> Callable[[Record], str]:
    """Show the weights of a forward action; ELB shows them for a single target group too."""

    def action_xml(action: Record) -> str:
        xml = render(action)
        if action.get("Type") != "forward":
            return xml
        members = "".join(
            f"<member><TargetGroupArn>{arn}</TargetGroupArn><Weight>{weight}</Weight></member>"
            for arn, weight in forward_weights(action)
        )
        config = (
            f"<ForwardConfig><TargetGroups>{members}</TargetGroups>"
            "<TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig>"
            "</ForwardConfig>"
        )
        return xml.removesuffix("</member>") + config + "</member>"

    return action_xml
