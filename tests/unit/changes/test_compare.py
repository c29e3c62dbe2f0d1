"""What becomes of resources when a template changes."""

import pytest

from slipway.changes import changes, changes_of_stacks


def test_the_same_template_changes_nothing(res):
    template = {"Resources": {"Vpc": res("EC2::VPC", CidrBlock="10.0.0.0/16")}}
    assert changes(template, template) == ()


@pytest.mark.parametrize(
    ("type_", "before", "after", "effect"),
    [
        ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.1.0.0/16"}, "replace"),
        ("EC2::VPC", {"InstanceTenancy": "dedicated"}, {}, "may replace"),
        ("EC2::VPC", {"EnableDnsSupport": True}, {"EnableDnsSupport": False}, "update"),
        ("Logs::LogGroup", {"LogGroupName": "a"}, {"LogGroupName": "b"}, "replace"),
        ("Logs::LogGroup", {"RetentionInDays": 1}, {"RetentionInDays": 7}, "update"),
        ("EC2::SecurityGroup", {}, {"SecurityGroupIngress": [{"CidrIp": "::"}]}, "interrupt"),
        ("KMS::Key", {}, {"KeySpec": "RSA_2048"}, "refuse"),
        ("KMS::Key", {"KeyPolicy": {"Id": "a"}}, {"KeyPolicy": {"Id": "b"}}, "update"),
        ("Route53::RecordSet", {"Name": "a."}, {"Name": "b."}, "replace"),
        ("Unheard::Of", {"Size": 1}, {"Size": 2}, "may replace"),
    ],
)
def test_the_property_decides(change_of, res, type_, before, after, effect):
    change = change_of(res(type_, **before), res(type_, **after))
    assert change.effect.value == effect
    assert change.properties


def test_a_create_only_property_that_comes_or_goes_replaces(change_of, res):
    with_it = res("EC2::NatGateway", ConnectivityType="public")
    for before, after in ((with_it, res("EC2::NatGateway")), (res("EC2::NatGateway"), with_it)):
        assert change_of(before, after).effect.value == "replace"


def test_a_property_below_counts_where_the_registry_names_it(change_of, res):
    def provider(**group):
        return res("ECS::CapacityProvider", AutoScalingGroupProvider=group)

    grown = change_of(
        provider(AutoScalingGroupArn="a", ManagedDraining="ENABLED"),
        provider(AutoScalingGroupArn="a"),
    )
    moved = change_of(provider(AutoScalingGroupArn="a"), provider(AutoScalingGroupArn="b"))
    assert (grown.effect.value, moved.effect.value) == ("update", "replace")
    assert moved.properties == ("AutoScalingGroupProvider.AutoScalingGroupArn",)


def test_the_worst_of_several_properties_counts_and_all_are_named(change_of, res):
    change = change_of(
        res("EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True),
        res("EC2::VPC", CidrBlock="10.1.0.0/16", EnableDnsSupport=False),
    )
    assert change.effect.value == "replace"
    assert change.properties == ("CidrBlock", "EnableDnsSupport")


def test_numbers_and_their_text_are_the_same(effects, res):
    before = {"Group": res("ElasticLoadBalancingV2::TargetGroup", Port=80)}
    assert not effects(before, {"Group": res("ElasticLoadBalancingV2::TargetGroup", Port="80")})


def test_metadata_changes_nothing(effects, res):
    before = {"Vpc": res("EC2::VPC", {"Metadata": {"checkov": {}}}, CidrBlock="10.0.0.0/16")}
    assert not effects(before, {"Vpc": res("EC2::VPC", CidrBlock="10.0.0.0/16")})


def test_the_cdk_s_note_of_its_version_is_no_resource(effects, res):
    assert not effects({"CDKMetadata": res("CDK::Metadata", Analytics="v2:abc")}, {})


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ({"Ref": "A"}, {"Ref": "B"}, "replace"),
        ({"Fn::GetAtt": ["A", "Arn"]}, {"Fn::GetAtt": ["B", "Arn"]}, "replace"),
        ("eu-west-1", {"Ref": "AWS::Region"}, "may replace"),
        ({"Fn::ImportValue": "a"}, {"Fn::ImportValue": "b"}, "may replace"),
        (
            {"Fn::Join": ["", ["a", {"Ref": "A"}]]},
            {"Fn::Join": ["", ["b", {"Ref": "A"}]]},
            "replace",
        ),
        ({"Fn::Join": ["", ["a", "b"]]}, "ab", "may replace"),
    ],
)
def test_what_only_cloudformation_can_work_out_may_replace(change_of, res, before, after, effect):
    change = change_of(res("EC2::RouteTable", VpcId=before), res("EC2::RouteTable", VpcId=after))
    assert change.effect.value == effect


