"""CodeDeploy's service model, as botocore has it: what a request may say."""

from __future__ import annotations

import functools
from typing import Any

import botocore.loaders
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from slipway.local_aws.codedeploy.errors import CodeDeployError


@functools.cache
def service_model() -> ServiceModel:
    """Read the model."""
    loader = botocore.loaders.create_loader()
    return ServiceModel(loader.load_service_model("codedeploy", "service-2"), "codedeploy")


def require_known_members(operation: str, request: dict[str, Any]) -> None:
    """Refuse members that an operation doesn't know, and values of a wrong type.

    What is missing is the operation's to refuse: it has an error of its own.

    Raises
    ------
    CodeDeployError
        ValidationError, naming the members.
        https://docs.aws.amazon.com/codedeploy/latest/APIReference/CommonErrors.html
    """
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return
    # CloudFormation takes a member away by giving None.
    given = {name: value for name, value in request.items() if value is not None}
    report = ParamValidator().validate(given, shape).generate_report()
    wrong = [line for line in report.splitlines() if not line.startswith("Missing required")]
    if wrong:
        raise CodeDeployError("ValidationError", "; ".join(wrong))
