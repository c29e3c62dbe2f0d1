"""How a status reads."""

from datetime import UTC, datetime
from typing import Any

from slipway.cli.status import text
from slipway.release import LiveTaskSet, Status, TargetGroup

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def group(colour: str | None, share: float, **more: Any) -> TargetGroup:
    known: dict[str, Any] = {"is_live": False, "in_release": None}
    return TargetGroup(
        colour=colour,
        name=f"shop-{colour}",
        arn=f"arn/shop-{colour}/0123",
        traffic_percent=share,
        **{**known, **more},
    )


def shown(**more: Any) -> list[str]:
    live = LiveTaskSet(
        id="ecs-svc/1",
        revision="arn/shop-prod-storefront:6",
        desired=3,
        running=2,
        pending=1,
        since=NOON,
    )
    known: dict[str, Any] = {
        "service": "storefront",
        "wanted": "shop-prod-storefront:7",
        "would_change": ("storefront.image", "subnets"),
        "live": live,
        "images": {"storefront": "sha256:ab"},
        "weights": {"shop-Blue-1": 10.0, "shop-Green-2": 90.0},
        "target_groups": (group("blue", 10.0), group("green", 90.0, is_live=True)),
        "running": None,
        "stage": None,
        "scaling_suspended": (),
        "last": (),
    }
    return text(Status(**{**known, **more})).splitlines()


def test_what_a_pipeline_registered_is_told_as_the_copy_that_it_is() -> None:
    wanted = shown(would_change=())[2]
    assert wanted == "  wanted    shop-prod-storefront:7, of which shop-prod-storefront:6 is a copy"


def test_a_quiet_service() -> None:
    assert shown() == [
        "storefront",
        "  live      shop-prod-storefront:6, 2 of 3 tasks running",
        "  wanted    shop-prod-storefront:7: a release would change storefront.image, subnets",
        "  image     storefront sha256:ab",
        "  traffic   10 % to target group blue",
        "  traffic   90 % to target group green, live",
        "  running   no deployment",
    ]
    assert shown(live=None)[1] == "  live      nothing yet"


def test_what_runs_is_told_with_its_stage(record: Any) -> None:
    running = record("Ready", id="d-2")
    lines = shown(running=running, stage="waits for approval until 16:00 UTC")
    assert "  running   d-2 waits for approval until 16:00 UTC" in lines


def test_a_target_group_is_called_as_its_alarms_and_what_it_is_in_the_release(record: Any) -> None:
    """Blue for good may be what this release calls green."""
    groups = (
        group("blue", 10.0, in_release="green"),
        group("green", 90.0, in_release="blue", is_live=True),
    )
    lines = shown(target_groups=groups, running=record("InProgress", id="d-2"), stage="is Created")
    assert "  traffic   10 % to target group blue (green of d-2)" in lines
    assert "  traffic   90 % to target group green, live (blue of d-2)" in lines
    unnamed = shown(target_groups=(group(None, 100.0),))
    assert "  traffic   100 % to target group shop-None" in unnamed


def test_scaling_that_stays_suspended_is_noticed(record: Any) -> None:
    both = ("scaling in", "scaling out")
    assert shown(scaling_suspended=both)[-1] == (
        "  suspended scaling in, scaling out; nothing runs, so nothing resumes it"
    )
    resting = shown(
        scaling_suspended=both, running=record("InProgress", id="d-2"), stage="is Created"
    )
    assert "  suspended scaling in, scaling out" in resting


def test_rollbacks_are_told_apart_from_releases(record: Any) -> None:
    when = f"{NOON.astimezone():%Y-%m-%d %H:%M}"
    last = (
        record("Succeeded", id="d-3", description="Rollback from a:7 to a:6 [replaces a:7]"),
        record("Succeeded", id="d-2", creator="codeDeployRollback"),
        record("Stopped", id="d-1", rollback_id="d-2"),
    )
    assert shown(last=last)[-3:] == [
        f"  {when}  d-3  Succeeded  Rollback from a:7 to a:6",
        f"  {when}  d-2  Succeeded  rollback",
        f"  {when}  d-1  Stopped  shop-prod-storefront:7, rolled back by d-2",
    ]
