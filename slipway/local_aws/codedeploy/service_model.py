"""What a request to CodeDeploy may say."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.service_model import wrong_members


def require_known_members(operation: str, request: dict[str, Any]) -> None:
    """Refuse members that an operation doesn't know, and values of a wrong type.

    What is missing is the operation's to refuse: it has an error of its own.

    Raises
    ------
    CodeDeployError
        ValidationError, naming the members.
        https://docs.aws.amazon.com/codedeploy/latest/APIReference/CommonErrors.html
    """
    lines = wrong_members("codedeploy", operation, request)
    wrong = [line for line in lines if not line.startswith("Missing required")]
    if wrong:
        raise CodeDeployError("ValidationError", "; ".join(wrong))
