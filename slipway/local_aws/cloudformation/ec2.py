"""``AWS::EC2``: EIP, NatGateway, FlowLog, SecurityGroupIngress and SecurityGroupEgress."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import (
    Created,
    Delete,
    Properties,
    answer_text,
    changed,
    register,
)
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Register the types."""
    register(
        "AWS::EC2::EIP", create=_create_eip, update=_update_eip, delete=_delete_eip, tagged=True
    )
    register(
        "AWS::EC2::NatGateway",
        create=_create_nat_gateway,
        update=_update_nat_gateway,
        delete=_delete_nat_gateway,
        tagged=True,
    )
    register(
        "AWS::EC2::FlowLog",
        create=_create_flow_log,
        update=_update_flow_log,
        delete=_delete_flow_log,
        tagged=True,
    )
    _SecurityGroupRules("Ingress").register()
    _SecurityGroupRules("Egress").register()


def _set_tags(resource_id: str, properties: Properties) -> None:
    from ministack.services import ec2

    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in properties.get("Tags") or []]
    if tags:
        ec2._tags[resource_id] = tags
    else:
        ec2._tags.pop(resource_id, None)


def _create_eip(logical_id: str, properties: Properties, stack_name: str) -> Created:
    from ministack.services import ec2

    response = ec2._allocate_address({"Domain": ["vpc"]})
    allocation_id, public_ip = (answer_text(response, tag) for tag in ("allocationId", "publicIp"))
    _set_tags(allocation_id, properties)
    return public_ip, {"AllocationId": allocation_id, "PublicIp": public_ip}


def _update_eip(public_ip: str, old: Properties, new: Properties, stack_name: str) -> Created:
    if changed(old, new, "Domain", "NetworkBorderGroup", "Address"):
        return _create_eip("", new, stack_name)
    allocation_id = _allocation_of(public_ip)
    _set_tags(allocation_id, new)
    return public_ip, {"AllocationId": allocation_id, "PublicIp": public_ip}


def _delete_eip(public_ip: str, properties: Properties) -> None:
    from ministack.services import ec2

    allocation_id = _allocation_of(public_ip)
    for gateway in ec2._nat_gateways.values():
        if gateway["AllocationId"] == allocation_id and gateway["State"] == "available":
            raise ValueError(f"The address {public_ip} is in use by {gateway['NatGatewayId']}")
    ec2._addresses.pop(allocation_id, None)
    ec2._tags.pop(allocation_id, None)


def _allocation_of(public_ip: str) -> str:
    from ministack.services import ec2

    for allocation_id, address in ec2._addresses.items():
        if address["PublicIp"] == public_ip:
            return str(allocation_id)
    return ""


def _create_nat_gateway(logical_id: str, properties: Properties, stack_name: str) -> Created:
    from ministack.services import ec2

    names = ("SubnetId", "AllocationId", "ConnectivityType")
    parameters = {name: [properties[name]] for name in names if properties.get(name)}
    gateway_id = answer_text(ec2._create_nat_gateway(parameters), "natGatewayId")
    _set_tags(gateway_id, properties)
    return gateway_id, {"NatGatewayId": gateway_id}


def _update_nat_gateway(
    gateway_id: str, old: Properties, new: Properties, stack_name: str
) -> Created:
    if changed(old, new, "SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress"):
        return _create_nat_gateway("", new, stack_name)
    _set_tags(gateway_id, new)
    return gateway_id, {"NatGatewayId": gateway_id}


def _delete_nat_gateway(gateway_id: str, properties: Properties) -> None:
    from ministack.services import ec2

    ec2._delete_nat_gateway({"NatGatewayId": [gateway_id]})
    ec2._tags.pop(gateway_id, None)


_FLOW_LOG_PROPERTIES = (
    "ResourceType",
    "TrafficType",
    "LogDestinationType",
    "LogDestination",
    "LogGroupName",
)


def _create_flow_log(logical_id: str, properties: Properties, stack_name: str) -> Created:
    from ministack.services import ec2

    parameters = {"ResourceId.1": [properties["ResourceId"]]} | {
        name: [properties[name]] for name in _FLOW_LOG_PROPERTIES if properties.get(name)
    }
    flow_log_id = answer_text(ec2._create_flow_logs(parameters), "flowLogIdSet")
    _set_tags(flow_log_id, properties)
    return flow_log_id, {"Id": flow_log_id}


def _update_flow_log(
    flow_log_id: str, old: Properties, new: Properties, stack_name: str
) -> Created:
    if {**old, "Tags": None} != {**new, "Tags": None}:
        return _create_flow_log("", new, stack_name)
    _set_tags(flow_log_id, new)
    return flow_log_id, {"Id": flow_log_id}


def _delete_flow_log(flow_log_id: str, properties: Properties) -> None:
    from ministack.services import ec2

    ec2._delete_flow_logs({"FlowLogId.1": [flow_log_id]})


class _SecurityGroupRules:
    """A rule of a security group as a resource of its own, in one direction."""

    def __init__(self, direction: str) -> None:
        self._direction = direction
        self._egress = direction == "Egress"
        self._key = "IpPermissionsEgress" if self._egress else "IpPermissions"

    def register(self) -> None:
        delete: Delete = self._delete
        register(
            f"AWS::EC2::SecurityGroup{self._direction}",
            create=self._create,
            update=self._update,
            delete=delete,
        )

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> Created:
        permissions = self._permissions(properties)
        permission = self._permission(properties)
        rule_id = self._rule_id(properties, permission)
        if any(self._rule_id(properties, existing) == rule_id for existing in permissions):
            raise ValueError(
                f"the specified rule already exists in {properties['GroupId']}: "
                f"{self._direction} {properties.get('IpProtocol')} {properties.get('FromPort')}"
            )
        permissions.append(permission)
        return rule_id, {"Id": rule_id}

    def _update(self, rule_id: str, old: Properties, new: Properties, stack_name: str) -> Created:
        if {**old, "Description": None} != {**new, "Description": None}:
            return self._create("", new, stack_name)
        permissions = self._permissions(new)
        for index, existing in enumerate(permissions):
            if self._rule_id(new, existing) == rule_id:
                permissions[index] = self._permission(new)
        return rule_id, {"Id": rule_id}

    def _delete(self, rule_id: str, properties: Properties) -> None:
        from ministack.services import ec2

        group = ec2._security_groups.get(properties["GroupId"])
        if group is not None:
            group[self._key] = [
                existing
                for existing in group[self._key]
                if self._rule_id(properties, existing) != rule_id
            ]

    def _permissions(self, properties: Properties) -> list[dict[str, Any]]:
        from ministack.services import ec2

        group = ec2._security_groups.get(properties["GroupId"])
        if group is None:
            raise ValueError(f"The security group '{properties['GroupId']}' does not exist")
        permissions: list[dict[str, Any]] = group[self._key]
        return permissions

    def _permission(self, properties: Properties) -> dict[str, Any]:
        from ministack.services.cloudformation import provisioners

        permission: dict[str, Any] = provisioners._ec2_sg_permissions([properties])[0]
        return permission

    def _rule_id(self, properties: Properties, permission: dict[str, Any]) -> str:
        from ministack.services import ec2

        return str(ec2._sg_rule_id(properties["GroupId"], self._egress, permission))