def network(res, cidr):
    return {
        "Vpc": res("EC2::VPC", CidrBlock=cidr),
        "Subnet": res("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
        "Nat": res("EC2::NatGateway", SubnetId={"Ref": "Subnet"}),
        "Alarm": res("CloudWatch::Alarm", Dimensions=[{"Value": {"Fn::GetAtt": ["Nat", "Id"]}}]),
        "Text": res("Logs::QueryDefinition", QueryString={"Fn::Sub": "vpc ${Vpc}"}),
        "Other": res("SQS::Queue"),
    }


def test_a_replacement_is_followed_to_whatever_refers_to_it(effects, res):
    before, after = network(res, "10.0.0.0/16"), network(res, "10.1.0.0/16")
    assert effects(before, after) == {
        "Vpc": "replace",
        "Subnet": "replace",
        "Nat": "replace",
        "Alarm": "update",
        "Text": "update",
    }


def test_a_possible_replacement_is_followed_as_a_possible_one(effects, res):
    before, after = network(res, "10.0.0.0/16"), network(res, "10.0.0.0/16")
    after["Vpc"]["Properties"]["InstanceTenancy"] = "dedicated"
    assert effects(before, after)["Nat"] == "may replace"


def test_what_only_follows_says_from_what(res):
    found = changes(
        {"Resources": network(res, "10.0.0.0/16")}, {"Resources": network(res, "10.1.0.0/16")}
    )
    follows = {each.logical_id: each.follows for each in found}
    assert follows["Vpc"] == ()
    assert follows["Subnet"] == ("Vpc",)
    (nat,) = (each for each in found if each.logical_id == "Nat")
    assert nat.notes == ("Subnet is replaced",)


def test_another_type_is_refused(change_of, res):
    change = change_of(res("SNS::Topic"), res("SQS::Queue"))
    assert change.effect.value == "refuse"
    assert "another type, AWS::SQS::Queue" in change.notes[0]


def test_another_function_of_a_custom_resource_is_refused(change_of):
    def custom(**properties):
        return {"Type": "Custom::Rule", "Properties": properties}

    change = change_of(custom(ServiceToken={"Ref": "A"}), custom(ServiceToken={"Ref": "B"}))
    assert change.effect.value == "refuse"
    other = change_of(custom(ServiceToken="a", Port=1), custom(ServiceToken="a", Port=2))
    assert (other.effect.value, other.notes) == ("update", ("its function decides",))


def service(res, controller, attributes=None, **properties):
    return res("ECS::Service", attributes, DeploymentController={"Type": controller}, **properties)


def test_only_codedeploy_changes_a_service_of_codedeploy(change_of, res):
    for before, after in (
        (service(res, "CODE_DEPLOY"), service(res, "CODE_DEPLOY", DesiredCount=2)),
        (service(res, "CODE_DEPLOY"), service(res, "CODE_DEPLOY", {"DependsOn": ["A"]})),
    ):
        assert change_of(before, after).effect.value == "refuse"
    rolling = change_of(service(res, "ECS"), service(res, "ECS", DesiredCount=2))
    assert rolling.effect.value == "update"


def test_a_removed_resource_that_is_retained_is_left_behind(change_of, res):
    assert change_of(res("S3::Bucket"), None).notes == ()
    kept = change_of(res("S3::Bucket", {"DeletionPolicy": "Retain"}), None)
    assert (kept.effect.value, kept.notes) == ("remove", ("left behind, in no stack",))


def test_a_replaced_resource_that_is_retained_is_left_behind(change_of, res):
    retained = {"UpdateReplacePolicy": "Retain"}
    change = change_of(
        res("ECS::TaskDefinition", retained, Memory="1"),
        res("ECS::TaskDefinition", retained, Memory="2"),
    )
    assert change.effect.value == "replace"
    assert change.notes == ("the old one is left behind, in no stack",)


def test_a_renamed_construct_collides_with_its_own_name(effects, res):
    named = res("Logs::LogGroup", LogGroupName="/shop/dev/storefront")
    assert effects({"Old": named}, {"New": named}) == {"New": "refuse", "Old": "remove"}
    unnamed = res("EC2::VPC", CidrBlock="10.0.0.0/16")
    assert effects({"Old": unnamed}, {"New": unnamed}) == {"Old": "remove", "New": "add"}
    listener = res("ElasticLoadBalancingV2::Listener", LoadBalancerArn="a", Port=80)
    assert effects({"Old": listener}, {"New": listener})["New"] == "refuse"


def test_a_resource_that_keeps_its_name_cannot_be_replaced(change_of, res):
    def repository(name, kind):
        encryption = {"EncryptionType": kind}
        return res("ECR::Repository", RepositoryName=name, EncryptionConfiguration=encryption)

    kept = change_of(repository("shop/a", "KMS"), repository("shop/a", "AES256"))
    assert kept.effect.value == "refuse"
    assert "no second one can have its name, shop/a" in kept.notes
    given = change_of(repository("shop/a", "KMS"), repository("shop/b", "AES256"))
    assert given.effect.value == "replace"


def test_a_subnet_of_another_vpc_takes_the_name_of_nobody(effects, res):
    moved = effects(network(res, "10.0.0.0/16"), network(res, "10.1.0.0/16"))
    assert moved["Subnet"] == "replace"


def test_the_worst_come_first(res):
    before = {"A": res("SQS::Queue"), "B": res("EC2::VPC", CidrBlock="a"), "C": res("KMS::Key")}
    after = {
        "A": res("SQS::Queue", DelaySeconds=1),
        "B": res("EC2::VPC", CidrBlock="b"),
        "C": res("KMS::Key", KeySpec="x"),
        "D": res("SQS::Queue"),
    }
    found = changes({"Resources": before}, {"Resources": after})
    assert [each.logical_id for each in found] == ["C", "B", "A", "D"]


def test_an_auto_scaling_group_is_replaced_only_where_its_update_policy_says_so(change_of, res):
    def group(attributes, base):
        policy = {"InstancesDistribution": {"OnDemandBaseCapacity": base}}
        return res("AutoScaling::AutoScalingGroup", attributes, MixedInstancesPolicy=policy)

    assert change_of(group(None, 0), group(None, 1)).effect.value == "interrupt"
    replacing = {"UpdatePolicy": {"AutoScalingReplacingUpdate": {"WillReplace": True}}}
    assert change_of(group(replacing, 0), group(replacing, 1)).effect.value == "may replace"


def exporting(res, cidr, **output):
    vpc = {"Value": {"Ref": "Vpc"}, "Export": {"Name": "network:Vpc"}, **output}
    return {"Resources": {"Vpc": res("EC2::VPC", CidrBlock=cidr)}, "Outputs": {"Id": vpc}}


def test_an_export_that_another_stack_imports_cannot_change(res):
    importing = {
        "Resources": {"Table": res("EC2::RouteTable", VpcId={"Fn::ImportValue": "network:Vpc"})}
    }
    before = {"network": exporting(res, "a"), "service": importing}
    replaced = {"network": exporting(res, "b"), "service": importing}
    found = changes_of_stacks(before, replaced)
    assert [(each.type, each.effect.value) for each in found["network"]] == [
        ("Output", "refuse"),
        ("AWS::EC2::VPC", "replace"),
    ]
    assert found["service"] == ()
    gone = {"network": {"Resources": exporting(res, "a")["Resources"]}, "service": importing}
    assert [each.type for each in changes_of_stacks(before, gone)["network"]] == ["Output"]
    # What imports it is not deployed yet.
    alone = changes_of_stacks({"network": exporting(res, "a")}, replaced)
    assert "Output" not in {each.type for each in alone["network"]}


def test_a_stack_that_is_not_deployed_is_added(res):
    found = changes_of_stacks({}, {"network": exporting(res, "a")})
    assert [(each.effect.value, each.is_new) for each in found["network"]] == [("add", True)]


def test_a_construct_is_named_by_its_path(change_of, res):
    path = {"Metadata": {"aws:cdk:path": "Dev/Network/Vpc/Resource"}}
    assert change_of(res("EC2::VPC", path), None).path == "Dev/Network/Vpc"
    assert change_of(res("EC2::VPC"), None).path == "It"
