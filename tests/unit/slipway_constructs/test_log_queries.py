from typing import Any

import pytest


@pytest.fixture(scope="session")
def queries(storefront: Any) -> dict[str, Any]:
    return {
        query["Name"].rpartition("/")[2]: query
        for query in storefront.each("AWS::Logs::QueryDefinition")
    }


def test_each_service_has_its_queries_in_a_folder_of_its_own(changed: Any) -> None:
    for service in ("api", "site", "storefront"):
        template = changed[f"shop-local-{service}"]
        assert {query["Name"] for query in template.each("AWS::Logs::QueryDefinition")} == {
            f"shop/local/{service}/{query}"
            for query in ("errors", "slow-requests", "requests-by-path", "hook-decisions")
        }


@pytest.mark.parametrize("query", ["errors", "slow-requests", "requests-by-path"])
def test_requests_are_asked_for_in_the_service_s_log_group(
    queries: dict[str, Any], storefront: Any, query: str
) -> None:
    assert queries[query]["LogGroupNames"] == ["/shop/local/storefront"]
    groups = {group["LogGroupName"] for group in storefront.each("AWS::Logs::LogGroup")}
    assert set(queries[query]["LogGroupNames"]) <= groups


def test_decisions_are_asked_for_in_the_log_groups_of_all_hooks(
    queries: dict[str, Any], storefront: Any
) -> None:
    hooks = {
        group["LogGroupName"]
        for group in storefront.each("AWS::Logs::LogGroup")
        if "CodeDeployHook_" in group["LogGroupName"]
    }
    assert len(hooks) == 5
    assert set(queries["hook-decisions"]["LogGroupNames"]) == hooks


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("errors", "status >= 500"),
        ("slow-requests", "| sort duration_ms desc"),
        ("requests-by-path", '| filter path = "/"'),
        ("hook-decisions", "| filter ispresent(outcome)"),
    ],
)
def test_a_query_asks_what_its_name_says(queries: dict[str, Any], query: str, part: str) -> None:
    assert part in queries[query]["QueryString"]
    assert "| limit " in queries[query]["QueryString"]
