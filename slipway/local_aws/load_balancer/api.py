"""What MiniStack's Elastic Load Balancing API and its CloudFormation types lack, hooked in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from slipway.local_aws.load_balancer.control import LoadBalancers, PortUnavailableError
from slipway.local_aws.load_balancer.routing import Record, forward_weights
from slipway.local_aws.load_balancer.targets import TargetGroup

Parameters = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Operation = Callable[[Parameters], Response]

_TYPES = "AWS::ElasticLoadBalancingV2::"


def hook_api(load_balancers: LoadBalancers) -> None:
    """Give the API weighted forwards, real addresses and ports, and true target health."""
    from ministack.services import alb

    alb._parse_actions = _with_forward_configs(alb._parse_actions)
    alb._action_xml = _render_forward(alb._action_xml)
    operations: dict[str, Operation] = alb._ACTION_MAP
    operations["CreateLoadBalancer"] = _created_load_balancer(load_balancers, alb)
    operations["DeleteLoadBalancer"] = _deleted_load_balancer(alb)
    operations["CreateListener"] = _port_first(load_balancers, alb, operations["CreateListener"])
    operations["ModifyListener"] = _port_first(load_balancers, alb, operations["ModifyListener"])
    operations["CreateRule"] = _own_priority(alb, operations["CreateRule"])
    operations["RegisterTargets"] = _register_targets(alb)
    operations["DeregisterTargets"] = _deregister_targets(alb)
    operations["DescribeTargetHealth"] = _describe_target_health(load_balancers, alb)
    for name, operation in list(operations.items()):
        if not name.startswith("Describe"):
            operations[name] = _then_reconcile(load_balancers, operation)


def hook_cloudformation(load_balancers: LoadBalancers) -> None:
    """Give the CloudFormation types the same; handlers call each other by their module's names."""
    from ministack.services import alb
    from ministack.services.cloudformation import provisioners

    provisioners._elbv2_listener_actions = _keep_forward_configs(
        provisioners._elbv2_listener_actions
    )
    create_load_balancer = provisioners._elbv2_load_balancer_create
    create_listener = provisioners._elbv2_listener_create
    update_listener = provisioners._elbv2_listener_update
    delete_load_balancer = provisioners._elbv2_load_balancer_delete

    def load_balancer_create(logical_id: str, props: Record, stack_name: str) -> Any:
        arn, attributes = create_load_balancer(logical_id, props, stack_name)
        address = give_address(load_balancers, alb._lbs[arn])
        return arn, {**attributes, "DNSName": address}

    def load_balancer_delete(physical_id: str, props: Record) -> None:
        take_network_interface(physical_id)
        delete_load_balancer(physical_id, props)

    def listener_create(logical_id: str, props: Record, stack_name: str) -> Any:
        load_balancers.reserve(
            props["LoadBalancerArn"], int(props.get("Port", 80)), props.get("Protocol", "HTTP")
        )
        return create_listener(logical_id, props, stack_name)

    def listener_update(
        physical_id: str, old: Record, new: Record, stack_name: str, logical_id: str | None = None
    ) -> Any:
        same_load_balancer = old.get("LoadBalancerArn") == new.get("LoadBalancerArn")
        if same_load_balancer and int(old.get("Port", 80)) != int(new.get("Port", 80)):
            load_balancers.reserve(
                new["LoadBalancerArn"], int(new.get("Port", 80)), new.get("Protocol", "HTTP")
            )
        return update_listener(physical_id, old, new, stack_name, logical_id)

    provisioners._elbv2_load_balancer_create = load_balancer_create
    provisioners._elbv2_load_balancer_delete = load_balancer_delete
    provisioners._elbv2_listener_create = listener_create
    handlers = provisioners._RESOURCE_HANDLERS
    handlers[f"{_TYPES}LoadBalancer"].update(
        create=load_balancer_create, delete=load_balancer_delete
    )
    handlers[f"{_TYPES}Listener"].update(create=listener_create, update=listener_update)
    for name in ("LoadBalancer", "Listener", "ListenerRule", "TargetGroup"):
        for operation in ("create", "update", "delete"):
            handler = handlers[_TYPES + name][operation]
            handlers[_TYPES + name][operation] = _then_reconcile(load_balancers, handler)


