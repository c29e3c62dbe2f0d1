"""What is counted in a service's logs."""

from typing import Any


def test_lines_of_bad_levels_are_counted_by_level(storefront: Any) -> None:
    filter_ = storefront.only("AWS::Logs::MetricFilter")
    levels = ("warning", "error", "critical", "fatal")
    alternatives = " || ".join(f'($.level = "{level}")' for level in levels)
    assert filter_["FilterPattern"] == f"{{ {alternatives} }}"
    (transformation,) = filter_["MetricTransformations"]
    assert transformation["Dimensions"] == [{"Key": "Level", "Value": "$.level"}]
    assert transformation["MetricValue"] == "1"
    # With dimensions CloudWatch Logs refuses a default.
    assert "DefaultValue" not in transformation


def test_the_filter_comes_after_the_log_group_that_it_reads(storefront: Any) -> None:
    group = storefront.only("AWS::Logs::MetricFilter")["LogGroupName"]["Ref"]
    name = storefront.of("AWS::Logs::LogGroup")[group]["Properties"]["LogGroupName"]
    assert name == "/shop/local/storefront"
