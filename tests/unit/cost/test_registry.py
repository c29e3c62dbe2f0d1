"""Every type has a price, or a line that says why it has none."""

import pytest

from slipway.cost import assumptions, estimate, price_table
from slipway.cost.registry import FREE, PRICED


@pytest.fixture
def estimated(inventory):
    return lambda resources: estimate(
        "it", inventory(resources), price_table("eu-west-1"), assumptions()
    )


def test_no_type_is_priced_and_free() -> None:
    assert not PRICED.keys() & FREE.keys()


def test_a_type_that_nobody_knows_is_told_and_not_dropped(estimated) -> None:
    (told,) = estimated({"It": ("Quantum::Computer", {})}).unpriced
    assert (told.type, told.known, told.resources) == ("AWS::Quantum::Computer", False, 1)
    assert "registry.py" in told.reason


def test_a_price_that_a_table_lacks_is_told(estimated) -> None:
    found = estimated(
        {
            "Group": (
                "AutoScaling::AutoScalingGroup",
                {
                    "MinSize": "1",
                    "MaxSize": "1",
                    "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}},
                },
            ),
            "Template": ("EC2::LaunchTemplate", {"LaunchTemplateData": {"InstanceType": "x9.big"}}),
        }
    )
    assert not found.lines
    unknown = [each for each in found.unpriced if not each.known]
    assert [each.reason for each in unknown] == [
        "the prices have no ec2.x9.big.hour, which x9.big On-Demand need"
    ]


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("ElasticLoadBalancingV2::LoadBalancer", {"Type": "network"}),
        ("CodePipeline::Pipeline", {"PipelineType": "V1", "Stages": []}),
        ("CodeBuild::Project", {"Environment": {"Type": "ARM_CONTAINER"}}),
        ("ECS::Service", {"TaskDefinition": "another"}),
        ("ECR::RegistryScanningConfiguration", {"ScanType": "ENHANCED"}),
        ("ECR::PullThroughCacheRule", {}),
        ("ECR::SigningConfiguration", {}),
    ],
)
def test_what_is_not_priced_is_unknown_and_not_free(estimated, type_, properties) -> None:
    (told,) = estimated({"It": (type_, properties)}).unpriced
    assert not told.known


@pytest.mark.parametrize(
    ("type_", "properties", "counted", "quantity"),
    [
        ("Synthetics::Canary", {"Schedule": {"Expression": "rate(1 minute)"}}, "runs of", 43800),
        ("Synthetics::Canary", {}, "runs of canaries", 8760),
        ("Synthetics::Canary", {"RunConfig": {"MemoryInMB": 1024}}, "run time", 8760 * 20),
        ("Logs::MetricFilter", {"MetricTransformations": [{}]}, "metrics from logs", 1),
        ("CloudWatch::Alarm", {"Period": 10}, "metrics of alarms of high resolution", 1),
        ("KMS::Key", {}, "keys", 1),
        ("EC2::VPCEndpoint", {"VpcEndpointType": "Interface", "SubnetIds": [1, 2]}, "interf", 1460),
    ],
)
def test_what_templates_may_come_to_have(estimated, type_, properties, counted, quantity) -> None:
    lines = estimated({"It": (type_, properties)}).lines
    (line,) = [each for each in lines if each.counted.startswith(counted)]
    assert line.quantity_high == quantity


def traced(**variables):
    environment = [{"Name": name, "Value": value} for name, value in variables.items()]
    containers = [{"Image": "service", "Environment": environment}, {"Image": "aws-otel-collector"}]
    return {"It": ("ECS::TaskDefinition", {"ContainerDefinitions": containers})}


def test_traces_are_counted_where_tasks_carry_a_collector(estimated) -> None:
    (line,) = estimated(traced()).lines
    assert line.counted == "traces"


def test_as_many_traces_are_counted_as_the_service_is_told_to_make(estimated) -> None:
    (line,) = estimated(traced(OTEL_TRACES_SAMPLER_ARG="0.5")).lines
    assert line.quantity_low == 3600 * 730 / 2
