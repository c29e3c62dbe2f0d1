"""A listener rule that CodeDeploy may shift and no stack update ever resets."""

from slipway_constructs.traffic_rule.construct import TrafficRule, TrafficRuleProvider

__all__ = ["TrafficRule", "TrafficRuleProvider"]
