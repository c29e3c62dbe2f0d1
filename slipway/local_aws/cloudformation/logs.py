"""``AWS::Logs::QueryDefinition``."""

from __future__ import annotations

from slipway.local_aws import query_definitions
from slipway.local_aws.cloudformation.handlers import (
    Created,
    Properties,
    answer_json,
    camel_case,
    register,
)
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Register the type."""
    register(
        "AWS::Logs::QueryDefinition",
        create=lambda logical_id, new, stack: _put(new),
        update=lambda physical_id, old, new, stack: _put(new, queryDefinitionId=physical_id),
        delete=lambda physical_id, old: _delete(physical_id),
    )


def _put(properties: Properties, **identity: str) -> Created:
    answer = answer_json(query_definitions.put({**camel_case(properties), **identity}))
    return answer["queryDefinitionId"], {"QueryDefinitionId": answer["queryDefinitionId"]}


def _delete(physical_id: str) -> None:
    answer_json(query_definitions.delete({"queryDefinitionId": physical_id}))
