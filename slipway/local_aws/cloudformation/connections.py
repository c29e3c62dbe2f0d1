"""``AWS::CodeConnections::Connection`` and ``AWS::CodeStarNotifications::NotificationRule``."""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region

from slipway.local_aws.cloudformation.handlers import Created, Properties, changed, register
from slipway.local_aws.codepipeline.events import notifications
from slipway.local_aws.connections import Connections
from slipway.local_aws.connections import service as connections
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Register the types."""
    held, rules = connections(machine), notifications.service(machine)
    register(
        "AWS::CodeConnections::Connection",
        create=lambda _, new, stack: _create_connection(held, new),
        update=lambda arn, old, new, stack: _update_connection(held, arn, old, new),
        delete=lambda arn, _: held.delete(arn),
    )
    register(
        "AWS::CodeStarNotifications::NotificationRule",
        create=lambda _, new, stack: (rules.create(get_account_id(), get_region(), new), {}),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codestarnotifications-notificationrule.html
        update=lambda arn, old, new, stack: (
            rules.create(get_account_id(), get_region(), new)
            if changed(old, new, "Resource")
            else rules.update(arn, new),
            {},
        ),
        delete=lambda arn, _: rules.delete(arn),
    )


def _create_connection(held: Connections, new: Properties) -> Created:
    if new.get("HostArn"):
        raise ValueError("A connection with a HostArn is not carried out on this machine")
    made = held.create(
        get_account_id(), get_region(), new["ConnectionName"], new.get("ProviderType", "")
    )
    return made.arn, {
        "ConnectionArn": made.arn,
        "ConnectionStatus": made.status,
        "OwnerAccountId": made.account,
    }


def _update_connection(held: Connections, arn: str, old: Properties, new: Properties) -> Created:
    found = held.find(arn)
    # Every property but the tags replaces a connection.
    if found is None or changed(old, new, "ConnectionName", "ProviderType", "HostArn"):
        return _create_connection(held, new)
    return arn, {
        "ConnectionArn": arn,
        "ConnectionStatus": found.status,
        "OwnerAccountId": found.account,
    }
