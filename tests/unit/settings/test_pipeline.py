"""What slipway.yaml, environments and services say of the pipeline, where it is right."""

from datetime import date, time
from typing import Any

import pytest

PIPELINE = """\
pipeline:
  host: { provider: github }
  repository: example/shop
"""
DEV = "environments/dev.yaml"


@pytest.fixture
def piped(project: Any) -> Any:
    project.append("slipway.yaml", PIPELINE)
    project.append(DEV, "pipeline: { after: [] }\n")
    return project


def test_without_a_pipeline_there_is_none_and_images_are_judged_carefully(project: Any) -> None:
    application = project.load().application
    assert application.pipeline is None
    assert application.images.allowed_findings == "medium"
    assert application.images.scanning == "basic"
    assert not application.images.signing
    assert not application.images.base_image_cache
    assert project.load().waves == ()


def test_a_pipeline_has_careful_defaults(piped: Any) -> None:
    pipeline = piped.load().application.pipeline
    assert (pipeline.host.kind, pipeline.host.provider) == ("provider", "github")
    assert pipeline.branch == "main"
    assert pipeline.executions == "queued"
    assert pipeline.paths.include == pipeline.paths.exclude == ()
    assert pipeline.notifications.email == ()
    place = piped.load().environment("dev").pipeline
    assert (place.after, place.rollback) == ((), "automatic")
    assert (place.window, place.freezes) == (None, ())


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_connection_serves_every_region(piped: Any, service: str) -> None:
    """Connections are global: the region in the ARN is where it was made."""
    connection = f"arn:aws:{service}:us-west-2:111111111111:connection/0a-1b"
    piped.replace("slipway.yaml", "provider: github", f"connection: {connection}")
    assert piped.load().application.pipeline.host.connection == connection


@pytest.mark.parametrize("host", ["gitlab", "connection"])
def test_a_repository_can_be_in_groups_where_it_may_be_gitlab(piped: Any, host: str) -> None:
    if host == "connection":
        arn = "arn:aws:codeconnections:eu-west-1:111111111111:connection/0-0"
        piped.replace("slipway.yaml", "provider: github", f"connection: {arn}")
    else:
        piped.replace("slipway.yaml", "github", host)
    piped.replace("slipway.yaml", "example/shop", "example/web/teams/.shop")
    assert piped.load().application.pipeline.repository == "example/web/teams/.shop"


@pytest.mark.parametrize("branch", ["release/1.x", "a.b", "a@b", "#1", "Ünïcode", "head"])
def test_a_branch_has_whatever_name_git_allows(piped: Any, branch: str) -> None:
    piped.append("slipway.yaml", "x: 1\n")
    piped.replace("slipway.yaml", "x: 1\n", f"  branch: '{branch}'\n")
    assert piped.load().application.pipeline.branch == branch


def test_a_freeze_of_one_day_and_one_of_long_ago_are_right(piped: Any) -> None:
    freezes = "[{ start: 1999-12-31, end: 1999-12-31, because: Computers. }]"
    window = '{ start: "09:00", end: "16:30", time_zone: Europe/Dublin }'
    piped.replace(DEV, "after: []", f"after: [], freezes: {freezes}, window: {window}")
    place = piped.load().environment("dev").pipeline
    assert place.freezes[0].start == place.freezes[0].end == date(1999, 12, 31)
    assert (place.window.opening, place.window.closing) == (time(9), time(16, 30))
    assert place.window.days == ("mon", "tue", "wed", "thu", "fri")


def test_an_environment_that_needs_approval_may_be_the_first(piped: Any) -> None:
    piped.append(DEV, "approval: required\n")
    assert [[each.name for each in wave] for wave in piped.load().waves] == [["dev"]]


def test_environments_go_when_all_that_they_come_after_have_gone_well(
    pipeline_settings: Any,
) -> None:
    waves = [[each.name for each in wave] for wave in pipeline_settings.waves]
    assert waves == [["dev"], ["staging"], ["prod-eu", "prod-us"]]


def test_an_image_is_built_for_the_processor_of_its_tasks(project: Any) -> None:
    project.append("services/web/service.yaml", "architecture: arm64\n")
    assert project.load().services("dev")["web"].image_architectures == ("arm64",)


def test_an_image_is_built_for_several_processors_in_one_order(project: Any) -> None:
    project.append("services/web/service.yaml", "build: { architectures: [arm64, x86_64] }\n")
    assert project.load().services("dev")["web"].image_architectures == ("x86_64", "arm64")


def test_an_image_from_elsewhere_is_not_built(pipeline_settings: Any) -> None:
    assert pipeline_settings.services("dev")["search"].image_architectures == ()
    assert pipeline_settings.built_images == {
        "inventory": ("arm64",),
        "storefront": ("x86_64", "arm64"),
    }


def test_an_override_with_an_image_from_elsewhere_takes_the_build_away(project: Any) -> None:
    project.append(
        "services/web/service.yaml",
        f"""\
        build: {{ architectures: [x86_64, arm64] }}
        environments:
          dev:
            image: public.ecr.aws/example/web@sha256:{"0" * 64}
        """,
    )
    assert project.load().services("dev")["web"].build is None


def test_environments_outside_of_the_pipeline_may_have_images_of_their_own(piped: Any) -> None:
    text = (piped.root / DEV).read_text(encoding="utf-8").replace("pipeline: { after: [] }\n", "")
    piped.write("environments/laptop.yaml", text)
    piped.append("services/web/service.yaml", "environments: { laptop: { architecture: arm64 } }\n")
    assert piped.load().built_images == {"web": ("x86_64",)}
