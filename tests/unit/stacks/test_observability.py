"""The Observability stack looks at the services' stacks; nothing points back at it."""

import json
import re
from typing import Any


def test_each_service_has_a_dashboard(changed: Any) -> None:
    dashboards = changed["shop-local-observability"].each("AWS::CloudWatch::Dashboard")
    assert [each["DashboardName"] for each in dashboards] == [
        "shop-local-api",
        "shop-local-site",
        "shop-local-storefront",
    ]


def test_an_environment_has_one_topic_that_its_alarms_know_by_name(
    observability: Any, storefront: Any
) -> None:
    topic = observability.only("AWS::SNS::Topic")["TopicName"]
    alarms = storefront.each("AWS::CloudWatch::Alarm")
    assert {alarm["AlarmActions"][0].rpartition(":")[2] for alarm in alarms} == {topic}


def test_it_is_deployed_after_the_services_and_no_service_waits_for_it(
    changed_assembly: Any,
) -> None:
    (stage,) = [nested.nested_assembly for nested in changed_assembly.nested_assemblies]
    waits_for = {
        stack.stack_name: {
            each.stack_name for each in stack.dependencies if hasattr(each, "stack_name")
        }
        for stack in stage.stacks
    }
    assert waits_for["shop-local-observability"] == {
        # Whose load balancer is shared.
        "shop-local-network",
        "shop-local-api",
        "shop-local-site",
        "shop-local-storefront",
    }
    assert not [name for name, others in waits_for.items() if "shop-local-observability" in others]


def test_it_imports_nothing_but_the_names_in_the_load_balancer_s_metrics(
    observability: Any,
) -> None:
    """CloudFormation refuses to change what another stack imports: less of it is better."""
    imports = re.findall(r'"Fn::ImportValue": "([^"]+)"', json.dumps(observability.template))
    assert imports
    for name in imports:
        assert re.search("(LoadBalancer|TargetGroup)FullName[0-9A-F]{8}$", name), name