def give_address(load_balancers: LoadBalancers, record: Record) -> str:
    """Make a load balancer's address its DNS name, with the network interface that has it."""
    from ministack.services import ec2

    if record["Type"] != "application":
        return str(record["DNSName"])
    address = load_balancers.address_of(record["LoadBalancerArn"])
    record["DNSName"] = address
    subnet_id = next(iter(record["Subnets"]), "")
    subnet = ec2._subnets.get(subnet_id, {})
    record["VpcId"] = subnet.get("VpcId", record["VpcId"])
    _, _, account = record["LoadBalancerArn"].partition("elasticloadbalancing:")
    interface_id = f"eni-{secrets.token_hex(9)[:17]}"
    ec2._network_interfaces[interface_id] = {
        "NetworkInterfaceId": interface_id,
        "SubnetId": subnet_id,
        "VpcId": record["VpcId"],
        "AvailabilityZone": subnet.get("AvailabilityZone", ""),
        "Description": _interface_description(record["LoadBalancerArn"]),
        "OwnerId": account.split(":")[1],
        "Status": "in-use",
        "PrivateIpAddress": address,
        "InterfaceType": "interface",
        "MacAddress": "02:" + ":".join(secrets.token_hex(1) for _ in range(5)),
        "Groups": [
            {
                "GroupId": group,
                "GroupName": ec2._security_groups.get(group, {}).get("GroupName", ""),
            }
            for group in record["SecurityGroups"]
        ],
        "Attachment": None,
    }
    return address


def take_network_interface(load_balancer_arn: str) -> None:
    """Remove the network interface of a load balancer that goes."""
    from ministack.services import ec2

    for interface in ec2._network_interfaces.values():
        if interface["Description"] == _interface_description(load_balancer_arn):
            ec2._network_interfaces.pop(interface["NetworkInterfaceId"], None)


def _interface_description(load_balancer_arn: str) -> str:
    return f"ELB {load_balancer_arn.partition('loadbalancer/')[2]}"


def _then_reconcile(load_balancers: LoadBalancers, operation: Callable[..., Any]) -> Any:
    @wraps(operation)
    def reconciled(*args: Any, **kwargs: Any) -> Any:
        try:
            return operation(*args, **kwargs)
        finally:
            load_balancers.reconcile()

    return reconciled


def _created_load_balancer(load_balancers: LoadBalancers, alb: Any) -> Operation:
    create: Operation = alb._create_lb

    def create_load_balancer(params: Parameters) -> Response:
        response = create(params)
        for record in alb._lbs.values():
            if response[0] == 200 and record["LoadBalancerName"] == alb._p(params, "Name"):
                give_address(load_balancers, record)
                return alb._xml(  # type: ignore[no-any-return]
                    200,
                    "CreateLoadBalancer",
                    f"<LoadBalancers>{alb._lb_xml(record)}</LoadBalancers>",
                )
        return response

    return create_load_balancer


def _deleted_load_balancer(alb: Any) -> Operation:
    delete: Operation = alb._delete_lb

    def delete_load_balancer(params: Parameters) -> Response:
        arn = alb._p(params, "LoadBalancerArn")
        take_network_interface(arn)
        for listener in alb._listeners.values():
            if listener["LoadBalancerArn"] == arn:
                alb._delete_listener({"ListenerArn": listener["ListenerArn"]})
        return delete(params)

    return delete_load_balancer


def _port_first(load_balancers: LoadBalancers, alb: Any, operation: Operation) -> Operation:
    """Open the port before the listener exists: who can't have it gets an error, not a record."""

    def with_port(params: Parameters) -> Response:
        current = alb._listeners.get(alb._p(params, "ListenerArn")) or {}
        load_balancer = current.get("LoadBalancerArn") or alb._p(params, "LoadBalancerArn")
        port = int(alb._p(params, "Port") or current.get("Port", 80))
        protocol = alb._p(params, "Protocol") or current.get("Protocol", "HTTP")
        record = alb._lbs.get(load_balancer)
        changed = (port, protocol) != (current.get("Port"), current.get("Protocol"))
        if record is not None and record["Type"] == "application" and changed:
            try:
                load_balancers.reserve(load_balancer, port, protocol)
            except PortUnavailableError as error:
                return alb._error("DuplicateListener", str(error))  # type: ignore[no-any-return]
        return operation(params)

    return with_port


def _own_priority(alb: Any, operation: Operation) -> Operation:
    def create_rule(params: Parameters) -> Response:
        listener, priority = alb._p(params, "ListenerArn"), alb._p(params, "Priority")
        for rule in alb._rules.values():
            if rule["ListenerArn"] == listener and rule["Priority"] == priority:
                return alb._error(  # type: ignore[no-any-return]
                    "PriorityInUse", f"Priority '{priority}' is currently in use"
                )
        return operation(params)

    return create_rule


