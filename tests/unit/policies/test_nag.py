"""What cdk-nag's packs say of their own rules."""

from policies.nag import packs

# https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
KNOWN = {
    "AwsSolutions": "S1",
    "NIST.800.53.R5": "S3BucketLoggingEnabled",
    "PCI.DSS.321": "ALBHttpToHttpsRedirection",
    "HIPAA.Security": "LambdaDLQ",
    "Serverless": "LambdaTracing",
}


def test_every_pack_has_its_rules() -> None:
    for pack, rule in KNOWN.items():
        names = [each.name for each in packs()[pack]]
        assert f"{pack}-{rule}" in names
        assert len(set(names)) == len(names) > 15


def test_a_rule_without_its_resources_has_nothing_to_look_at() -> None:
    (rule,) = (each for each in packs()["AwsSolutions"] if each.name == "AwsSolutions-S1")
    assert rule.has_something_to_look_at({"AWS::SQS::Queue", "AWS::S3::Bucket"})
    assert not rule.has_something_to_look_at({"AWS::SQS::Queue", "AWS::S3::BucketPolicy"})


def test_every_rule_looks_at_something() -> None:
    assert all(rule.looks_at for rules in packs().values() for rule in rules)
