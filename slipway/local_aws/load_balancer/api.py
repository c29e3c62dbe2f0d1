"""What MiniStack's Elastic Load Balancing API and its CloudFormation types lack, hooked in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from slipway.local_aws.load_balancer import network_interfaces
from slipway.local_aws.load_balancer.actions import (
    keep_forward_configs,
    render_forward,
    with_forward_configs,
)
from slipway.local_aws.load_balancer.control import LoadBalancers
from slipway.local_aws.load_balancer.registration import (
    deregister_targets,
    describe_target_health,
    register_targets,
)
from slipway.local_aws.load_balancer.routing import Record
from slipway.local_aws.load_balancer.security_policies import DEFAULT_POLICY
from slipway.local_aws.load_balancer.sockets import ListenerRefusedError

Parameters = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Operation = Callable[[Parameters], Response]

_TYPES = "AWS::ElasticLoadBalancingV2::"


def hook_api(load_balancers: LoadBalancers) -> None:
    """Give the API weighted forwards, real addresses and ports, and true target health."""
    from ministack.services import alb

    alb._parse_actions = with_forward_configs(alb._parse_actions)
    alb._action_xml = render_forward(alb._action_xml)
    operations: dict[str, Operation] = alb._ACTION_MAP
    operations["CreateLoadBalancer"] = _created_load_balancer(load_balancers, alb)
    operations["DeleteLoadBalancer"] = _deleted_load_balancer(alb)
    operations["CreateListener"] = _port_first(load_balancers, alb, operations["CreateListener"])
    operations["ModifyListener"] = _port_first(load_balancers, alb, operations["ModifyListener"])
    operations["CreateRule"] = _own_priority(alb, operations["CreateRule"])
    operations["RegisterTargets"] = register_targets(alb)
    operations["DeregisterTargets"] = deregister_targets(alb)
    operations["DescribeTargetHealth"] = describe_target_health(
        alb, load_balancers.data_plane.target_groups
    )
    network_interfaces.hook_filters()
    for name, operation in list(operations.items()):
        if not name.startswith("Describe"):
            operations[name] = _then_reconcile(load_balancers, operation)


def hook_cloudformation(load_balancers: LoadBalancers) -> None:
    """Give the CloudFormation types the same; handlers call each other by their module's names."""
    from ministack.services import alb
    from ministack.services.cloudformation import provisioners

    provisioners._elbv2_listener_actions = keep_forward_configs(
        provisioners._elbv2_listener_actions
    )
    create_load_balancer = provisioners._elbv2_load_balancer_create
    create_listener = provisioners._elbv2_listener_create
    update_listener = provisioners._elbv2_listener_update
    delete_load_balancer = provisioners._elbv2_load_balancer_delete

    def load_balancer_create(logical_id: str, props: Record, stack_name: str) -> Any:
        arn, attributes = create_load_balancer(logical_id, props, stack_name)
        _give_address(load_balancers, alb._lbs[arn])
        return arn, {**attributes, "DNSName": alb._lbs[arn]["DNSName"]}

    def load_balancer_delete(physical_id: str, props: Record) -> None:
        if refusal := _refusal_to_delete(alb, physical_id):
            raise RuntimeError(refusal)
        network_interfaces.remove(physical_id)
        delete_load_balancer(physical_id, props)

    def listener_create(logical_id: str, props: Record, stack_name: str) -> Any:
        _require_servable(load_balancers, props)
        _reserve(load_balancers, props)
        return create_listener(logical_id, props, stack_name)

    def listener_update(
        physical_id: str, old: Record, new: Record, stack_name: str, logical_id: str | None = None
    ) -> Any:
        _require_servable(load_balancers, new)
        same_load_balancer = old.get("LoadBalancerArn") == new.get("LoadBalancerArn")
        if same_load_balancer and int(old.get("Port", 80)) != int(new.get("Port", 80)):
            _reserve(load_balancers, new)
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


def _reserve(load_balancers: LoadBalancers, props: Record) -> None:
    kinds = {str(action.get("Type", "")).lower() for action in props.get("DefaultActions") or []}
    load_balancers.reserve(
        props["LoadBalancerArn"],
        int(props.get("Port", 80)),
        only_redirects=kinds == {"redirect"},
    )


def _require_servable(load_balancers: LoadBalancers, props: Record) -> None:
    certificates = [entry["CertificateArn"] for entry in props.get("Certificates") or []]
    load_balancers.require_servable(
        props["LoadBalancerArn"],
        props.get("Protocol", "HTTP"),
        props.get("SslPolicy", DEFAULT_POLICY),
        certificates,
    )


def _give_address(load_balancers: LoadBalancers, record: Record) -> None:
    """Make a load balancer's address its DNS name; only application load balancers have one."""
    if record["Type"] == "application":
        record["DNSName"] = load_balancers.address_of(record["LoadBalancerArn"])
        network_interfaces.add(record, record["DNSName"])


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
                _give_address(load_balancers, record)
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
        if refusal := _refusal_to_delete(alb, arn):
            return alb._error("OperationNotPermitted", refusal)  # type: ignore[no-any-return]
        network_interfaces.remove(arn)
        for listener in alb._listeners.values():
            if listener["LoadBalancerArn"] == arn:
                alb._delete_listener({"ListenerArn": listener["ListenerArn"]})
        return delete(params)

    return delete_load_balancer


def _refusal_to_delete(alb: Any, arn: str) -> str | None:
    """Say why a load balancer can't be deleted, if it can't.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
    """
    protected = {"Key": "deletion_protection.enabled", "Value": "true"}
    if protected in alb._lb_attrs.get(arn, ()):
        return f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
    return None


def _port_first(load_balancers: LoadBalancers, alb: Any, operation: Operation) -> Operation:
    """Open the port before the listener exists: who can't be served gets an error, no record."""

    def with_port(params: Parameters) -> Response:
        current = alb._listeners.get(alb._p(params, "ListenerArn")) or {}
        load_balancer = current.get("LoadBalancerArn") or alb._p(params, "LoadBalancerArn")
        port = int(alb._p(params, "Port") or current.get("Port", 80))
        protocol = alb._p(params, "Protocol") or current.get("Protocol", "HTTP")
        policy = alb._p(params, "SslPolicy") or current.get("SslPolicy") or DEFAULT_POLICY
        certificates = alb._parse_certificate_arns(params) or current.get("Certificates", [])
        record = alb._lbs.get(load_balancer)
        if record is not None and record["Type"] == "application":
            try:
                load_balancers.require_servable(load_balancer, protocol, policy, certificates)
                if port != current.get("Port"):
                    kind = alb._p(params, "DefaultActions.member.1.Type")
                    load_balancers.reserve(load_balancer, port, only_redirects=kind == "redirect")
            except ListenerRefusedError as error:
                return alb._error(error.code, str(error))  # type: ignore[no-any-return]
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
