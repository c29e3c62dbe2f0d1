"""The outputs of a service's stack: what a release reads of it, and nothing else."""

from typing import Any

from slipway.release.target import CapacityProvider, Network, Target


class Recorded(dict[str, str]):
    """A mapping that remembers which of its keys were asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.read.add(key)
        return super().__getitem__(key)


def resolved_outputs(template: dict[str, Any]) -> dict[str, str]:
    """Give the outputs as CloudFormation would, with each reference standing for itself."""

    def resolve(value: Any) -> str:
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            separator, parts = argument
            return separator.join(resolve(part) for part in parts)
        return f"{function}:{argument if isinstance(argument, str) else '.'.join(argument)}"

    return {key: resolve(output["Value"]) for key, output in template["Outputs"].items()}


def test_the_outputs_are_exactly_what_a_release_reads(storefront: Any) -> None:
    outputs = Recorded(resolved_outputs(storefront.template))
    Target.from_outputs(outputs)
    # What another stack imports is an output too.
    own = {key for key, output in storefront.template["Outputs"].items() if "Export" not in output}
    assert outputs.read == own


def test_a_release_reads_the_whole_target_from_the_outputs(
    storefront: Any, release_alarms: Any
) -> None:
    outputs = resolved_outputs(storefront.template)
    target = Target.from_outputs(outputs)
    balancer = storefront.only_id("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert (target.cluster, target.service) == ("shop-local", "storefront")
    assert (target.application, target.deployment_group) == (
        "shop-local-storefront",
        "storefront",
    )
    assert target.revision == f"Ref:{storefront.only_id('AWS::ECS::TaskDefinition')}"
    assert target.address == f"Fn::GetAtt:{balancer}.DNSName"
    assert (target.port, target.test_port) == (8080, 9000)
    assert (target.container, target.container_port) == ("storefront", 8080)
    assert target.capacity_provider_strategy == (
        CapacityProvider(name="FARGATE", base=1, weight=1),
    )
    assert target.platform_version == "1.4.0"
    blue, green = (target.target_groups[color] for color in ("blue", "green"))
    assert {blue, green} == {
        f"Fn::GetAtt:{id_}.TargetGroupName"
        for id_ in storefront.of("AWS::ElasticLoadBalancingV2::TargetGroup")
    }
    assert "Blue" in blue
    assert target.network == Network(
        subnets=target.network.subnets,
        security_groups=target.network.security_groups,
        assign_public_ip="DISABLED",
    )
    assert [subnet.count("PrivateSubnet") for subnet in target.network.subnets] == [1, 1, 1]
    (group,) = target.network.security_groups
    assert "BlueGreenSecurityGroup" in group
    assert set(target.alarms) == {alarm["AlarmName"] for alarm in release_alarms.values()}
    assert set(target.hooks.values()) <= {
        function["FunctionName"] for function in storefront.each("AWS::Lambda::Function")
    }
    assert len(target.hooks) == 5


def test_the_next_release_takes_today_s_settings(changed: Any) -> None:
    target = Target.from_outputs(resolved_outputs(changed["shop-local-storefront"].template))
    assert target.capacity_provider_strategy == (
        CapacityProvider(name="FARGATE_SPOT", base=2, weight=3),
    )
    assert len(target.network.subnets) == 4
