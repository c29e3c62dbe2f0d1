"""A monthly budget for what carries certain tags."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from slipway_constructs.notifications import NotificationTopic
from slipway_constructs.values import arn

_BUDGETS = "budgets.amazonaws.com"


class MonthlyBudget(Construct):
    """What may be spent in a calendar month on the resources that carry some tags.

    AWS knows the cost by tag once somebody has activated the tag's key for cost allocation, in the
    account that pays; until then the budget stays at nothing.
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html

    Parameters
    ----------
    scope, id_
        Where the budget lives, and its name there.
    name
        What its name begins with: at most 90 characters.
    monthly_usd
        US dollars.
    tags
        All of these tags must be on a resource for its cost to count.
    actual_percent, forecast_percent
        When to tell: so much has been spent, or will have been at the end of the month. Five at
        most in all.
    topic
        Who is told. It has to be in the same account.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        monthly_usd: int,
        tags: Mapping[str, str],
        actual_percent: Sequence[int],
        forecast_percent: Sequence[int],
        topic: NotificationTopic,
    ) -> None:
        super().__init__(scope, id_)
        # https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        topic.admit(
            _BUDGETS, sid="BudgetsOfThisAccount", source=arn(self, "budgets", "*", region="")
        )
        thresholds = [
            *(("ACTUAL", percent) for percent in actual_percent),
            *(("FORECASTED", percent) for percent in forecast_percent),
        ]
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{name}-{_digest(thresholds)}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=monthly_usd, unit="USD"),
                filter_expression=budgets.CfnBudget.ExpressionProperty(
                    and_=[
                        budgets.CfnBudget.ExpressionProperty(
                            tags=budgets.CfnBudget.TagValuesProperty(key=key, values=[value])
                        )
                        for key, value in sorted(tags.items())
                    ]
                ),
                metrics=["UnblendedCost"],
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=type_,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(
                            subscription_type="SNS", address=topic.topic.topic_arn
                        )
                    ],
                )
                for type_, percent in thresholds
            ],
        )
        # It is asked for its consent when the budget is made.
        budget.node.add_dependency(topic.topic.node.find_child("Policy"))


def _digest(thresholds: Sequence[tuple[str, int]]) -> str:
    """Tell budgets apart that CloudFormation replaces by each other.

    It does so for other thresholds, makes the new one first, and names are unique in an account.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html
    """
    return hashlib.sha256(json.dumps(thresholds).encode()).hexdigest()[:8]
