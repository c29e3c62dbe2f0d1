"""What the checks of an account find, where the AWS of a rehearsal can't be asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.doctor import Finding, Patient, Verdict, look
from slipway.doctor.certificate import certificate, hosted_zone
from slipway.doctor.cluster import instance_types, trunking
from slipway.doctor.connection import connection
from slipway.doctor.images import images, pushed_images
from slipway.doctor.quotas import quotas
from slipway.doctor.stacks import stacks
from slipway.settings import load

APPLICATION = Path(__file__).resolve().parents[2] / "pipeline_application"


@pytest.fixture
def patient(amazon: Any) -> Patient:
    settings = load(APPLICATION)
    environment = settings.environment("dev")
    return Patient(
        settings=settings,
        environment=environment,
        account=environment.account,
        region=environment.region,
        client=amazon.client,
        digests=APPLICATION / "images.json",
    )


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = list(findings)
    assert finding.page.startswith("https://docs.aws.amazon.com/")
    return finding


def test_a_quota_is_compared_with_all_that_there_may_be(amazon: Any, patient: Patient) -> None:
    stack = {"StackName": "x", "CreationTime": datetime.now(UTC), "StackStatus": "UPDATE_COMPLETE"}
    amazon.answers("cloudformation", "describe_stacks", {"Stacks": [stack]})
    for _ in range(8):
        amazon.answers("service-quotas", "get_service_quota", {"Quota": {"Value": 3.0}})
    amazon.answers("ec2", "describe_addresses", {"Addresses": [{}] * 3})
    amazon.answers("ec2", "describe_vpcs", {"Vpcs": [{}]})
    balancers = [{"Type": "application"}] * 4 + [{"Type": "network"}]
    amazon.answers("elbv2", "describe_load_balancers", {"LoadBalancers": balancers})
    amazon.answers("elbv2", "describe_target_groups", {"TargetGroups": [{}]})
    found = {each.check: each for each in quotas(patient)}
    assert found["quota of VPCs"].verdict is Verdict.OK
    assert found["quota of VPCs"].says == "1 needed, 1 used, 3 allowed"
    balancers_ = found["quota of application load balancers"]
    assert balancers_.verdict is Verdict.MEND
    assert ", 4 used, 3 allowed" in balancers_.says
    assert balancers_.mend.startswith("aws service-quotas request-service-quota-increase --region")
    assert balancers_.mend.endswith("--quota-code L-53DA6B97 --desired-value 4")


def test_stacks_of_another_environment_are_none_of_ours(amazon: Any, patient: Patient) -> None:
    stuck = {"CreationTime": datetime.now(UTC), "StackStatus": "UPDATE_ROLLBACK_FAILED"}
    names = ("shop-prod-us-network", "shop-prod-network", "shop-staging-network")
    amazon.answers(
        "cloudformation", "describe_stacks", {"Stacks": [{**stuck, "StackName": n} for n in names]}
    )
    settings = SimpleNamespace(
        names=lambda name: SimpleNamespace(prefix=f"shop-{name}"),
        environments=("prod", "prod-us", "staging"),
    )
    prod: Any = SimpleNamespace(name="prod")
    found = only(stacks(replace(patient, settings=settings, environment=prod)))  # type: ignore[arg-type]
    assert found.check == "stack shop-prod-network"


def test_digests_that_are_a_list_are_told(patient: Patient, tmp_path: Path) -> None:
    digests = tmp_path / "images.json"
    digests.write_text("[]")
    (found,) = images(replace(patient, digests=digests))
    assert found.verdict is Verdict.MEND
    assert "doesn't map services to digests" in found.says


def test_a_certificate_is_issued_for_the_names_and_for_long_enough(
    amazon: Any, patient: Patient
) -> None:
    domain = patient.wanted.domain
    assert domain is not None
    good = {
        "Status": "ISSUED",
        "DomainName": f"*.{domain.name}",
        "NotAfter": datetime.now(UTC) + timedelta(days=300),
    }
    for changes, says in (
        ({}, "issued for *."),
        ({"Status": "PENDING_VALIDATION"}, "is PENDING_VALIDATION, not ISSUED"),
        ({"DomainName": "example.org"}, "is for example.org, not for "),
        ({"NotAfter": datetime.now(UTC) + timedelta(days=9)}, ", and was not renewed"),
    ):
        amazon.answers("acm", "describe_certificate", {"Certificate": {**good, **changes}})
        finding = only(certificate(patient))
        assert says in finding.says
        assert (finding.verdict is Verdict.OK) == (not changes)
        assert bool(finding.mend) == bool(changes)


def test_a_hosted_zone_is_public_and_of_the_domain(amazon: Any, patient: Patient) -> None:
    domain = patient.wanted.domain
    assert domain is not None
    zone = {"Id": "/hostedzone/Z1", "Name": f"{domain.name}.", "CallerReference": "a"}
    for changes, says in (
        ({}, f"is of {domain.name}"),
        ({"Name": "example.org."}, "is of example.org"),
        ({"Config": {"PrivateZone": True}}, "is private"),
    ):
        amazon.answers("route53", "get_hosted_zone", {"HostedZone": {**zone, **changes}})
        finding = only(hosted_zone(patient))
        assert finding.says.endswith(says)
        assert (finding.verdict is Verdict.OK) == (not changes)


def test_each_zone_needs_one_of_the_instance_types(amazon: Any, patient: Patient) -> None:
    first, *others = patient.wanted.availability_zones
    kind = patient.wanted.capacity.ec2.instance_types[0]
    offered = [{"Location": zone, "InstanceType": kind} for zone in others]
    operation = "describe_instance_type_offerings"
    amazon.answers("ec2", operation, {"InstanceTypeOfferings": offered})
    finding = only(instance_types(patient))
    assert finding.verdict is Verdict.MEND
    assert finding.says.startswith(f"{first} has none of ")
    offered += [{"Location": first, "InstanceType": kind}]
    amazon.answers("ec2", operation, {"InstanceTypeOfferings": offered})
    assert only(instance_types(patient)).verdict is Verdict.OK


def test_trunking_counts_once_there_is_a_cluster(amazon: Any, patient: Patient) -> None:
    disabled = {"settings": [{"name": "awsvpcTrunking", "value": "disabled"}]}
    stack = {"StackName": "x", "CreationTime": datetime.now(UTC), "StackStatus": "UPDATE_COMPLETE"}
    amazon.answers("ecs", "list_account_settings", disabled)
    amazon.refuses("cloudformation", "describe_stacks", "ValidationError", "does not exist")
    assert only(trunking(patient)).verdict is Verdict.OK
    amazon.answers("ecs", "list_account_settings", disabled)
    amazon.answers("cloudformation", "describe_stacks", {"Stacks": [stack]})
    assert "put-account-setting-default" in only(trunking(patient)).mend


def test_a_pending_connection_says_where_it_is_completed(amazon: Any, patient: Patient) -> None:
    pipeline = patient.settings.application.pipeline
    if pipeline is None or pipeline.host.connection is None:
        named = {"ConnectionName": "shop-pipeline", "ConnectionArn": "arn"}
        amazon.answers("codeconnections", "list_connections", {"Connections": [named]})
    found = {"ConnectionName": "shop-pipeline", "ConnectionStatus": "PENDING"}
    amazon.answers("codeconnections", "get_connection", {"Connection": found})
    finding = only(connection(replace(patient, environment=None)))
    assert finding.verdict is Verdict.MEND
    assert "console.aws.amazon.com/codesuite/settings/connections" in finding.mend


@pytest.mark.parametrize(
    ("code", "verdict", "how"),
    [
        ("AccessDeniedException", Verdict.NOT_ALLOWED, "use a role that may call Describe"),
        ("ThrottlingException", Verdict.NO_ANSWER, ""),
        ("ValidationException", Verdict.UNKNOWN, ""),
    ],
)
def test_what_aws_doesn_t_answer_has_its_reason(
    amazon: Any, patient: Patient, code: str, verdict: Verdict, how: str
) -> None:
    amazon.refuses("acm", "describe_certificate", code, "You may\n not.")
    (finding,) = look(patient, [("certificate", certificate)])
    assert finding.verdict is verdict
    assert finding.says == "You may not"
    assert finding.mend.startswith(how)
    assert bool(finding.mend) == bool(how)


def test_an_address_that_nobody_has_is_no_answer(patient: Patient) -> None:
    def nowhere(_: Patient) -> Iterator[Finding]:
        raise EndpointConnectionError(endpoint_url="https://acm.eu-nowhere-1.amazonaws.com")
        yield

    (finding,) = look(patient, [("certificate", nowhere)])
    assert finding.verdict is Verdict.NO_ANSWER
    assert "acm.eu-nowhere-1" in finding.says


def built_by_hand(patient: Patient) -> Patient:
    """The same environment without a place in the pipeline."""
    assert patient.environment is not None
    alone = patient.environment.model_copy(update={"pipeline": None})
    return replace(patient, environment=alone)


def test_images_are_looked_for_where_their_repositories_are(
    amazon: Any, patient: Patient, tmp_path: Path
) -> None:
    tooling = patient.settings.application.tooling
    assert tooling.account != patient.account
    digest = f"sha256:{'ab' * 32}"
    digests = tmp_path / "images.json"
    service, *_ = patient.settings.services("dev")
    digests.write_text(json.dumps({service: digest}))
    patient = replace(built_by_hand(patient), digests=digests)
    built, *never = images(patient)
    assert built.verdict is Verdict.OK
    assert built.says == f"{digest[:19]}… is built; --tooling looks for it in {tooling.account}"
    assert {each.says for each in never} == {"never built"}
    there = replace(patient, environment=None, account=tooling.account, region=tooling.region)
    amazon.answers("ecr", "describe_images", {"imageDetails": [{"imageDigest": digest}]})
    found = only(pushed_images(there))
    assert (found.check, found.verdict) == (f"image of {service}", Verdict.OK)
    amazon.refuses("ecr", "describe_images", "ImageNotFoundException")
    assert only(pushed_images(there)).verdict is Verdict.MEND


def test_an_image_that_the_pipeline_builds_is_not_called_unbuilt(
    amazon: Any, patient: Patient, tmp_path: Path
) -> None:
    patient = replace(patient, digests=tmp_path / "images.json")
    ours = patient.settings.services("dev").items()
    services = [name for name, each in ours if each.image is None]
    arn = "arn:aws:ecs:eu-west-1:222222222222:task-definition/shop-dev-first:7"
    for number, service in enumerate(services):
        wanted = {"familyPrefix": f"shop-dev-{service}", "sort": "DESC", "maxResults": 1}
        answer = {"taskDefinitionArns": [] if number else [arn]}
        amazon.answers("ecs", "list_task_definitions", answer, **wanted)
    first, *others = images(patient)
    assert (first.verdict, first.mend) == (Verdict.OK, "")
    assert first.says == (
        "shop-dev-first:7 has one; a push to main has the pipeline build the next"
    )
    assert {(each.verdict, each.says) for each in others} == {
        (Verdict.OK, "is not here yet: a push to main has the pipeline build and deploy it")
    }
    assert len(others) == len(services) - 1
