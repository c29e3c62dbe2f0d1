"""What must stay does: nothing of it is replaced or removed that nobody has acknowledged."""

import copy
import json
from pathlib import Path

import pytest

import stacks.network
from slipway.changes import Acknowledgement, Effect, changes
from slipway_constructs.network import Network

APPLICATION = Path(__file__).resolve().parents[1] / "application"
BITES = pytest.fail.Exception


@pytest.fixture(scope="module")
def before(synthesise_settings, templates_of):
    """The templates of the tests' own application."""
    return templates_of(synthesise_settings(APPLICATION))


@pytest.fixture
def after(before):
    """A copy of them, to change."""
    return copy.deepcopy(before)


def only(template, type_):
    """The first resource of a type: its logical id, and itself."""
    return next((id_, each) for id_, each in template["Resources"].items() if each["Type"] == type_)


def test_nothing_that_must_stay_is_replaced(verdict):
    assert not verdict.open
    assert not verdict.stale


def test_every_acknowledgement_has_a_reason(replacements):
    assert all(len(each.because.split()) >= 5 for each in replacements.entries)


def test_a_renamed_construct_fails(
    before, must_not_take_away, synthesise_settings, templates_of, monkeypatch
):
    def renamed(scope, _id, **arguments):
        return Network(scope, "Renamed", **arguments)

    monkeypatch.setattr(stacks.network, "Network", renamed)
    after = templates_of(synthesise_settings(APPLICATION))
    with pytest.raises(BITES, match=r"shop-local-network: remove .*\(AWS::EC2::VPC\)"):
        must_not_take_away(before, after)


@pytest.mark.parametrize(
    ("stack", "type_", "property_", "value"),
    [
        ("shop-local-network", "AWS::EC2::VPC", "CidrBlock", "10.99.0.0/16"),
        ("shop-local-storefront", "AWS::ElasticLoadBalancingV2::TargetGroup", "Port", 81),
        ("shop-local-storefront", "AWS::Logs::LogGroup", "LogGroupName", "/other"),
        ("shop-local-storefront", "AWS::ElasticLoadBalancingV2::Listener", "LoadBalancerArn", "x"),
        ("shop-local-storefront", "AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", "other"),
        ("shop-local-storefront", "AWS::KMS::Key", "KeySpec", "RSA_2048"),
        ("shop-local-storefront", "AWS::ECS::Service", "ServiceName", "other"),
        ("shop-local-storefront", "AWS::ECS::Service", "DesiredCount", 9),
        ("shop-local-storefront", "AWS::CodeDeploy::DeploymentGroup", "DeploymentGroupName", "x"),
        ("shop-local-cluster", "AWS::ECS::Cluster", "ClusterName", "other"),
        ("shop-local-registry", "AWS::ECR::Repository", "RepositoryName", "other"),
    ],
)
def test_a_change_that_replaces_what_must_stay_fails(
    before, after, must_not_take_away, stack, type_, property_, value
):
    _, resource = only(after[stack], type_)
    resource["Properties"][property_] = value
    with pytest.raises(BITES, match=rf"{stack}: .* \({type_}, .*{property_}"):
        must_not_take_away(before, after)


def test_what_cloudformation_refuses_fails_whatever_it_is_about(before, after, must_not_take_away):
    _, policy = only(after["shop-local-storefront"], "AWS::IAM::ManagedPolicy")
    policy["Type"] = "AWS::IAM::Policy"
    with pytest.raises(BITES, match=r"refuse .*\(AWS::IAM::\w+, Type\): CloudFormation refuses"):
        must_not_take_away(before, after)


def test_a_renamed_construct_whose_fixed_name_is_still_taken_fails(
    before, after, must_not_take_away
):
    resources = after["shop-local-storefront"]["Resources"]
    id_, function = only(after["shop-local-storefront"], "AWS::Lambda::Function")
    assert "FunctionName" in function["Properties"]
    resources["Renamed"] = resources.pop(id_)
    with pytest.raises(BITES, match=r"refuse .*AWS::Lambda::Function"):
        must_not_take_away(before, after)


