"""What becomes of a release that a pipeline's CodeDeploy action made.

It has no description, and a revision that the action registered: a copy of the stack's, with tags.
"""

from __future__ import annotations

from typing import Any

import pytest

from slipway.release import RollbackError, Target, rollback, scaling, start
from slipway.release.earlier import goes_back, revision_before
from slipway.release.history import recent
from slipway.release.notes import Notes
from slipway.release.preparation import prepared

NOTHING = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


def tags(notes: Notes) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in notes.tags}


def family(number: int) -> str:
    return f"shop-prod-storefront:{number}"


def released_by_pipeline(aws: Any, original: int, copy: int, replaces: int, **notes: Any) -> Notes:
    """A pipeline's release of a revision of the stack, and what it noted."""
    noted = Notes(replaced=family(replaces), **notes)
    aws.copy(original, copy, tags(noted))
    aws.remember(copy)
    aws.live = f"{aws.FAMILY}:{copy}"
    return noted


@pytest.mark.parametrize(
    "notes",
    [
        Notes(),
        Notes(replaced=family(6)),
        Notes(replaced=family(6), headroom=(2, 3), is_rollback=True),
    ],
)
def test_notes_come_back_from_tags_as_they_were(notes: Notes) -> None:
    assert Notes.of_tags(notes.tags) == notes


def test_its_deployment_remembers_what_its_revision_notes(aws: Any, target: Target) -> None:
    noted = released_by_pipeline(aws, 7, 8, 6, headroom=(2, 3))
    [deployment] = recent(aws.clients, target)
    assert deployment.description == ""
    assert deployment.notes == noted


def test_the_next_release_adds_no_tasks_to_those_that_it_added(aws: Any, target: Target) -> None:
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 9, "SuspendedState": dict(NOTHING)}
    released_by_pipeline(aws, 7, 8, 6, headroom=(4, 5))
    aws.desired = aws.running = 5
    start(aws.clients, target, description="v7", force=True)
    [request] = aws.codedeploy.asked("create_deployment")
    assert "[tasks 4 to 5]" in request["description"]


def test_a_rollback_finds_what_was_live_before_it(aws: Any, target: Target) -> None:
    released_by_pipeline(aws, 7, 8, 6)
    rollback(aws.clients, target)
    [request] = aws.codedeploy.asked("create_deployment")
    assert (
        request["description"] == f"Rollback from {family(8)} to {family(6)} [replaces {family(8)}]"
    )


def test_a_rollback_never_goes_to_a_copy_of_what_is_live(aws: Any, target: Target) -> None:
    released_by_pipeline(aws, 7, 8, 6)
    released_by_pipeline(aws, 7, 9, 8)  # the stage was tried again
    assert revision_before(aws.clients, target, family(9)) == family(6)
    aws.remember(9, description=f"New secret value: key [replaces {family(9)}]")
    assert revision_before(aws.clients, target, family(9)) == family(6)


def test_what_a_stage_rolled_back_is_never_rolled_back_to(aws: Any, target: Target) -> None:
    aws.remember(3)
    aws.remember(6, description=f"by hand [replaces {family(3)}]")
    released_by_pipeline(aws, 7, 8, 6)
    released_by_pipeline(aws, 7, 9, 8)  # the same bad version twice
    released_by_pipeline(aws, 6, 10, 9, is_rollback=True)
    assert revision_before(aws.clients, target, family(10)) == family(3)


def test_where_only_copies_of_what_is_live_are_known_nothing_is_rolled_back(
    aws: Any, target: Target
) -> None:
    released_by_pipeline(aws, 7, 8, 7)
    with pytest.raises(RollbackError, match="No earlier revision"):
        revision_before(aws.clients, target, family(8))


def test_a_revision_that_nobody_can_read_is_still_known_by_its_number(
    aws: Any, target: Target
) -> None:
    released_by_pipeline(aws, 7, 8, 6)
    readable = aws.ecs.operations["describe_task_definition"]

    def describe(**asked: Any) -> Any:
        if asked["taskDefinition"] == family(6):
            raise aws.refusal("ClientException")
        return readable(**asked)

    aws.ecs.operations["describe_task_definition"] = describe
    assert revision_before(aws.clients, target, family(8)) == family(6)


def brings_back(aws: Any, target: Target, number: int) -> bool:
    said = aws.ecs.describe_task_definition(taskDefinition=family(number))["taskDefinition"]
    wanted = {"containerDefinitions": said["containerDefinitions"]}
    return goes_back(aws.clients, target, aws.live, wanted)


def test_what_was_live_before_is_recognised_whoever_registers_it(aws: Any, target: Target) -> None:
    aws.remember(3)
    aws.remember(6, description=f"by hand [replaces {family(3)}]")
    released_by_pipeline(aws, 7, 8, 6)
    for number, is_way_back in ((3, True), (6, True), (7, False), (8, False), (5, False)):
        assert brings_back(aws, target, number) is is_way_back


def test_releasing_again_what_was_rolled_back_is_no_way_back(aws: Any, target: Target) -> None:
    aws.remember(6)
    released_by_pipeline(aws, 7, 8, 6)
    description = f"Rollback from {family(8)} to {family(6)} [replaces {family(8)}]"
    aws.remember(6, description=description)
    aws.live = f"{aws.FAMILY}:6"
    assert not brings_back(aws, target, 7)


def test_further_back_than_a_deployment_that_nobody_can_read_no_way_back_is_known(
    aws: Any, target: Target
) -> None:
    aws.remember(5)
    aws.remember(6, revision={})
    released_by_pipeline(aws, 7, 8, 6)
    assert brings_back(aws, target, 6)
    assert not brings_back(aws, target, 5)


def test_preparing_leaves_scaling_at_rest_for_a_deployment_that_another_creates(
    aws: Any, target: Target
) -> None:
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 9, "SuspendedState": dict(NOTHING)}
    with prepared(aws.clients, target, sleep=lambda _: None) as notes:
        pass
    assert notes == Notes(replaced=family(6), headroom=(2, 3))
    assert all(aws.suspended().values())
    assert not aws.codedeploy.asked("create_deployment")


def test_preparing_that_comes_to_nothing_puts_scaling_back(aws: Any, target: Target) -> None:
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 9, "SuspendedState": dict(NOTHING)}
    with (
        pytest.raises(OSError, match="disk"),
        prepared(aws.clients, target, sleep=lambda _: None),
    ):
        raise OSError("disk is full")
    assert scaling.suspended(aws.clients, target) == ()


def test_a_way_back_waits_for_no_tasks(aws: Any, target: Target) -> None:
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 9, "SuspendedState": dict(NOTHING)}
    with prepared(aws.clients, target, is_rollback=True) as notes:
        pass
    assert notes == Notes(replaced=family(6), is_rollback=True)
    assert aws.desired == 2
