"""A stack whose service never starts is taken back in the way that CloudFormation allows."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli.interruption import StoppedError, stoppable
from slipway.deploy import Following, give_up

WEB = "shop-dev-web"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


class GivingUp:
    """One stack, and what is done to it."""

    def __init__(self, stacks: Any, told: list[str]) -> None:
        self.stacks, self.told = stacks, told
        self.shown: list[str] = []
        self.protected: set[str] = set()
        self.unprotected: list[str] = []
        self.following = Following(stacks, [WEB], tell=told.append, interval=timedelta())

    def __call__(
        self, *ends: tuple[str, dict[str, str]], meanwhile: Callable[[], None] = lambda: None
    ) -> str:
        def pass_by(_: float) -> None:
            meanwhile()
            for status, event in ends:
                self.stacks.happens(WEB, status, **event)

        def unprotect(**request: Any) -> None:
            self.unprotected.append(request["LoadBalancerArn"])

        def attributes(LoadBalancerArn: str) -> Any:  # noqa: N803
            value = "true" if LoadBalancerArn in self.protected else "false"
            return {"Attributes": [{"Key": "deletion_protection.enabled", "Value": value}]}

        aws: Any = SimpleNamespace(
            cloudformation=self.stacks,
            elbv2=SimpleNamespace(
                describe_load_balancer_attributes=attributes,
                modify_load_balancer_attributes=unprotect,
            ),
        )
        self.following.look()
        stack = self.following.stacks[WEB]
        return give_up(
            self.following, stack, aws, tell=self.told.append, show=self.shown.append, sleep=pass_by
        )

    @property
    def called(self) -> list[str]:
        return [operation for operation, _ in self.stacks.called]


@pytest.fixture
def giving_up(stacks: Any, told: list[str]) -> GivingUp:
    return GivingUp(stacks, told)


def test_an_update_is_cancelled(stacks: Any, giving_up: GivingUp) -> None:
    stacks.happens(WEB, "UPDATE_IN_PROGRESS")
    standing = giving_up(("UPDATE_ROLLBACK_COMPLETE", {}))
    assert giving_up.called == ["cancel_update_stack"]
    assert standing == "The stack shop-dev-web is what it was before"
    assert giving_up.following.results()[0].outcome == "given up"


def test_a_creation_is_deleted_with_what_protects_it(stacks: Any, giving_up: GivingUp) -> None:
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    stacks.found[WEB]["EnableTerminationProtection"] = True
    giving_up.protected.add("arn:balancer")
    stacks.resources += [
        {"ResourceType": BALANCER, "PhysicalResourceId": "arn:balancer"},
        {"ResourceType": BALANCER, "PhysicalResourceId": "arn:never-protected"},
        {"ResourceType": BALANCER},
        {"ResourceType": "AWS::ECS::Service", "PhysicalResourceId": "arn:service"},
    ]
    standing = giving_up(("DELETE_COMPLETE", {}))
    assert giving_up.called == ["update_termination_protection", "delete_stack"]
    assert giving_up.unprotected == ["arn:balancer"]
    assert standing == "The stack shop-dev-web was deleted, as if it had never been"
    assert giving_up.shown == []


@pytest.fixture
def protected(stacks: Any, giving_up: GivingUp) -> list[str]:
    """What protects again a stack that is being created, and its load balancer."""
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    stacks.found[WEB]["EnableTerminationProtection"] = True
    stacks.resources += [{"ResourceType": BALANCER, "PhysicalResourceId": "arn:balancer"}]
    giving_up.protected.add("arn:balancer")
    return [
        "aws cloudformation update-termination-protection --enable-termination-protection "
        "--stack-name shop-dev-web",
        "aws elbv2 modify-load-balancer-attributes --load-balancer-arn arn:balancer "
        "--attributes Key=deletion_protection.enabled,Value=true",
    ]


def test_who_interrupts_it_is_told_what_protects_the_stack_again(
    giving_up: GivingUp, told: list[str], protected: list[str]
) -> None:
    with pytest.raises(StoppedError), stoppable():
        giving_up(meanwhile=lambda: os.kill(os.getpid(), signal.SIGINT))
    assert told[-1].startswith("shop-dev-web: its protection is off. What has begun goes on")
    assert giving_up.shown == protected


def test_a_stack_that_can_not_be_deleted_is_told_to_be_unprotected(
    giving_up: GivingUp, told: list[str], protected: list[str]
) -> None:
    giving_up(("DELETE_FAILED", {}))
    assert told[-1].startswith("shop-dev-web: its protection is off")
    assert giving_up.shown == protected


def test_an_update_that_is_interrupted_has_lost_no_protection(
    stacks: Any, giving_up: GivingUp, told: list[str]
) -> None:
    stacks.happens(WEB, "UPDATE_IN_PROGRESS")
    with pytest.raises(StoppedError), stoppable():
        giving_up(meanwhile=lambda: os.kill(os.getpid(), signal.SIGINT))
    assert not [line for line in told if "protection" in line]
    assert giving_up.shown == []


def test_what_stays_and_is_in_the_way_is_named_with_what_deletes_it(
    stacks: Any, giving_up: GivingUp
) -> None:
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    skipped = "DELETE_SKIPPED"
    logs = {"of": "Logs", "type_": "AWS::Logs::LogGroup", "physical_id": "/shop/dev/web"}
    key = {"of": "Key", "type_": "AWS::KMS::Key", "physical_id": "key"}
    standing = giving_up((skipped, logs), (skipped, key), ("DELETE_COMPLETE", {}))
    assert giving_up.shown == ["aws logs delete-log-group --log-group-name /shop/dev/web"]
    assert standing.endswith("first delete what it left, as told above")


def test_what_comes_up_in_the_last_moment_stays(stacks: Any, giving_up: GivingUp) -> None:
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    giving_up.following.look()
    stacks.happens(WEB, "CREATE_COMPLETE")
    assert giving_up() == "The stack shop-dev-web has come up just now, after all"
    assert giving_up.called == []
    assert giving_up.following.results()[0].outcome == "created"


def test_a_deletion_that_fails_is_a_person_s(stacks: Any, giving_up: GivingUp) -> None:
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    assert "is DELETE_FAILED: see its events" in giving_up(("DELETE_FAILED", {}))
