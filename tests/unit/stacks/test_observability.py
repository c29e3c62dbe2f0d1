"""The Observability stack: how an environment calls people."""

import json
from typing import Any


def test_an_environment_has_one_topic_that_its_alarms_know_by_name(
    observability: Any, storefront: Any
) -> None:
    topic = observability.only("AWS::SNS::Topic")["TopicName"]
    alarms = storefront.each("AWS::CloudWatch::CompositeAlarm")
    assert alarms
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
