"""AWS's service models, as botocore has them: what a request may say."""

from __future__ import annotations

import functools
from typing import Any

import botocore.loaders
from botocore.model import ServiceModel
from botocore.validate import ParamValidator


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Read the model of a service, by the name that boto3 has for it."""
    loader = botocore.loaders.create_loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def wrong_members(service: str, operation: str, request: dict[str, Any]) -> list[str]:
    """Tell which members an operation doesn't know, and which values are of a wrong type.

    What is missing is told too, in lines that begin with ``Missing required``.
    """
    shape = service_model(service).operation_model(operation).input_shape
    if shape is None:
        return []
    # CloudFormation takes a member away by giving None.
    given = {name: value for name, value in request.items() if value is not None}
    report: str = ParamValidator().validate(given, shape).generate_report()
    return report.splitlines()
