"""The dashboard of an environment: it holds all services, whatever their number."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from slipway_constructs.environment_dashboard import EnvironmentDashboard, ObservedEnvironment


def widgets_of(template: dict[str, Any]) -> list[Any]:
    (dashboard,) = (
        each["Properties"]["DashboardBody"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Dashboard"
    )
    if isinstance(dashboard, dict):
        references = [each for each in dashboard["Fn::Join"][1] if not isinstance(each, str)]
        assert {each["Ref"] for each in references} == {"AWS::Partition"}
        dashboard = "".join(
            each if isinstance(each, str) else "aws" for each in dashboard["Fn::Join"][1]
        )
    found: list[Any] = json.loads(dashboard)["widgets"]
    return found


def dashboard(services: int) -> list[Any]:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="1" * 12, region="eu-west-1"))
    EnvironmentDashboard(
        stack,
        "Dashboard",
        name="shop-dev",
        environment=ObservedEnvironment(
            cluster_name="shop-dev",
            capacity_provider_name="shop-dev-ec2",
            shared_alarms=["shop-dev-shared"],
            service_alarms=[
                f"shop-dev-service-{number}-{what}"
                for number in range(services)
                for what in ("traffic", "tasks")
            ],
            functions=["shop-dev-scaling"],
            dead_letters="shop-dev-given-up",
            most_instances=4,
        ),
    )
    return widgets_of(dict(Template.from_stack(stack).to_json()))


@pytest.fixture(scope="module")
def widgets(observability: Any) -> dict[str, Any]:
    return {each["properties"]["title"]: each for each in widgets_of(observability.template)}


def test_it_shows_the_alarms_that_call_people(widgets: dict[str, Any], templates: Any) -> None:
    shown = {
        arn.rpartition(":")[2]
        for each in widgets.values()
        if each["type"] == "alarm"
        for arn in each["properties"]["alarms"]
    }
    calling = {
        resource["Properties"]["AlarmName"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
    }
    assert calling
    assert calling <= shown


@pytest.mark.parametrize("services", [0, 1, 50, 51, 500])
def test_no_number_of_services_is_too_many(services: int) -> None:
    """CloudWatch takes 100 alarms in a widget, and 500 widgets of 500 metrics in a dashboard."""
    found = dashboard(services)
    assert len(found) < 500
    alarms = [each["properties"]["alarms"] for each in found if each["type"] == "alarm"]
    assert all(1 <= len(each) <= 100 for each in alarms)
    assert sum(map(len, alarms)) == 1 + 2 * services
    metrics = [each["properties"]["metrics"] for each in found if each["type"] == "metric"]
    assert sum(map(len, metrics)) < 50


def test_it_asks_for_what_is_there_instead_of_naming_services(widgets: dict[str, Any]) -> None:
    graphs = [each for each in widgets.values() if each["type"] == "metric"]
    assert "storefront" not in json.dumps([each["properties"]["metrics"] for each in graphs])
    searched = " ".join(
        metric[0]["expression"]
        for each in graphs
        for metric in each["properties"]["metrics"]
        if len(metric) == 1
    )
    for name in ("CPUUtilization", "MemoryUtilization", "RunningTaskCount", "PendingTaskCount"):
        assert f'MetricName="{name}" ClusterName="shop-local"' in searched


def test_what_is_of_the_whole_account_says_so(widgets: dict[str, Any]) -> None:
    """A load balancer's name is made up by CloudFormation: nothing in it tells the environment."""
    for title, each in widgets.items():
        if "AWS/ApplicationELB" in json.dumps(each):
            assert title.endswith("each load balancer of the account")


def test_room_on_instances_is_drawn_with_its_limits(widgets: dict[str, Any]) -> None:
    needed = widgets["EC2: needed instances, in percent of those there are"]["properties"]
    assert needed["annotations"]["horizontal"][0]["value"] == 100
    there = widgets["EC2: instances"]["properties"]
    assert there["annotations"]["horizontal"][0]["value"] == 4


@pytest.mark.parametrize("services", [1, 120])
def test_rows_fill_the_grid_without_overlapping(services: int) -> None:
    taken: set[tuple[int, int]] = set()
    for each in dashboard(services):
        place = {
            (x, y)
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        }
        assert not taken & place
        assert max(x for x, _ in place) < 24
        taken |= place
