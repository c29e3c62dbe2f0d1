"""A stack whose service never starts is taken back in the way that CloudFormation allows."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.deploy import Following, give_up

WEB = "shop-dev-web"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


class GivingUp:
    """One stack, and what is done to it."""

    def __init__(self, stacks: Any, told: list[str]) -> None:
        self.stacks, self.told = stacks, told
        self.shown: list[str] = []
        self.unprotected: list[str] = []
        self.following = Following(stacks, [WEB], tell=told.append, interval=timedelta())

    def __call__(self, *ends: tuple[str, dict[str, str]]) -> str:
        def pass_by(_: float) -> None:
            for status, event in ends:
                self.stacks.happens(WEB, status, **event)

        def unprotect(**request: Any) -> None:
            self.unprotected.append(request["LoadBalancerArn"])

        aws: Any = SimpleNamespace(
            cloudformation=self.stacks,
            elbv2=SimpleNamespace(modify_load_balancer_attributes=unprotect),
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
    stacks.resources += [
        {"ResourceType": BALANCER, "PhysicalResourceId": "arn:balancer"},
        {"ResourceType": BALANCER},
        {"ResourceType": "AWS::ECS::Service", "PhysicalResourceId": "arn:service"},
    ]
    standing = giving_up(("DELETE_COMPLETE", {}))
    assert giving_up.called == ["update_termination_protection", "delete_stack"]
    assert giving_up.unprotected == ["arn:balancer"]
    assert standing == "The stack shop-dev-web was deleted, as if it had never been"


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
