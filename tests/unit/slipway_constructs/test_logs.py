from datetime import timedelta
from typing import Any

import pytest

from slipway_constructs.logs import retention_days


def test_retention_is_the_setting(storefront: Any, changed: Any) -> None:
    days = {group["RetentionInDays"] for group in storefront.each("AWS::Logs::LogGroup")}
    assert days == {7}
    after = changed["shop-local-storefront"].each("AWS::Logs::LogGroup")
    assert {group["RetentionInDays"] for group in after} == {30}


def test_a_retention_that_aws_does_not_offer_is_refused() -> None:
    with pytest.raises(ValueError, match="offers no retention of 8 days"):
        retention_days(timedelta(days=8))