def test_a_harmless_change_passes(before, after, must_not_take_away):
    for template in after.values():
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            if "Tags" in properties and isinstance(properties["Tags"], list):
                properties["Tags"].append({"Key": "new", "Value": "tag"})
            if resource["Type"] == "AWS::Logs::LogGroup":
                properties["RetentionInDays"] = 7
    assert after != before
    must_not_take_away(before, after)


def test_another_service_passes(before, after, must_not_take_away):
    after["shop-local-pricing"] = copy.deepcopy(after["shop-local-storefront"])
    must_not_take_away(before, after)


def test_a_stack_that_is_no_longer_synthesised_fails(before, after, must_not_take_away):
    del after["shop-local-storefront"]
    with pytest.raises(BITES, match=r"shop-local-storefront: remove the whole stack, with \d+ res"):
        must_not_take_away(before, after)
    gone = Acknowledgement(stack="shop-*-storefront", resource="*", because="nobody calls it")
    must_not_take_away(before, after, [gone])


def test_one_line_tells_a_replacement_and_all_that_follows_from_it(
    before, after, must_not_take_away
):
    id_, vpc = only(after["shop-local-network"], "AWS::EC2::VPC")
    vpc["Properties"]["CidrBlock"] = "10.99.0.0/16"
    with pytest.raises(BITES) as failed:
        must_not_take_away(before, after)
    line, what_to_do = str(failed.value).splitlines()
    assert "everything else stands in it" in line
    assert "replacements.yaml" in what_to_do
    assert "make snapshots" in what_to_do
    moved = changes(before["shop-local-network"], after["shop-local-network"])
    assert sum(each.effect is Effect.REPLACE for each in moved) > 10
    wanted = Acknowledgement(stack="shop-*-network", resource=id_, because="the peer has it too")
    must_not_take_away(before, after, [wanted])


def test_an_acknowledgement_excuses_one_change_once(before, after, must_not_take_away):
    id_, group = only(after["shop-local-storefront"], "AWS::Logs::LogGroup")
    group["Properties"]["LogGroupName"] = "/other"
    used = Acknowledgement(
        stack="shop-local-storefront", resource=id_, because="…", recorded="2026-11-21"
    )
    with pytest.raises(BITES, match="LogGroupName"):
        must_not_take_away(before, after, [used])
    must_not_take_away(before, before, [used])


def test_no_acknowledgement_excuses_all_that_a_stack_holds(before, after, must_not_take_away):
    _, vpc = only(after["shop-local-network"], "AWS::EC2::VPC")
    vpc["Properties"]["CidrBlock"] = "10.99.0.0/16"
    everything = Acknowledgement(stack="shop-local-network", resource="*", because="…")
    with pytest.raises(BITES, match=r"replace .*CidrBlock(.|\n)*excuses nothing"):
        must_not_take_away(before, after, [everything])


def test_an_acknowledgement_that_excuses_nothing_fails(before, after, must_not_take_away):
    stale = Acknowledgement(stack="shop-local-network", resource="Vpc", because="…")
    with pytest.raises(BITES, match=r"the acknowledgement of Vpc .* excuses nothing: remove it"):
        must_not_take_away(before, after, [stale])


def test_recording_makes_history_of_an_acknowledgement(replacements, tmp_path):
    file = tmp_path / "replacements.yaml"
    file.write_text(
        "- {stack: shop-local-network, resource: Vpc, because: The peer has the same addresses}\n"
    )
    entries = type(replacements)(file)
    entries.record(tuple(entries.entries))
    (entry,) = type(replacements)(file).entries
    assert entry.recorded
    assert json.loads(json.dumps(entry.because)) == "The peer has the same addresses"
