"""How an environment calls people, and what it shows of each service."""

import json
from typing import Any


def test_each_service_has_its_dashboard_and_queries_in_its_own_stack(changed: Any) -> None:
    """In one stack for all of them, a hundred services would be too many resources."""
    for service in ("api", "site", "storefront"):
        template = changed[f"shop-local-{service}"]
        dashboard = template.only("AWS::CloudWatch::Dashboard")
        assert dashboard["DashboardName"] == f"shop-local-{service}"
        assert len(template.of("AWS::Logs::QueryDefinition")) == 4
    assert not changed["shop-local-observability"].of("AWS::CloudWatch::Dashboard")


def test_an_environment_has_one_topic_that_its_alarms_know_by_name(
    observability: Any, storefront: Any
) -> None:
    topic = observability.only("AWS::SNS::Topic")["TopicName"]
    alarms = storefront.each("AWS::CloudWatch::Alarm")
    assert {alarm["AlarmActions"][0].rpartition(":")[2] for alarm in alarms} == {topic}


def test_the_topic_is_there_before_the_alarms_that_name_it(changed_assembly: Any) -> None:
    (stage,) = [nested.nested_assembly for nested in changed_assembly.nested_assemblies]
    waits_for = {
        stack.stack_name: {
            each.stack_name for each in stack.dependencies if hasattr(each, "stack_name")
        }
        for stack in stage.stacks
    }
    assert waits_for["shop-local-observability"] == set()
    for service in ("api", "site", "storefront"):
        assert "shop-local-observability" in waits_for[f"shop-local-{service}"]


def test_nothing_imports_from_it(changed: Any) -> None:
    """CloudFormation refuses to change what another stack imports."""
    for template in changed.values():
        assert "shop-local-observability:" not in json.dumps(template.template)
