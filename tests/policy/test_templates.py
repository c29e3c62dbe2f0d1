"""What holds for every template, whatever it is about."""

import json
import re
from collections.abc import Iterator
from typing import Any

MIB = 1024 * 1024

# Actions for which AWS has no resource that could be named, and why each is here.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_A_RESOURCE = {
    "cloudwatch:DescribeAlarms": "CodeDeploy polls the alarms of its group in one call",
    "ec2:AssignPrivateIpAddresses": "Lambda, for functions in a VPC",
    "ec2:CreateNetworkInterface": "Lambda, for functions in a VPC",
    "ec2:DeleteNetworkInterface": "Lambda, for functions in a VPC: it does not know the id before",
    "ec2:DescribeNetworkInterfaces": "EC2 describes nothing by ARN",
    "ec2:DescribeSubnets": "EC2 describes nothing by ARN",
    "ec2:UnassignPrivateIpAddresses": "Lambda, for functions in a VPC",
    "ecr:GetAuthorizationToken": "the token is the account's, not a repository's",
    "ecs:DescribeTaskDefinition": "ECS describes no task definition by ARN",
    "ecs:DiscoverPollEndpoint": "the agent asks before it belongs to a cluster",
    "ecs:PutAccountSettingDefault": "a setting of the account, with no ARN",
    "ecs:Poll": "narrowed by the condition on ecs:cluster",
    "ecs:StartTelemetrySession": "narrowed by the condition on ecs:cluster",
    "elasticloadbalancing:DescribeListeners": "Elastic Load Balancing describes nothing by ARN",
    "elasticloadbalancing:DescribeRules": "Elastic Load Balancing describes nothing by ARN",
    "elasticloadbalancing:DescribeTags": "Elastic Load Balancing describes nothing by ARN",
    "elasticloadbalancing:DescribeTargetGroups": "Elastic Load Balancing describes nothing by ARN",
    "elasticloadbalancing:DescribeTargetHealth": "Elastic Load Balancing describes nothing by ARN",
    "logs:DescribeLogGroups": "ECS Exec looks for the log group of its sessions",
    "ssmmessages:CreateControlChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:CreateDataChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:OpenControlChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:OpenDataChannel": "ECS Exec, where a service asks for it",
}
# Actions that AWS could narrow and the library does not.
WIDER_THAN_NEEDED = {
    "logs:CreateLogStream": "of container instances, written by the CDK's cluster",
    "logs:PutLogEvents": "of container instances, written by the CDK's cluster",
}


TAGS = ("application", "environment", "service", "owner", "cost-centre")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def resources(templates: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            yield f"{stack}/{name}", resource


def identity_statements(templates: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a policy that is attached to a role."""
    for name, resource in resources(templates):
        properties = resource.get("Properties", {})
        documents = []
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            documents.append(properties["PolicyDocument"])
        if resource["Type"] == "AWS::IAM::Role":
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for document in documents:
            for statement in as_list(document["Statement"]):
                yield name, statement


def test_templates_stay_far_below_cloudformation_s_quotas(templates: Any) -> None:
    for name, template in templates.items():
        assert len(template["Resources"]) < 250, name
        assert len(json.dumps(template)) < MIB // 2, name


def test_every_resource_says_what_it_belongs_to_and_who_pays(templates: Any) -> None:
    """But for the ECS service: CodeDeploy owns it, and CloudFormation could never change a tag."""
    wanted = {f"slipway:{each}" for each in TAGS}
    seen = 0
    for name, resource in resources(templates):
        tags = resource.get("Properties", {}).get("Tags")
        if resource["Type"] == "AWS::ECS::Service":
            assert tags is None, name
        elif tags is not None:
            keys = tags.keys() if isinstance(tags, dict) else {tag["Key"] for tag in tags}
            assert wanted <= set(keys), f"{name} lacks {wanted - set(keys)}"
            seen += 1
    assert seen > 100


def test_no_role_may_do_everything(templates: Any) -> None:
    statements = list(identity_statements(templates))
    assert len(statements) > 20
    for name, statement in statements:
        assert "NotAction" not in statement, name
        for action in as_list(statement["Action"]):
            assert action != "*", name
            assert not action.endswith(":*"), f"{name}: {action}"


def test_every_action_on_all_resources_is_listed_with_its_reason(templates: Any) -> None:
    found = {
        action
        for _, statement in identity_statements(templates)
        if "*" in as_list(statement.get("Resource", "*"))
        for action in as_list(statement["Action"])
    }
    assert found == WITHOUT_A_RESOURCE.keys() | WIDER_THAN_NEEDED.keys()


def test_managed_policies_are_only_those_that_aws_wrote_for_the_purpose(templates: Any) -> None:
    found = {
        re.search(r"policy/([\w/-]+)", json.dumps(policy))[1]
        for _, resource in resources(templates)
        if resource["Type"] == "AWS::IAM::Role"
        for policy in resource["Properties"].get("ManagedPolicyArns", [])
    }
    assert found == {
        # The library's function that empties the default security group.
        "service-role/AWSLambdaBasicExecutionRole",
    }


def test_every_log_group_has_a_retention_and_a_key(templates: Any) -> None:
    groups = [
        (name, resource["Properties"])
        for name, resource in resources(templates)
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    assert len(groups) > 8
    for name, properties in groups:
        assert properties["RetentionInDays"] > 0, name
        assert "Arn" in properties["KmsKeyId"]["Fn::GetAtt"], name


def test_no_template_holds_a_secret_s_value(templates: Any) -> None:
    for name, template in templates.items():
        text = json.dumps(template)
        assert "SecretString" not in text.replace("GenerateSecretString", "").replace(
            "SecretStringTemplate", ""
        ), name
        assert "{{resolve:secretsmanager" not in text, name
        assert not re.search(r"\bA(KIA|SIA)[0-9A-Z]{16}\b", text), name
    for name, resource in resources(templates):
        for container in resource.get("Properties", {}).get("ContainerDefinitions", []):
            kept = {each["Name"] for each in container.get("Secrets", [])}
            plain = {each["Name"] for each in container.get("Environment", [])}
            assert kept.isdisjoint(plain), name
            assert not [key for key in plain if re.search("SECRET|PASSWORD|TOKEN|KEY", key)], name


def test_the_internet_reaches_load_balancers_only(templates: Any) -> None:
    """And nobody may administer anything from there."""
    for name, resource in resources(templates):
        properties = resource.get("Properties", {})
        rules = (
            [properties]
            if resource["Type"] == "AWS::EC2::SecurityGroupIngress"
            else properties.get("SecurityGroupIngress", [])
        )
        for rule in rules:
            if rule.get("CidrIp") or rule.get("CidrIpv6"):
                assert "LoadBalancer" in name
                assert rule["FromPort"] == rule["ToPort"] not in (22, 3389, 9000)