def _with_forward_configs(parse: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    from ministack.services import alb

    def parse_actions(params: Parameters, prefix: str = "DefaultActions") -> list[Record]:
        actions = parse(params, prefix)
        for number, action in enumerate(actions, start=1):
            groups: list[Record] = []
            path = f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member"
            while arn := alb._p(params, f"{path}.{len(groups) + 1}.TargetGroupArn"):
                weight = int(alb._p(params, f"{path}.{len(groups) + 1}.Weight") or 1)
                groups.append({"TargetGroupArn": arn, "Weight": weight})
            if groups:
                set_forward(action, groups)
        return actions

    return parse_actions


def _keep_forward_configs(original: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """Keep the weights of a template's forward actions; CloudFormation spells numbers as text."""

    def listener_actions(props: Record, arn: Any, prop: str = "DefaultActions") -> list[Record]:
        actions = original(props, arn, prop)
        for action, declared in zip(actions, props.get(prop) or [], strict=True):
            groups = (declared.get("ForwardConfig") or {}).get("TargetGroups") or []
            if groups:
                set_forward(
                    action,
                    [
                        {
                            "TargetGroupArn": group["TargetGroupArn"],
                            "Weight": int(group.get("Weight", 1)),
                        }
                        for group in groups
                    ],
                )
        return actions

    return listener_actions


def set_forward(action: Record, groups: list[Record]) -> None:
    """Write a forward the way the API describes it: the short spelling where it says it all."""
    action["ForwardConfig"] = {"TargetGroups": groups}
    action.pop("TargetGroupArn", None)
    if len(groups) == 1:
        action["TargetGroupArn"] = groups[0]["TargetGroupArn"]


def _render_forward(render: Callable[[Record], str]) -> Callable[[Record], str]:
    def action_xml(action: Record) -> str:
        xml = render(action)
        if action.get("Type") != "forward":
            return xml
        members = "".join(
            f"<member><TargetGroupArn>{arn}</TargetGroupArn><Weight>{weight}</Weight></member>"
            for arn, weight in forward_weights(action)
        )
        config = (
            f"<ForwardConfig><TargetGroups>{members}</TargetGroups>"
            "<TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig>"
            "</ForwardConfig>"
        )
        return xml.removesuffix("</member>") + config + "</member>"

    return action_xml


def _register_targets(alb: Any) -> Operation:
    def register(params: Parameters) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        registered = alb._targets.setdefault(arn, [])
        known = {_key(target, alb._tgs[arn]) for target in registered}
        for target in alb._parse_targets_param(params):
            if _key(target, alb._tgs[arn]) not in known:
                registered.append(target)
        return alb._empty("RegisterTargets")  # type: ignore[no-any-return]

    return register


def _deregister_targets(alb: Any) -> Operation:
    def deregister(params: Parameters) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        named = alb._parse_targets_param(params)
        exact = {(target["Id"], target["Port"]) for target in named if "Port" in target}
        every_port = {target["Id"] for target in named if "Port" not in target}
        alb._targets[arn] = [
            target
            for target in alb._targets.get(arn, [])
            if _key(target, alb._tgs[arn]) not in exact and target["Id"] not in every_port
        ]
        return alb._empty("DeregisterTargets")  # type: ignore[no-any-return]

    return deregister


def _describe_target_health(load_balancers: LoadBalancers, alb: Any) -> Operation:
    def describe(params: Parameters) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        group = load_balancers.data_plane.target_groups[arn]
        asked = [_key(target, alb._tgs[arn]) for target in alb._parse_targets_param(params)]
        shown = {(target.id, target.port) for target in group.current()}
        members = "".join(_health_xml(group, key) for key in (asked or sorted(shown)))
        return alb._xml(  # type: ignore[no-any-return]
            200,
            "DescribeTargetHealth",
            f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>",
        )

    return describe


def _health_xml(group: TargetGroup, key: tuple[str, int]) -> str:
    target = group.targets.get(key)
    if target is None:
        state, reason, description = "unused", "Target.NotRegistered", "Target is not registered"
    else:
        state, reason, description = group.health_of(target)
    why = f"<Reason>{reason}</Reason><Description>{description}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{key[0]}</Id><Port>{key[1]}</Port>"
        f"<AvailabilityZone>all</AvailabilityZone></Target>"
        f"<HealthCheckPort>{group.check.port or key[1]}</HealthCheckPort>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )


def _key(target: Record, group: Record) -> tuple[str, int]:
    return target["Id"], int(target.get("Port") or group["Port"])


def _no_such_group(alb: Any, arn: str) -> Response:
    return alb._error(  # type: ignore[no-any-return]
        "TargetGroupNotFound", f"Target group '{arn}' not found."
    )
