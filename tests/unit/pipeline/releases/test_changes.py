"""What somebody reads who approves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pipeline.releases.changes import summary, with_link
from pipeline.releases.images import ImageChange
from slipway.changes import Change, Effect
from slipway.preview import Difference

PLACE: Any = SimpleNamespace(name="prod")
OLD, NEW = (f"sha256:{each * 64}" for each in "ab")


def change(effect: Effect, path: str, type_: str = "AWS::SQS::Queue") -> Change:
    return Change(logical_id=path.replace("/", ""), type=type_, path=path, effect=effect)


def summarised(*changes: Change, images: tuple[ImageChange, ...] = (), new: str = "") -> str:
    stacks = {"shop-prod-storefront": changes, **({new: ()} if new else {})}
    return summary(PLACE, Difference("prod", stacks, frozenset(filter(None, [new])), {}), images)


def image(service: str, before: str | None = OLD, after: str = NEW, commits: str = "") -> Any:
    return ImageChange(
        service=service, container=service, before=before, after=after, commits=commits
    )


def test_the_images_and_the_worst_changes_come_first() -> None:
    said = summarised(
        change(Effect.UPDATE, "Prod/Storefront/Queue"),
        change(Effect.REPLACE, "Prod/Storefront/Logs", "AWS::Logs::LogGroup"),
        images=(image("storefront", commits="01234567..89abcdef"), image("inventory", after=OLD)),
        new="shop-prod-search",
    )
    assert said == (
        f"prod: images: storefront {'a' * 12} -> {'b' * 12} (01234567..89abcdef). "
        "Stacks: 1 replaced, 1 updated, 1 new. Look at: replace Prod/Storefront/Logs. "
        "What must stay and would go: 1."
    )


def test_where_nothing_changes_that_is_said() -> None:
    assert summarised(images=(image("storefront", after=OLD),)) == (
        "prod: images: none changes. Stacks: nothing that is deployed changes."
    )


def test_of_many_bad_changes_some_are_named_and_the_rest_is_counted() -> None:
    said = summarised(*(change(Effect.REFUSE, f"Prod/S/{number}") for number in range(9)))
    assert "Look at: refuse Prod/S/0, refuse Prod/S/1, refuse Prod/S/2 and 6 more." in said


def test_a_first_image_replaces_nothing() -> None:
    assert f"search nothing -> {'b' * 12}" in summarised(images=(image("search", before=None),))
    assert str(image("search", before=None)) == f"search: nothing -> {NEW}"
    assert str(image("search", after=OLD)) == f"search: {OLD} stays"


def test_a_container_beside_the_service_s_own_has_its_own_name() -> None:
    sidecar = ImageChange(service="storefront", container="agent", before=OLD, after=NEW)
    assert sidecar.name == "storefront/agent"


def test_a_summary_fits_an_approval_with_its_link_whole() -> None:
    address = "https://console.example.com/" + "x" * 200
    said = with_link("word " * 1000, {"CODEBUILD_BUILD_URL": address})
    assert len(said) <= 800
    assert said.endswith(f" … All of it: {address}")
    assert with_link("short", {}) == "short"
