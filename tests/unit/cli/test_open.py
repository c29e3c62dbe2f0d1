"""Addresses of the pages that one looks for."""

from pathlib import Path

import pytest

from slipway.cli.choices import Page
from slipway.cli.open import address_of
from slipway.cli.usage import UsageError

ROOT = Path(__file__).resolve().parents[3]
CLOUDWATCH = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
CODESUITE = "https://eu-west-1.console.aws.amazon.com/codesuite"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("dashboard", f"{CLOUDWATCH}#dashboards/dashboard/shop-prod-storefront"),
        ("log", f"{CLOUDWATCH}#logsV2:log-groups/log-group/$252Fshop$252Fprod$252Fstorefront"),
        (
            "deployments",
            f"{CODESUITE}/codedeploy/applications/shop-prod-storefront"
            "/deployment-groups/storefront?region=eu-west-1",
        ),
        (
            "tasks",
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/shop-prod/services"
            "/storefront/tasks?region=eu-west-1",
        ),
        ("site", "https://storefront.shop.example.com"),
        ("pipeline", f"{CODESUITE}/codepipeline/pipelines/shop-pipeline/view?region=eu-west-1"),
    ],
)
def test_each_page_has_its_address(page: str, address: str) -> None:
    assert address_of(ROOT, "storefront", "prod", Page(page)) == address


def test_the_pipeline_needs_no_service() -> None:
    assert address_of(ROOT, None, None, Page.PIPELINE).startswith(CODESUITE)


@pytest.mark.parametrize(
    ("service", "environment", "page", "told"),
    [
        (None, "prod", "log", "The log is a service's: say which, and where"),
        ("nothing", "prod", "log", "There is no service nothing; known: "),
        ("storefront", "local", "dashboard", "The rehearsal has no console, so no dashboard"),
    ],
)
def test_what_has_no_page_is_one_line(
    service: str | None, environment: str, page: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        address_of(ROOT, service, environment, Page(page))
