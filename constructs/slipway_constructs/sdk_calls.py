"""What CloudFormation has no resource for: calls of AWS APIs, made when a stack is deployed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aws_cdk import RemovalPolicy, custom_resources
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import duration

_MEMORY_MIB = 256


class SdkCalls(Construct):
    """A role for one purpose, and the calls that are made with it.

    The library's function makes them; a stack has one of it for all its calls.

    Parameters
    ----------
    scope, id_
        Where the calls live, and their name there.
    permissions, wildcards
        What the calls need; see ``ServiceRole``.
    log_group
        Where the function logs.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        permissions: Sequence[Permission],
        wildcards: Mapping[str, str],
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, id_)
        self._log_group = log_group
        self._role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[to_log([log_group]), *permissions],
            wildcards=wildcards,
        )

    def add(
        self,
        id_: str,
        *,
        resource_type: str,
        service: str,
        action: str,
        parameters: Mapping[str, Any],
        physical_id: str,
        but_for: str | None = None,
    ) -> None:
        """Make a call when the stack is made, and again when the call changes; undo nothing.

        Parameters
        ----------
        id_, resource_type
            The call's name here, and what it is called in the template.
        service, action, parameters
            The call, as the JavaScript SDK names it.
        physical_id
            What the stack knows it by.
        but_for
            An error that is none.
        """
        custom_resources.AwsCustomResource(
            self,
            id_,
            resource_type=resource_type,
            install_latest_aws_sdk=False,
            log_group=self._log_group,
            memory_size=_MEMORY_MIB,
            role=self._role,
            timeout=duration(timedelta(minutes=1)),
            removal_policy=RemovalPolicy.RETAIN,
            on_update=custom_resources.AwsSdkCall(
                service=service,
                action=action,
                parameters=dict(parameters),
                physical_resource_id=custom_resources.PhysicalResourceId.of(physical_id),
                ignore_error_codes_matching=but_for,
            ),
        )
