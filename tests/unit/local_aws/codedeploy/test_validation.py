import math

import pytest

from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.validation import page, time_range


def test_pages_follow_one_another():
    items = [f"d-{number}" for number in range(250)]
    seen, token = [], None
    for _ in range(3):
        answer = page(items, token, "deployments")
        seen += answer["deployments"]
        token = answer.get("nextToken")
    assert seen == items
    assert token is None


def test_page_that_is_just_full_is_the_last_one():
    assert "nextToken" not in page(["d-1"] * 100, None, "deployments")


def test_token_that_nobody_gave_is_refused():
    with pytest.raises(CodeDeployError) as refusal:
        page(["d-1"], "any", "deployments")
    assert refusal.value.code == "InvalidNextTokenException"


def test_time_range_may_be_open_at_both_ends():
    assert time_range({}) == (0.0, math.inf)
    assert time_range({"start": 5}) == (5.0, math.inf)
    assert time_range({"end": 5}) == (0.0, 5.0)
