"""Stacks are followed: what changes is told once, and each has its end."""

from datetime import timedelta
from typing import Any

import pytest

from slipway.deploy import Following, Outcome
from slipway.release import AwsError

WEB, NETWORK = "shop-dev-web", "shop-dev-network"
SERVICE = "AWS::ECS::Service"


def following(stacks: Any, told: list[str]) -> Following:
    return Following(stacks, [NETWORK, WEB], tell=told.append, interval=timedelta())


def outcomes(found: Following) -> dict[str, Outcome]:
    return {each.name: each.outcome for each in found.results()}


def test_a_new_stack_an_updated_one_and_one_that_stays(stacks: Any, told: list[str]) -> None:
    stacks.happens(NETWORK, "CREATE_COMPLETE")
    follower = following(stacks, told)
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    follower.look()
    follower.look()
    assert told == ["shop-dev-web: being created"]
    stacks.happens(WEB, "CREATE_COMPLETE", after=65)
    follower.look()
    assert told[1:] == ["shop-dev-web: created in 65 s"]
    assert outcomes(follower) == {NETWORK: "unchanged", WEB: "created"}

    again = following(stacks, told)
    stacks.happens(WEB, "UPDATE_IN_PROGRESS", after=100)
    stacks.happens(WEB, "UPDATE_COMPLETE", after=103)
    again.look_now()
    assert told[2:] == ["shop-dev-web: being updated", "shop-dev-web: updated in 3 s"]
    assert outcomes(again)[WEB] == "updated"
    assert again.results()[1].seconds == 3


def test_a_failure_tells_its_cause_and_not_its_consequences(stacks: Any, told: list[str]) -> None:
    follower = following(stacks, told)
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    stacks.happens(WEB, "CREATE_FAILED", of="Service", type_=SERVICE, reason="No\n room.")
    stacks.happens(
        WEB, "CREATE_FAILED", of="Alarm", type_="A", reason="Resource creation cancelled"
    )
    stacks.happens(WEB, "ROLLBACK_IN_PROGRESS")
    stacks.happens(WEB, "ROLLBACK_COMPLETE", after=9)
    follower.look()
    assert told[1:] == [
        "shop-dev-web: Service (AWS::ECS::Service): No room.",
        "shop-dev-web: goes back to what it was",
        "shop-dev-web: ROLLBACK_COMPLETE",
    ]
    result = follower.results()[1]
    assert result.outcome == "failed"
    assert result.reasons == ("Service (AWS::ECS::Service): No room.",)


def test_throttling_is_waited_out_and_told_once(stacks: Any, told: list[str]) -> None:
    follower = following(stacks, told)
    stacks.refuse("Throttling", "Rate exceeded")
    follower.look()
    follower.look()
    assert told == ["AWS throttles or can't be reached: the deployment goes on, so do we"]
    stacks.refuse("ExpiredToken", "The token has expired")
    with pytest.raises(AwsError, match="Sign in again"):
        follower.look()


def test_a_stack_that_never_came_to_be_is_followed_under_its_new_id(
    stacks: Any, told: list[str]
) -> None:
    stacks.happens(WEB, "ROLLBACK_COMPLETE")
    follower = following(stacks, told)
    stacks.happens(WEB, "DELETE_COMPLETE")
    follower.look()
    del stacks.found[WEB]
    follower.look()
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    follower.look()
    stacks.happens(WEB, "CREATE_COMPLETE")
    follower.look()
    assert outcomes(follower)[WEB] == "created"
