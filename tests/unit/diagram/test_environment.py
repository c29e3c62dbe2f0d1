"""The picture of an environment shows what its templates hold, and nothing else."""

import copy
import re
from dataclasses import replace
from itertools import combinations

import pytest

from slipway.diagram import environment

SVG = "{http://www.w3.org/2000/svg}"

DRAWN = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::Rule",
    "AWS::Logs::LogGroup",
    "AWS::Route53::RecordSet",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
)


def sources(stacks, *types):
    return {
        f"{stack.name} {id_}"
        for stack in stacks
        for id_, resource in stack.template["Resources"].items()
        if not types or resource["Type"] in types
    }


@pytest.fixture(scope="module")
def picture(production, read):
    return read(environment.draw(production, "shop in prod-eu"))


@pytest.mark.parametrize("kind", DRAWN)
def test_every_resource_that_is_drawn_is_in_the_picture(production, picture, kind):
    wanted = sources(production, kind)
    assert wanted, f"no template has an {kind}"
    assert wanted <= picture.sources


def test_nothing_is_in_the_picture_that_is_in_no_template(production, picture):
    assert picture.sources <= sources(production)


@pytest.mark.parametrize("kind", DRAWN)
def test_what_leaves_its_template_leaves_the_picture(production, read, without, kind):
    for source in sorted(sources(production, kind)):
        fewer = without(production, *source.split())
        assert source not in read(environment.draw(fewer, "shop")).sources


def test_hooks_are_counted(production, picture, read, without):
    functions = sources(production, "AWS::Lambda::Function")
    hook = next(each for each in sorted(functions) if "HooksAfterInstall" in each)
    assert hook in picture.sources
    assert "5 hooks" in picture.words
    fewer = read(environment.draw(without(production, *hook.split()), "shop"))
    assert "4 hooks" in fewer.words
    assert hook not in fewer.sources


def test_a_call_is_a_line_and_goes_with_its_security_group_rule(production, picture, read, without):
    rule = "shop-prod-eu-storefront ToInventory"
    assert rule in picture.sources
    fewer = read(environment.draw(without(production, *rule.split()), "shop"))
    assert rule not in fewer.sources


def test_account_region_and_zones_are_named(picture):
    assert {"account 444444444444", "eu-west-1", "eu-west-1a", "eu-west-1c"} <= {*picture.words}


def test_it_is_told_what_a_service_runs_on(picture):
    assert {"Fargate", "EC2"} & {*picture.words}
    assert any("vCPU" in each for each in picture.words)


def test_the_order_of_stacks_and_resources_changes_nothing(production, picture):
    shuffled = [
        replace(
            each,
            template={
                **each.template,
                "Resources": dict(reversed(each.template["Resources"].items())),
            },
        )
        for each in reversed(production)
    ]
    assert environment.draw(shuffled, "shop in prod-eu") == picture.text


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 16, 30])
def test_blocks_never_overlap_and_stay_inside(with_services, read, count):
    drawn = read(environment.draw(with_services(count), "shop"))
    _, _, width, height = map(float, drawn.root.get("viewBox").split())
    boxes = []
    for group in drawn.root.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        if title is not None and title.text.startswith(("ECS service", "Load balancer")):
            rect = group.find(f"{SVG}rect")
            boxes.append([float(rect.get(each)) for each in ("x", "y", "width", "height")])
    assert len(boxes) == 2 * count
    for x, y, w, h in boxes:
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    for a, b in combinations(boxes, 2):
        apart_across = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
        apart_down = a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        assert apart_across or apart_down


def test_an_environment_without_services_is_a_picture_too(production, read):
    network = [each for each in production if each.name.endswith("-network")]
    drawn = read(environment.draw(network, "shop"))
    assert "VPC" in drawn.words
    assert not any(re.search("clients", word) for word in drawn.words)


def added(stacks, stack, **resources):
    """The stacks, one of them with more resources."""
    return [
        replace(
            each, template={**each.template, "Resources": each.template["Resources"] | resources}
        )
        if each.name == stack
        else each
        for each in stacks
    ]


@pytest.mark.parametrize(
    ("stack", "type_", "properties", "words"),
    [
        (
            "shop-prod-eu-storefront",
            "AWS::Synthetics::Canary",
            {"Schedule": {"Expression": "rate(5 minutes)"}},
            "canary, every 5 minutes",
        ),
        (
            "shop-prod-eu-observability",
            "AWS::Budgets::Budget",
            {"Budget": {"BudgetLimit": {"Amount": 900, "Unit": "USD"}}},
            "budget 900 USD",
        ),
        (
            "shop-prod-eu-releases",
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 day)"},
            "every day",
        ),
    ],
)
def test_who_watches_is_in_the_picture_where_there_is_somebody(
    production, picture, read, stack, type_, properties, words
):
    more = added(production, stack, Watcher={"Type": type_, "Properties": properties})
    drawn = read(environment.draw(more, "shop"))
    assert words not in picture.words
    assert words in drawn.words
    assert f"{stack} Watcher" in drawn.sources


def test_a_container_beside_the_service_is_told(production, read):
    definitions = next(
        {id_: resource}
        for each in production
        if each.name == "shop-prod-eu-storefront"
        for id_, resource in copy.deepcopy(each.template["Resources"]).items()
        if resource["Type"] == "AWS::ECS::TaskDefinition"
    )
    (definition,) = definitions.values()
    definition["Properties"]["ContainerDefinitions"].append({"Name": "collector"})
    more = added(production, "shop-prod-eu-storefront", **definitions)
    assert "with collector" in read(environment.draw(more, "shop")).words
