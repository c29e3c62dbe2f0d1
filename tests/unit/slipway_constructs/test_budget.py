"""A budget counts what its environment costs, and may say so."""

from typing import Any

import pytest


@pytest.fixture
def template(synthesise: Any) -> Any:
    return synthesise(add_budget)


def test_the_limit_is_of_a_calendar_month_in_dollars(template: Any) -> None:
    budget = template.only("AWS::Budgets::Budget")["Budget"]
    assert budget["BudgetLimit"] == {"Amount": 900, "Unit": "USD"}
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")


def test_cost_counts_only_with_all_of_the_tags(template: Any) -> None:
    """With one of them alone, all environments of the application would count."""
    budget = template.only("AWS::Budgets::Budget")["Budget"]
    assert budget["FilterExpression"] == {
        "And": [
            {"Tags": {"Key": "slipway:application", "Values": ["shop"]}},
            {"Tags": {"Key": "slipway:environment", "Values": ["prod"]}},
        ]
    }
    # AWS takes either this pair or CostFilters and CostTypes.
    assert budget["Metrics"] == ["UnblendedCost"]
    assert not {"CostFilters", "CostTypes"} & set(budget)


def test_the_topic_is_told_of_what_is_spent_and_of_what_will_be(template: Any) -> None:
    told = template.only("AWS::Budgets::Budget")["NotificationsWithSubscribers"]
    topic = {"Ref": template.only_id("AWS::SNS::Topic")}
    assert [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in told
    ] == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert all(
        each["Subscribers"] == [{"SubscriptionType": "SNS", "Address": topic}] for each in told
    )


def test_budgets_of_this_account_may_publish_to_the_encrypted_topic(template: Any) -> None:
    statements = template.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = [
        each for each in statements if each["Principal"] == {"Service": "budgets.amazonaws.com"}
    ]
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:budgets::111111111111:*"},
    }
    # The library makes one statement of two that differ in who alone.
    principals = [
        each["Principal"] for each in template.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    ]
    services = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    assert {"Service": services} in principals


def test_the_topic_admits_it_before_it_is_made(template: Any) -> None:
    (budget,) = template.of("AWS::Budgets::Budget").values()
    assert template.only_id("AWS::SNS::TopicPolicy") in budget["DependsOn"]


def test_other_thresholds_have_another_name(template: Any, synthesise: Any) -> None:
    """CloudFormation replaces a budget for them, and makes the new one first."""
    other = synthesise(lambda stack: add_budget(stack, actual=[50]))
    names = [
        each.only("AWS::Budgets::Budget")["Budget"]["BudgetName"] for each in (template, other)
    ]
    assert all(name.startswith("shop-prod-") for name in names)
    assert names[0] != names[1]


def add_budget(stack: Any, actual: Any = (80, 100)) -> None:
    from aws_cdk import RemovalPolicy

    from slipway_constructs.budget import MonthlyBudget
    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.notifications import NotificationTopic

    topic = NotificationTopic(
        stack,
        "Topic",
        name="shop-prod-notifications",
        encryption=EncryptionKey(
            stack, "Key", alias="shop/prod", removal_policy=RemovalPolicy.DESTROY
        ),
        publisher="cloudwatch.amazonaws.com",
        sid="Alarms",
        email=[],
    )
    MonthlyBudget(
        stack,
        "Budget",
        name="shop-prod",
        monthly_usd=900,
        tags={"slipway:environment": "prod", "slipway:application": "shop"},
        actual_percent=actual,
        forecast_percent=[100],
        topic=topic,
    )
