"""What people look at, for each service."""

from typing import Any


def test_each_service_has_its_dashboard_and_queries_in_its_own_stack(changed: Any) -> None:
    """In one stack for all of them, a hundred services would be too many resources."""
    for service in ("api", "site", "storefront"):
        template = changed[f"shop-local-{service}"]
        dashboard = template.only("AWS::CloudWatch::Dashboard")
        assert dashboard["DashboardName"] == f"shop-local-{service}"
        assert len(template.of("AWS::Logs::QueryDefinition")) == 4
    names = [
        each["DashboardName"]
        for each in changed["shop-local-observability"].each("AWS::CloudWatch::Dashboard")
    ]
    assert names == ["shop-local"], "of the environment, and no other"
