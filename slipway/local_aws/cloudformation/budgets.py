"""``AWS::Budgets::Budget``, on MiniStack's budgets: nothing costs anything here."""

from __future__ import annotations

from typing import Any

from ministack.services import budgets

from slipway.local_aws.cloudformation.handlers import (
    Created,
    Properties,
    answer_json,
    changed,
    register,
)
from slipway.local_aws.machine import Machine

_TYPE = "AWS::Budgets::Budget"


def install(machine: Machine) -> None:
    """Register the type."""
    register(
        _TYPE,
        create=lambda logical_id, new, stack: _create(new),
        update=_update,
        delete=lambda physical_id, old: _delete(physical_id),
    )


def _create(properties: Properties) -> Created:
    name = properties["Budget"].get("BudgetName")
    if not name:
        raise ValueError(f"{_TYPE} without a BudgetName is not made on this machine")
    answer_json(budgets._create_budget(_request(properties)))
    return name, {}


def _update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    # Other notifications and another name replace: the new budget comes before the old one goes.
    renamed = new["Budget"].get("BudgetName") != physical_id
    if renamed or changed(old, new, "NotificationsWithSubscribers"):
        return _create(new)
    answer_json(budgets._update_budget({"NewBudget": _request(new)["Budget"]}))
    budgets._tags[budgets._budget_arn(physical_id)] = {
        tag["Key"]: tag["Value"] for tag in new.get("ResourceTags", [])
    }
    return physical_id, {}


def _delete(physical_id: str) -> None:
    budgets._delete_budget({"BudgetName": physical_id})


def _request(properties: Properties) -> dict[str, Any]:
    """Spell amounts and thresholds as the API takes them; templates hold texts or numbers."""
    request = {**properties, "Budget": dict(properties["Budget"])}
    limit = request["Budget"].get("BudgetLimit")
    if limit:
        request["Budget"]["BudgetLimit"] = {**limit, "Amount": str(limit["Amount"])}
    request["NotificationsWithSubscribers"] = [
        {
            **each,
            "Notification": {
                **each["Notification"],
                "Threshold": float(each["Notification"]["Threshold"]),
            },
        }
        for each in properties.get("NotificationsWithSubscribers", [])
    ]
    return request
