"""What holds for every template, whatever it is about."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slipway.settings import load
from slipway_constructs.listeners import PLAIN_HTTP_METADATA

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
ELB = "AWS::ElasticLoadBalancingV2"

TAGS = ("application", "environment", "service", "owner", "cost-centre")


def resources(templates: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            yield f"{stack}/{name}", resource


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


def test_who_keeps_the_data_cannot_delete_what_works_on_it_by_mistake(assembly: Any) -> None:
    settings = load(Path(__file__).parents[2])
    stages = {stage.directory_name: stage.nested_assembly for stage in assembly.nested_assemblies}
    for name, environment in settings.environments.items():
        stage = stages[f"assembly-{settings.names(name).stage}"]
        keeps = environment.removal_policy == "retain"
        protected = {stack.termination_protection or False for stack in stage.stacks}
        assert protected == {keeps}, name
        balancers = {
            attribute["Value"]
            for stack in stage.stacks
            for resource in stack.template["Resources"].values()
            if resource["Type"] == f"{ELB}::LoadBalancer"
            for attribute in resource["Properties"]["LoadBalancerAttributes"]
            if attribute["Key"] == "deletion_protection.enabled"
        }
        assert balancers == {str(keeps).lower()}, name


def test_all_that_a_role_may_do_is_in_policies_of_ours(templates: Any) -> None:
    """Which are in the template before the role, and so exist before somebody assumes it."""
    for stack, template in templates.items():
        ours = {
            name
            for name, resource in template["Resources"].items()
            if resource["Type"] == "AWS::IAM::ManagedPolicy"
        }
        attached = []
        for name, resource in template["Resources"].items():
            assert resource["Type"] != "AWS::IAM::Policy", f"{stack}/{name} is inline"
            if resource["Type"] == "AWS::IAM::Role":
                assert "Policies" not in resource["Properties"], f"{stack}/{name}"
                arns = resource["Properties"].get("ManagedPolicyArns", [])
                attached += [arn["Ref"] for arn in arns]
        # Each to one role, and none to a role that another stack has made.
        assert sorted(attached) == sorted(ours), stack
        for name in ours:
            assert template["Resources"][name]["Properties"].keys() <= {
                "Description",
                "Path",
                "PolicyDocument",
            }, f"{stack}/{name}"


def test_every_policy_stays_below_iam_s_quota(templates: Any) -> None:
    """6,144 characters without white space, with room for longer ARNs than these.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    sizes = {
        name: len(re.sub(r"\s", "", json.dumps(resource["Properties"]["PolicyDocument"])))
        for name, resource in resources(templates)
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }
    assert sizes
    assert {name: size for name, size in sizes.items() if size > 5000} == {}


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


def test_the_functions_variables_are_names_and_no_secrets(templates: Any) -> None:
    """Lambda encrypts them with a key of AWS, and whoever may read the function reads them."""
    variables = {
        variable
        for _, resource in resources(templates)
        if resource["Type"] == "AWS::Lambda::Function"
        for variable in resource["Properties"].get("Environment", {}).get("Variables", {})
    }
    assert variables == {
        "ALARMS",
        "CLUSTER",
        "HOST",
        "LIFECYCLE_EVENT",
        "LOAD_BALANCER",
        "METRICS_NAMESPACE",
        "PRODUCTION_PORT",
        "SECRET_PREFIX",
        "SERVICE",
        "STACK_PREFIX",
        "TEST_PORT",
        "TEST_PROTOCOL",
    }


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
        group, rules = name, properties.get("SecurityGroupIngress", [])
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            group, rules = json.dumps(properties["GroupId"]), [properties]
        for rule in rules:
            if rule.get("CidrIp") or rule.get("CidrIpv6"):
                assert "LoadBalancerSecurityGroup" in group, name
                assert rule["FromPort"] == rule["ToPort"] not in (22, 3389, 9000)


def test_every_listener_has_tls_or_leads_there_or_says_why_not(templates: Any) -> None:
    """The reason is in docs/proof/compliance.md."""
    environments = load(ROOT).environments
    spoken = set()
    for name, resource in resources(templates):
        if resource["Type"] != f"{ELB}::Listener":
            continue
        listener = resource["Properties"]
        spoken.add(listener["Protocol"])
        (action,) = listener["DefaultActions"]
        if listener["Protocol"] == "HTTPS":
            assert re.match(r"ELBSecurityPolicy-TLS13-1-[23]-", listener["SslPolicy"]), name
            assert listener["Certificates"], name
        elif action["Type"] == "redirect":
            assert action["RedirectConfig"]["Protocol"] == "HTTPS", name
        else:
            tags = {tag["Key"]: tag["Value"] for tag in listener["Tags"]}
            reason = environments[tags["slipway:environment"]].plain_http
            assert reason, name
            assert resource["Metadata"][PLAIN_HTTP_METADATA] == reason, name
    assert spoken == {"HTTP", "HTTPS"}


def test_hooks_test_with_tls_wherever_callers_have_it(templates: Any) -> None:
    for stack, template in templates.items():
        protocols = {
            resource["Properties"]["Protocol"]
            for resource in template["Resources"].values()
            if resource["Type"] == f"{ELB}::Listener"
            and resource["Properties"]["DefaultActions"][0]["Type"] != "redirect"
        }
        tested = {
            variables["TEST_PROTOCOL"]
            for _, resource in resources({stack: template})
            if resource["Type"] == "AWS::Lambda::Function"
            and "TEST_PROTOCOL"
            in (variables := resource["Properties"].get("Environment", {}).get("Variables", {}))
        }
        assert tested == protocols, stack


def test_every_public_load_balancer_has_a_firewall_that_logs(templates: Any) -> None:
    public = 0
    for name, template in templates.items():
        found: dict[str, list[Any]] = {}
        for logical_id, resource in template["Resources"].items():
            found.setdefault(resource["Type"], []).append((logical_id, resource["Properties"]))
        facing = {
            logical_id
            for logical_id, properties in found.get(f"{ELB}::LoadBalancer", [])
            if properties["Scheme"] == "internet-facing"
        }
        associations = [each for _, each in found.get("AWS::WAFv2::WebACLAssociation", [])]
        logged = [each for _, each in found.get("AWS::WAFv2::LoggingConfiguration", [])]
        assert {each["ResourceArn"]["Ref"] for each in associations} == facing, name
        assert sorted(each["WebACLArn"]["Fn::GetAtt"][0] for each in associations) == sorted(
            each["ResourceArn"]["Fn::GetAtt"][0] for each in logged
        ), name
        public += len(facing)
    assert public
