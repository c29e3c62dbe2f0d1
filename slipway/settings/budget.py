"""What an environment may cost in a month, and when somebody is told."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html
_MOST_NOTIFICATIONS = 5

Threshold = Annotated[int, Field(ge=1, le=1000)]
"""A share of the budget, in percent."""


class Budget(Model):
    """What an environment may cost, by the tags of its resources."""

    monthly_usd: int = Field(ge=1, le=10_000_000)
    """US dollars for each calendar month, before tax."""
    actual: tuple[Threshold, ...] = (80, 100)
    """Percentages: who hears of alarms is told when so much of it has been spent."""
    forecast: tuple[Threshold, ...] = (100,)
    """Percentages: they are told, too, when the month is going to end with so much."""

    @field_validator("actual", "forecast")
    @classmethod
    def _each_once(cls, percentages: tuple[int, ...]) -> tuple[int, ...]:
        for index, percentage in enumerate(percentages):
            if percentage in percentages[:index]:
                raise RuleError(f"must not list {percentage} twice", at=(index,))
        return percentages

    @field_validator("forecast")
    @classmethod
    def _as_many_as_a_budget_takes(
        cls, forecast: tuple[int, ...], info: ValidationInfo
    ) -> tuple[int, ...]:
        actual = info.data.get("actual", ())
        if not 1 <= len(actual) + len(forecast) <= _MOST_NOTIFICATIONS:
            raise RuleError(
                f"must make one to {_MOST_NOTIFICATIONS} percentages together with {{here}}actual: "
                f"a budget takes no more, not {len(actual) + len(forecast)}"
            )
        return forecast
