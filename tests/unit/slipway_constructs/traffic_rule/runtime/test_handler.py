"""Custom::TrafficRule: what CloudFormation may do to a rule, and what it may not."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

ELB = "arn:aws:elasticloadbalancing:eu-west-1:111111111111"
LISTENER = f"{ELB}:listener/app/storefront/1/a"
OTHER_LISTENER = f"{ELB}:listener/app/storefront/1/b"
FIRST, SECOND = f"{ELB}:targetgroup/first/1", f"{ELB}:targetgroup/second/2"
STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop-local-storefront/0000-1111"


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"says {code}"}}, "Operation")


def forward(**weights: int) -> list[dict[str, Any]]:
    """Return a forward action as DescribeRules gives it: {first: 0, second: 100}."""
    arns = {"first": FIRST, "second": SECOND}
    groups = [{"TargetGroupArn": arns[name], "Weight": share} for name, share in weights.items()]
    single = {"TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else {}
    return [{"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}} | single]


class LoadBalancing:
    """Elastic Load Balancing with two listeners, as far as rules go."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, list[dict[str, str]]] = {}
        self.listeners = [LISTENER, OTHER_LISTENER]
        self.refusal: Exception | None = None
        self.hangs = False

    def create_rule(self, **parameters: Any) -> Any:
        self._answer_or_not()
        listener = parameters["ListenerArn"]
        if listener not in self.listeners:
            raise error("ListenerNotFound")
        self._refuse_taken(listener, parameters["Priority"])
        arn = f"{listener.replace(':listener/', ':listener-rule/')}/{len(self.tags)}"
        self.rules[arn] = {
            "RuleArn": arn,
            "Priority": str(parameters["Priority"]),
            "Conditions": parameters["Conditions"],
            "Actions": parameters["Actions"],
            "IsDefault": False,
        }
        self.tags[arn] = parameters["Tags"]
        return {"Rules": [self.rules[arn]]}

    def modify_rule(self, **parameters: Any) -> None:
        self._answer_or_not()
        self.rules[parameters.pop("RuleArn")].update(parameters)

    def set_rule_priorities(self, *, RulePriorities: list[Any]) -> None:  # noqa: N803
        self._answer_or_not()
        for wish in RulePriorities:
            self._refuse_taken(self._listener(wish["RuleArn"]), wish["Priority"])
            self.rules[wish["RuleArn"]]["Priority"] = str(wish["Priority"])

    def delete_rule(self, *, RuleArn: str) -> None:  # noqa: N803
        self._answer_or_not()
        if self.rules.pop(RuleArn, None) is None:
            raise error("RuleNotFound")

    def describe_rules(self, *, RuleArns: list[str]) -> Any:  # noqa: N803
        self._answer_or_not()
        if RuleArns[0] not in self.rules:
            raise error("RuleNotFound")
        return {"Rules": [self.rules[RuleArns[0]]]}

    def get_paginator(self, operation: str) -> "LoadBalancing":
        assert operation == "describe_rules"
        return self

    def paginate(self, *, ListenerArn: str) -> list[Any]:  # noqa: N803
        self._answer_or_not()
        if ListenerArn not in self.listeners:
            raise error("ListenerNotFound")
        default = {"RuleArn": "default", "Priority": "default", "IsDefault": True}
        return [{"Rules": [default]}, {"Rules": self.of(ListenerArn)}]

    def describe_tags(self, *, ResourceArns: list[str]) -> Any:  # noqa: N803
        return {"TagDescriptions": [{"Tags": self.tags.get(ResourceArns[0], [])}]}

    def of(self, listener: str) -> list[dict[str, Any]]:
        return [rule for arn, rule in self.rules.items() if self._listener(arn) == listener]

    def shift(self, rule_arn: str, **weights: int) -> None:
        """Do what CodeDeploy does to the rule."""
        self.rules[rule_arn]["Actions"] = forward(**weights)

    @staticmethod
    def _listener(rule_arn: str) -> str:
        return rule_arn.rsplit("/", 1)[0].replace(":listener-rule/", ":listener/")

    def _refuse_taken(self, listener: str, priority: int) -> None:
        if any(rule["Priority"] == str(priority) for rule in self.of(listener)):
            raise error("PriorityInUse")

    def _answer_or_not(self) -> None:
        if self.hangs:
            threading.Event().wait()
        if self.refusal:
            raise self.refusal


