"""What is read from a cloud assembly."""

from policies.assembly import Assembly
from policies.register import Acknowledgement, Finding

from .conftest import BUCKET, REASON


def test_a_resource_is_found_in_the_code_by_its_logical_id(assembly: Assembly) -> None:
    (stack,) = assembly.stacks
    assert stack.path == "Dev/Network"
    assert stack.region == "eu-west-1"
    assert stack.construct("LogsBucket1") == f"{BUCKET}/Resource"
    assert stack.construct("Inputs") == "Dev/Network/Default/Inputs"
    assert stack.construct("Nobody's") == "Dev/Network"


def test_the_register_leaves_out_what_the_library_acknowledges_itself(assembly: Assembly) -> None:
    assert assembly.acknowledgements == (Acknowledgement("Checkov::CKV_AWS_18", BUCKET, REASON),)


def test_what_synthesis_suppressed_is_a_finding_too(assembly: Assembly) -> None:
    (finding,) = assembly.packs["AwsSolutions"]
    path = f"{BUCKET}/Resource"
    assert finding == Finding("AwsSolutions", "AwsSolutions::AwsSolutions-S1", path)


def test_guard_rules_are_told_from_the_rules_of_the_validator_that_runs_them(
    assembly: Assembly,
) -> None:
    (finding,) = assembly.packs["Guard rules"]
    assert finding.id == "CloudFormation-Validate::LOGS_END"
    assert "CloudFormation Validate" not in assembly.packs


def test_resources_are_counted(assembly: Assembly) -> None:
    assert assembly.resources == 2
    assert assembly.resource_types == {"AWS::S3::Bucket", "AWS::SQS::Queue"}
