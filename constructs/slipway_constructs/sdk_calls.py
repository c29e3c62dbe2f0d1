"""What CloudFormation has no resource for: calls of AWS APIs, made when a stack is deployed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_cdk import RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.findings import acknowledge_each
from slipway_constructs.functions import CLOUDFORMATION, answers_for_function, depend_by_reference
from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import duration

# What the library calls its one function in a stack.
_FUNCTION = f"AWS{custom_resources.AwsCustomResource.PROVIDER_FUNCTION_UUID.replace('-', '')}"


@dataclass(frozen=True, kw_only=True)
class SdkCall:
    """One call, as the SDK for JavaScript names it."""

    service: str
    action: str
    parameters: Mapping[str, Any]

    physical_id: str
    """What the stack knows the call by."""

    but_for: str | None = None
    """The code of an error that is none."""


class SdkCalls(Construct):
    """Calls that are made when the stack is made, and again when they change; nothing undoes them.

    The library's function makes them. A stack has one of it, so all calls of a stack belong into
    one of these.

    Parameters
    ----------
    scope, id_
        Where the calls live, and their name there.
    resource_type
        What they are called in the template.
    calls
        Each call with its name.
    permissions, wildcards
        What they need; see ``ServiceRole``.
    log_group
        Where the function logs.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        resource_type: str,
        calls: Mapping[str, SdkCall],
        permissions: Sequence[Permission],
        wildcards: Mapping[str, str],
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, id_)
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[to_log([log_group]), *permissions],
            wildcards=wildcards,
        )
        for name, call in calls.items():
            custom_resources.AwsCustomResource(
                self,
                name,
                resource_type=resource_type,
                install_latest_aws_sdk=False,
                log_group=log_group,
                memory_size=256,
                role=role,
                timeout=duration(timedelta(minutes=1)),
                removal_policy=RemovalPolicy.RETAIN,
                on_update=custom_resources.AwsSdkCall(
                    service=call.service,
                    action=call.action,
                    parameters=dict(call.parameters),
                    physical_resource_id=custom_resources.PhysicalResourceId.of(call.physical_id),
                    ignore_error_codes_matching=call.but_for,
                ),
            )
        function = Stack.of(self).node.find_child(_FUNCTION)
        acknowledge_each(depend_by_reference(function), answers_for_function(caller=CLOUDFORMATION))
