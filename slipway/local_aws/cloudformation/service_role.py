"""The role that CloudFormation works with: a request that names one needs it to be there.

Identity policies decide nothing on this machine, so CloudFormation itself then works as before.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region

from slipway.local_aws.machine import Machine
from slipway.local_aws.roles import RoleNotAssumedError, require_service_trust

_SERVICE = "cloudformation.amazonaws.com"
_OPERATIONS = (
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CreateChangeSet",
    "ContinueUpdateRollback",
    "RollbackStack",
)

Operation = Callable[[dict[str, Any]], Any]


def install(machine: Machine) -> None:
    """Refuse a role that does not exist, or does not trust CloudFormation."""
    from ministack.services.cloudformation import handlers

    for name in _OPERATIONS:
        handlers._ACTION_HANDLERS[name] = _checked(handlers._ACTION_HANDLERS[name])


def _checked(operation: Operation) -> Operation:
    from ministack.services.cloudformation import helpers

    def check_first(params: dict[str, Any]) -> Any:
        role, stack = helpers._p(params, "RoleARN"), helpers._p(params, "StackName")
        if role:
            arn = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/{stack}"
            try:
                require_service_trust(role, _SERVICE, source_arn=arn)
            except RoleNotAssumedError as error:
                message = f"Role {role} is invalid or cannot be assumed: {error}"
                return helpers._error("ValidationError", message)
        return operation(params)

    return check_first
