"""The picture of a release tells what its template says, event by event."""

import copy
from dataclasses import replace

import pytest

from slipway.diagram import release, story

GROUP = "AWS::CodeDeploy::DeploymentGroup"


def changed(stacks, type_, change):
    """The stacks, with a change made to the storefront's resources of a type."""
    found = []
    for stack in stacks:
        template = copy.deepcopy(stack.template)
        if stack.name.endswith("-storefront"):
            for resource in template["Resources"].values():
                if resource["Type"] == type_:
                    change(resource["Properties"])
        found.append(replace(stack, template=template))
    return found


def resources(stacks, type_):
    return {
        f"{stack.name} {id_}": resource["Properties"]
        for stack in stacks
        if stack.name.endswith("-storefront")
        for id_, resource in stack.template["Resources"].items()
        if resource["Type"] == type_
    }


@pytest.fixture(scope="module")
def draw(read):
    return lambda stacks: read(release.draw(stacks, "storefront", "A release"))


@pytest.fixture(scope="module")
def picture(production, draw):
    return draw(production)


def hooks(stacks):
    return {
        source: properties["Environment"]["Variables"]["LIFECYCLE_EVENT"]
        for source, properties in resources(stacks, "AWS::Lambda::Function").items()
        if "LIFECYCLE_EVENT" in properties.get("Environment", {}).get("Variables", {})
    }


def test_every_hook_target_group_listener_rule_and_alarm_is_in_the_picture(production, picture):
    wanted = {*hooks(production)}
    for type_ in (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::CodeDeploy::DeploymentConfig",
        "Custom::TrafficRule",
        GROUP,
    ):
        wanted |= {*resources(production, type_)}
    (group,) = resources(production, GROUP).values()
    stack = next(each.name for each in production if each.name.endswith("-storefront"))
    wanted |= {f"{stack} {a['Name']['Ref']}" for a in group["AlarmConfiguration"]["Alarms"]}
    assert len(wanted) > 15
    assert wanted <= picture.sources
    assert {*hooks(production).values()} <= {*picture.words}


def test_nothing_is_in_the_picture_that_is_in_no_template(production, picture):
    assert picture.sources <= {
        f"{stack.name} {id_}" for stack in production for id_ in stack.template["Resources"]
    }


def test_a_hook_that_leaves_its_template_leaves_the_picture(production, draw, without):
    for source, event in hooks(production).items():
        fewer = draw(without(production, *source.split()))
        assert source not in fewer.sources
        assert event not in fewer.words


def test_an_alarm_that_leaves_the_group_leaves_the_picture(production, draw):
    (group,) = resources(production, GROUP).values()
    stack = next(each.name for each in production if each.name.endswith("-storefront"))
    for number, alarm in enumerate(group["AlarmConfiguration"]["Alarms"]):
        fewer = changed(
            production, GROUP, lambda p, n=number: p["AlarmConfiguration"]["Alarms"].pop(n)
        )
        assert f"{stack} {alarm['Name']['Ref']}" not in draw(fewer).sources


def test_checks_are_told_at_their_events(production):
    found = story.read(production, "storefront")
    told = {event.name: event.lines for event in found.events if event.hook}
    assert any(told.values()), "the hooks' checks were not found beside their code"


def test_without_the_hooks_code_nothing_is_said_of_checks(production):
    bare = [replace(each, file=None) for each in production]
    found = story.read(bare, "storefront")
    assert not any(event.lines for event in found.events if event.hook)


@pytest.mark.parametrize(
    ("routing", "label", "steps"),
    [
        (
            {"TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 7}},
            "canary, 20 % for 7 min",
            [(20, 420), (100, 0)],
        ),
        (
            {"TimeBasedLinear": {"LinearPercentage": 40, "LinearInterval": 2}},
            "linear, 40 % every 2 min",
            [(40, 120), (80, 120), (100, 0)],
        ),
        ({"Type": "AllAtOnce"}, "all at once", [(100, 0)]),
    ],
)
def test_traffic_moves_as_configured(production, draw, routing, label, steps):
    stacks = changed(
        production,
        "AWS::CodeDeploy::DeploymentConfig",
        lambda p: p.update(TrafficRoutingConfig=routing),
    )
    found = story.read(stacks, "storefront")
    assert [(step.percent, step.wait_seconds) for step in found.steps] == steps
    assert label in draw(stacks).words


@pytest.mark.parametrize(
    ("name", "percents"),
    [
        ("CodeDeployDefault.ECSCanary10Percent15Minutes", [10, 100]),
        ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", [*range(10, 101, 10)]),
        ("CodeDeployDefault.ECSAllAtOnce", [100]),
    ],
)
def test_configurations_of_aws_are_known(production, name, percents):
    stacks = changed(production, GROUP, lambda p: p.update(DeploymentConfigName=name))
    found = story.read(stacks, "storefront")
    assert [step.percent for step in found.steps] == percents


def test_a_long_shift_is_shortened_but_draws_every_step(production, draw):
    name = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"
    words = draw(changed(production, GROUP, lambda p: p.update(DeploymentConfigName=name))).words
    assert "40 to 80 % to green, then wait 1 min each time" in words


def test_an_approval_is_a_wait_before_the_shift(production, draw, picture):
    ready = {"ActionOnTimeout": "STOP_DEPLOYMENT", "WaitTimeInMinutes": 120}
    stacks = changed(
        production,
        GROUP,
        lambda p: p["BlueGreenDeploymentConfiguration"].update(DeploymentReadyOption=ready),
    )
    words = draw(stacks).words
    assert "Approval" not in picture.words
    assert words.index("AfterAllowTestTraffic") < words.index("Approval")
    assert words.index("Approval") < words.index("BeforeAllowTraffic")
    assert "somebody lets it go on, within 2 h" in words


def test_the_termination_wait_is_told(production, draw):
    ends = {"Action": "TERMINATE", "TerminationWaitTimeInMinutes": 90}
    stacks = changed(
        production,
        GROUP,
        lambda p: p["BlueGreenDeploymentConfiguration"].update(
            TerminateBlueInstancesOnDeploymentSuccess=ends
        ),
    )
    assert "blue stays for 90 min, and can come back" in draw(stacks).words


def test_what_rolls_back_is_told_as_configured(production, draw):
    only = {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]}
    stacks = changed(production, GROUP, lambda p: p.update(AutoRollbackConfiguration=only))
    assert "Back to blue when a hook or a step fails" in draw(stacks).words


def test_an_unknown_service_is_said(production):
    with pytest.raises(LookupError, match="no stack releases nowhere"):
        release.draw(production, "nowhere", "A release")