class Stacks:
    def __init__(self) -> None:
        self.status = "UPDATE_IN_PROGRESS"

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        assert StackName == STACK
        return {"Stacks": [{"StackStatus": self.status}]}


class AnswerBox:
    """The pre-signed address where CloudFormation waits for answers."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.refuse = 0
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if box.refuse:
                    box.refuse -= 1
                    self.send_response(503)
                else:
                    box.answers.append(body)
                    box.content_types.append(self.headers["Content-Type"])
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?signature=credential"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()


@pytest.fixture
def load_balancing(aws: dict[str, Any]) -> LoadBalancing:
    aws["elbv2"] = LoadBalancing()
    return aws["elbv2"]  # type: ignore[no-any-return]


@pytest.fixture
def stacks(aws: dict[str, Any]) -> Stacks:
    aws["cloudformation"] = Stacks()
    return aws["cloudformation"]  # type: ignore[no-any-return]


@pytest.fixture
def answer_box() -> Iterator[AnswerBox]:
    box = AnswerBox()
    yield box
    box.server.shutdown()
    box.server.server_close()


@pytest.fixture
def runtime(
    lambda_source: Callable[[str], Callable[[str], ModuleType]], monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    module = lambda_source("traffic_rule/runtime")("handler")
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)
    return module


@pytest.fixture
def request_(
    runtime: ModuleType,
    load_balancing: LoadBalancing,
    stacks: Stacks,
    answer_box: AnswerBox,
    context: Callable[[float], Any],
) -> Callable[..., dict[str, Any]]:
    """Send a request as CloudFormation does, and return the answer it gets."""

    def send(
        kind: str, physical_id: str | None = None, *, seconds: float = 60.0, **properties: Any
    ) -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "ResponseURL": answer_box.url,
            "StackId": STACK,
            "RequestId": "request",
            "LogicalResourceId": "ProductionRule",
            "ResourceProperties": {
                "ListenerArn": LISTENER,
                "Priority": "100",
                "Paths": ["/*"],
                "TargetGroupArn": FIRST,
                "IdleTargetGroupArn": SECOND,
            }
            | properties,
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        runtime.handler(event, context(seconds))
        return answer_box.answers[-1]

    return send


@pytest.fixture
def rule(request_: Any) -> str:
    """A rule that CloudFormation had made."""
    return str(request_("Create")["PhysicalResourceId"])


# Create


def test_create_makes_a_rule_that_forwards_to_the_first_of_both_target_groups(
    request_: Any, load_balancing: LoadBalancing
) -> None:
    answer = request_("Create", Paths=["/shop/*"], Hosts=["shop.example.com"])
    [made] = load_balancing.of(LISTENER)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == answer["Data"]["RuleArn"] == made["RuleArn"]
    assert made["Priority"] == "100"
    [action] = made["Actions"]
    # The idle group is in use from the start: CodeDeploy's first release needs its health.
    assert action["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": FIRST, "Weight": 100},
        {"TargetGroupArn": SECOND, "Weight": 0},
    ]
    assert made["Conditions"] == [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/shop/*"]}},
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["shop.example.com"]}},
    ]


def test_rule_without_paths_and_hosts_matches_every_request(
    request_: Any, load_balancing: LoadBalancing
) -> None:
    request_("Create", Paths=[])
    [made] = load_balancing.of(LISTENER)
    assert made["Conditions"] == [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    ]


def test_create_sent_twice_makes_one_rule(request_: Any, load_balancing: LoadBalancing) -> None:
    first, second = request_("Create"), request_("Create")
    assert second["Status"] == "SUCCESS"
    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert len(load_balancing.of(LISTENER)) == 1


def test_create_takes_over_no_rule_of_somebody_else(
    request_: Any, load_balancing: LoadBalancing
) -> None:
    load_balancing.create_rule(
        ListenerArn=LISTENER, Priority=100, Conditions=[], Actions=forward(second=100), Tags=[]
    )
    answer = request_("Create")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"Priority 100 of listener {LISTENER} is taken by the rule")
    [other] = load_balancing.of(LISTENER)
    assert other["Actions"] == forward(second=100)


def test_failed_create_says_why_and_its_delete_removes_nothing(
    request_: Any, load_balancing: LoadBalancing
) -> None:
    load_balancing.refusal = error("TooManyRules")
    answer = request_("Create")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "The traffic rule with priority 100 could not be set: says TooManyRules (TooManyRules)"
    )
    assert request_("Delete", answer["PhysicalResourceId"])["Status"] == "SUCCESS"


# Update


def test_update_never_moves_live_traffic(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    load_balancing.shift(rule, first=0, second=100)
    answer = request_(
        "Update", rule, Paths=["/shop/*"], Priority="50", TargetGroupArn="arn:replaced"
    )
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == rule
    [updated] = load_balancing.of(LISTENER)
    assert updated["Actions"] == forward(first=0, second=100)
    assert updated["Priority"] == "50"
    assert updated["Conditions"] == [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/shop/*"]}}
    ]


@pytest.mark.parametrize("live", [{"first": 0, "second": 100}, {"first": 100, "second": 0}])
def test_rule_on_a_replaced_listener_begins_with_the_weights_of_the_old_one(
    request_: Any, load_balancing: LoadBalancing, rule: str, live: dict[str, int]
) -> None:
    load_balancing.shift(rule, **live)
    answer = request_("Update", rule, ListenerArn=OTHER_LISTENER)
    [made] = load_balancing.of(OTHER_LISTENER)
    assert made["Actions"] == forward(**live)
    assert answer["PhysicalResourceId"] == made["RuleArn"]
    # CloudFormation removes the old one itself, once the stack update has succeeded.
    assert rule in load_balancing.rules


def test_listener_is_not_replaced_in_mid_shift(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    load_balancing.shift(rule, first=90, second=10)
    answer = request_("Update", rule, ListenerArn=OTHER_LISTENER)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", rule)
    assert answer["Reason"] == (
        f"Listener {OTHER_LISTENER} would replace one whose traffic a deployment is shifting: "
        "wait until the deployment has ended, or stop it, and update the stack again."
    )
    assert load_balancing.of(OTHER_LISTENER) == []


def test_single_target_group_is_copied_as_create_rule_takes_it(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    load_balancing.shift(rule, second=100)
    request_("Update", rule, ListenerArn=OTHER_LISTENER)
    [made] = load_balancing.of(OTHER_LISTENER)
    [action] = made["Actions"]
    assert "TargetGroupArn" not in action
    assert action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": SECOND, "Weight": 100}]


def test_missing_rule_is_made_again(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    load_balancing.delete_rule(RuleArn=rule)
    answer = request_("Update", rule)
    assert answer["Status"] == "SUCCESS"
    [made] = load_balancing.of(LISTENER)
    assert made["RuleArn"] == answer["PhysicalResourceId"] != rule


def test_own_rule_is_found_again_whatever_its_priority(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    """A new one with a lower priority would take the traffic, to a group that may be empty."""
    load_balancing.shift(rule, first=0, second=100)
    answer = request_("Update", f"{rule}-that-is-gone", Priority="7")
    assert answer["PhysicalResourceId"] == rule
    [found] = load_balancing.of(LISTENER)
    assert (found["Priority"], found["Actions"]) == ("7", forward(first=0, second=100))


def test_taken_priority_fails_a_forward_update_and_changes_nothing(
    request_: Any, load_balancing: LoadBalancing, rule: str
) -> None:
    load_balancing.create_rule(
        ListenerArn=LISTENER, Priority=50, Conditions=[], Actions=[], Tags=[]
    )
    before = dict(load_balancing.rules[rule])
    answer = request_("Update", rule, Priority="50", Paths=["/shop/*"])
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == rule
    assert "PriorityInUse" in answer["Reason"]
    assert load_balancing.rules[rule] == before


# Rollback


def test_rollback_of_a_replaced_listener_returns_to_the_first_rule_as_it_is(
    request_: Any, load_balancing: LoadBalancing, rule: str, stacks: Stacks
) -> None:
    load_balancing.shift(rule, first=0, second=100)
    replacement = request_("Update", rule, ListenerArn=OTHER_LISTENER)["PhysicalResourceId"]
    stacks.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = request_("Update", replacement)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == rule
    request_("Delete", replacement)
    [left] = load_balancing.rules.values()
    assert left["Actions"] == forward(first=0, second=100)


@pytest.mark.parametrize("live", [{"first": 0, "second": 100}, {"first": 90, "second": 10}])
def test_rollback_makes_a_lost_first_rule_again_with_the_live_weights(
    request_: Any,
    load_balancing: LoadBalancing,
    rule: str,
    stacks: Stacks,
    live: dict[str, int],
) -> None:
    """Also in mid-shift: a listener without a rule serves nobody."""
    load_balancing.shift(rule, first=0, second=100)
    replacement = request_("Update", rule, ListenerArn=OTHER_LISTENER)["PhysicalResourceId"]
    load_balancing.shift(replacement, **live)
    load_balancing.delete_rule(RuleArn=rule)
    stacks.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    request_("Update", replacement)
    [made] = load_balancing.of(LISTENER)
    assert made["Actions"] == forward(**live)


@pytest.mark.parametrize("code", ["AccessDenied", "PriorityInUse", "ListenerNotFound"])
def test_update_never_fails_while_the_stack_rolls_back(
    request_: Any, load_balancing: LoadBalancing, rule: str, stacks: Stacks, code: str
) -> None:
    stacks.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    load_balancing.refusal = error(code)
    answer = request_("Update", rule, Priority="50")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", rule)


def test_hanging_update_does_not_fail_while_the_stack_rolls_back(
    request_: Any, runtime: ModuleType, load_balancing: LoadBalancing, rule: str, stacks: Stacks
) -> None:
    stacks.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    load_balancing.hangs = True
    answer = request_("Update", rule, seconds=runtime.ANSWER_MARGIN.total_seconds() + 0.05)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", rule)


def test_failed_update_is_reported_when_the_stack_status_is_unknown(
    request_: Any, load_balancing: LoadBalancing, rule: str, aws: dict[str, Any]
) -> None:
    del aws["cloudformation"]
    load_balancing.refusal = error("AccessDenied")
    assert request_("Update", rule)["Status"] == "FAILED"


# Delete


def test_delete_removes_the_rule(request_: Any, load_balancing: LoadBalancing, rule: str) -> None:
    assert request_("Delete", rule)["Status"] == "SUCCESS"
    assert load_balancing.rules == {}


def test_delete_of_a_rule_that_is_gone_succeeds(request_: Any, rule: str) -> None:
    request_("Delete", rule)
    assert request_("Delete", rule)["Status"] == "SUCCESS"


@pytest.mark.parametrize("code", ["AccessDenied", "ListenerNotFound", "Throttling"])
def test_delete_never_fails(
    request_: Any, load_balancing: LoadBalancing, rule: str, code: str
) -> None:
    load_balancing.refusal = error(code)
    assert request_("Delete", rule)["Status"] == "SUCCESS"


# The answer


def test_answer_names_the_request_and_is_sent_without_content_type(
    request_: Any, answer_box: AnswerBox
) -> None:
    answer = request_("Create")
    assert answer["StackId"] == STACK
    assert answer["RequestId"] == "request"
    assert answer["LogicalResourceId"] == "ProductionRule"
    assert not answer_box.content_types[0]


def test_create_that_hangs_is_answered_before_the_deadline(
    request_: Any, runtime: ModuleType, load_balancing: LoadBalancing
) -> None:
    load_balancing.hangs = True
    answer = request_("Create", seconds=runtime.ANSWER_MARGIN.total_seconds() + 0.05)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "The traffic rule could not be set: AWS did not answer in time."


def test_answer_that_was_not_taken_is_sent_again(request_: Any, answer_box: AnswerBox) -> None:
    answer_box.refuse = 2
    assert request_("Create")["Status"] == "SUCCESS"


def test_answer_that_is_never_taken_fails_the_function(
    request_: Any, answer_box: AnswerBox
) -> None:
    answer_box.refuse = 100
    with pytest.raises(OSError, match="503"):
        request_("Create")


def test_address_of_the_answer_is_not_logged(
    request_: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    request_("Create")
    assert "credential" not in capsys.readouterr().out
