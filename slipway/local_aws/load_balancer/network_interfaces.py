"""The network interface that shows a load balancer's address in EC2."""

from __future__ import annotations

import secrets
from typing import Any

Record = dict[str, Any]


def description(load_balancer_arn: str) -> str:
    """Return what EC2 calls the interface: ``ELB app/<name>/<id>``."""
    return f"ELB {load_balancer_arn.partition('loadbalancer/')[2]}"


def add(load_balancer: Record, address: str) -> None:
    """Show an address in the first subnet of a load balancer."""
    from ministack.services import ec2

    subnet_id = next(iter(load_balancer["Subnets"]), "")
    subnet = ec2._subnets.get(subnet_id, {})
    load_balancer["VpcId"] = subnet.get("VpcId", load_balancer["VpcId"])
    identifier = f"eni-{secrets.token_hex(9)[:17]}"
    ec2._network_interfaces[identifier] = {
        "NetworkInterfaceId": identifier,
        "SubnetId": subnet_id,
        "VpcId": load_balancer["VpcId"],
        "AvailabilityZone": subnet.get("AvailabilityZone", ""),
        "Description": description(load_balancer["LoadBalancerArn"]),
        "OwnerId": load_balancer["LoadBalancerArn"].split(":")[4],
        "Status": "in-use",
        "PrivateIpAddress": address,
        "InterfaceType": "interface",
        "MacAddress": ":".join(["02", *(secrets.token_hex(1) for _ in range(5))]),
        "Groups": [
            {
                "GroupId": group,
                "GroupName": ec2._security_groups.get(group, {}).get("GroupName", ""),
            }
            for group in load_balancer["SecurityGroups"]
        ],
        "Attachment": None,
    }


def remove(load_balancer_arn: str) -> None:
    """Remove the interface of a load balancer that goes."""
    from ministack.services import ec2

    for interface in ec2._network_interfaces.values():
        if interface["Description"] == description(load_balancer_arn):
            ec2._network_interfaces.pop(interface["NetworkInterfaceId"], None)


def hook_filters() -> None:
    """Have DescribeNetworkInterfaces honour filters; MiniStack returns every interface."""
    from ministack.services import ec2

    attributes = {
        "description": "Description",
        "network-interface-id": "NetworkInterfaceId",
        "private-ip-address": "PrivateIpAddress",
        "status": "Status",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    }
    describe = ec2._describe_network_interfaces

    def describe_filtered(params: Record) -> Any:
        filters = ec2._parse_filters(params)
        asked = set(ec2._parse_member_list(params, "NetworkInterfaceId"))
        found = [
            interface["NetworkInterfaceId"]
            for interface in ec2._network_interfaces.values()
            if (not asked or interface["NetworkInterfaceId"] in asked)
            and all(
                any(ec2._glob_match(value, interface[attributes[name]]) for value in values)
                for name, values in filters.items()
                if name in attributes
            )
        ]
        chosen = {
            f"NetworkInterfaceId.{number}": [identifier]
            for number, identifier in enumerate(found or ["eni-none"], start=1)
        }
        return describe({"Action": params["Action"], **chosen})

    ec2._describe_network_interfaces = describe_filtered
    ec2._ACTION_MAP["DescribeNetworkInterfaces"] = describe_filtered
