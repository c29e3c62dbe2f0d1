"""Production and test traffic: the weights of the rules that forward to the pair's groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Action = dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """Which share of a listener's traffic each target group of the pair gets, in percent."""

    blue_arn: str
    green_arn: str
    green_percent: int

    def action(self, forward: Action) -> Action:
        """Return a forward action with these weights; whatever else it says stays.

        The idle group stays in the action with weight 0, as CodeDeploy leaves it.
        """
        groups = [
            {"TargetGroupArn": self.blue_arn, "Weight": 100 - self.green_percent},
            {"TargetGroupArn": self.green_arn, "Weight": self.green_percent},
        ]
        config = {**forward.get("ForwardConfig", {}), "TargetGroups": groups}
        kept = {key: value for key, value in forward.items() if key != "TargetGroupArn"}
        return {**kept, "ForwardConfig": config}


def forwarded_weights(action: Action) -> dict[str, int]:
    """Return the weight of each target group that an action forwards to."""
    if action.get("Type") != "forward":
        return {}
    groups = action.get("ForwardConfig", {}).get("TargetGroups")
    if groups:
        return {item["TargetGroupArn"]: int(item.get("Weight", 1)) for item in groups}
    return {action["TargetGroupArn"]: 1} if action.get("TargetGroupArn") else {}


class Listener:
    """A listener with the rules that forward to one of the pair's groups."""

    def __init__(self, client: Any, arn: str, pair: tuple[str, str]) -> None:
        self._client = client
        self._pair = set(pair)
        self.arn = arn

    def weights(self) -> dict[str, float]:
        """Return the share of traffic, in percent, of each group of the pair that gets some.

        Where several rules forward to the pair, each of them has the same weights.
        """
        shares = {}
        for rule in self._rules():
            for action in filter(self._is_ours, rule["Actions"]):
                weights = forwarded_weights(action)
                total = sum(weights.values())
                for group, weight in weights.items():
                    if group in self._pair and weight > 0:
                        shares[group] = 100.0 * weight / total
        return shares

    def shift(self, weights: Weights) -> bool:
        """Give every rule of the pair these weights, the default one included.

        Return whether there is any.
        """
        rules = self._rules()
        for rule in rules:
            actions = [
                weights.action(action) if self._is_ours(action) else action
                for action in rule["Actions"]
            ]
            if rule["IsDefault"]:
                self._client.modify_listener(ListenerArn=self.arn, DefaultActions=actions)
            else:
                self._client.modify_rule(RuleArn=rule["RuleArn"], Actions=actions)
        return bool(rules)

    def _rules(self) -> list[dict[str, Any]]:
        rules = self._client.describe_rules(ListenerArn=self.arn)["Rules"]
        return [rule for rule in rules if any(map(self._is_ours, rule["Actions"]))]

    def _is_ours(self, action: Action) -> bool:
        return bool(self._pair & set(forwarded_weights(action)))
