from slipway.local_aws.codedeploy.traffic import Listener, Weights, forwarded_weights

PAIR = ("blue", "green")


class LoadBalancer:
    """Rules that can be read and changed, as elbv2 does."""

    def __init__(self, *rules):
        self.rules = list(rules)

    def describe_rules(self, ListenerArn):  # noqa: N803 - boto3's name
        return {"Rules": self.rules}

    def modify_rule(self, RuleArn, Actions):  # noqa: N803
        next(rule for rule in self.rules if rule["RuleArn"] == RuleArn)["Actions"] = Actions

    def modify_listener(self, ListenerArn, DefaultActions):  # noqa: N803
        next(rule for rule in self.rules if rule["IsDefault"])["Actions"] = DefaultActions


def forward(**weights):
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def rule(name, action, *, default=False):
    return {"RuleArn": name, "IsDefault": default, "Actions": [action]}


def test_idle_group_stays_in_the_action_with_weight_zero():
    action = Weights("blue", "green", 100).action(forward(blue=1))
    assert forwarded_weights(action) == {"blue": 0, "green": 100}


def test_what_else_an_action_says_stays():
    action = forward(blue=1)
    action["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True}
    shifted = Weights("blue", "green", 10).action({**action, "Order": 1, "TargetGroupArn": "blue"})
    assert shifted["Order"] == 1
    assert shifted["ForwardConfig"]["TargetGroupStickinessConfig"] == {"Enabled": True}
    assert "TargetGroupArn" not in shifted


def test_live_means_weight_above_zero():
    listener = Listener(LoadBalancer(rule("a", forward(blue=0, green=100))), "listener", PAIR)
    assert listener.weights() == {"green": 100.0}


def test_action_with_one_group_and_no_weights_is_live():
    plain = {"Type": "forward", "TargetGroupArn": "blue"}
    assert Listener(LoadBalancer(rule("a", plain)), "listener", PAIR).weights() == {"blue": 100.0}


def test_every_rule_of_the_pair_is_shifted_and_no_other():
    other = rule("other", forward(elsewhere=1))
    load_balancer = LoadBalancer(
        rule("a", forward(blue=1)), other, rule("default", forward(blue=1), default=True)
    )
    Listener(load_balancer, "listener", PAIR).shift(Weights("blue", "green", 10))
    shifted = [forwarded_weights(item["Actions"][0]) for item in load_balancer.rules]
    assert shifted == [{"blue": 90, "green": 10}, {"elsewhere": 1}, {"blue": 90, "green": 10}]
