"""A resource has a wildcard only where it is listed with a reason, within its owner's names."""

import pytest

from policies.iam import listed, wildcards
from policies.iam.statements import statements as read

HERE = "eu-west-1:222222222222"


def test_every_wildcard_is_listed(statements):
    assert list(wildcards.findings(statements)) == []


def test_the_same_holds_for_names_that_are_alike(confusable):
    assert list(wildcards.findings(read(confusable))) == []


def test_every_entry_is_needed(statements, confusable, pipeline_assembly, iam_of):
    # Some are of what the project's own settings lack: shared load balancers, Amazon Inspector.
    everything = [*statements, *read(confusable), *read(iam_of(pipeline_assembly))]
    assert wildcards.unused(everything) == set()


def test_aws_itself_says_that_an_action_has_no_resource():
    assert list(wildcards.mistaken()) == []
    assert "can narrow it" in next(wildcards.mistaken({"ecs:UpdateService": "why not"}))
    assert "no such action" in next(wildcards.mistaken({"ecs:Update": "why not"}))


def test_every_other_reason_has_a_page_or_speaks_of_names_of_ours():
    for entry, reason in {**listed.WIDER_THAN_AWS_NEEDS, **listed.PARTS}.items():
        assert len(reason.because) > 40, entry
        ours = "{environment}" in entry or "elasticloadbalancing" in entry
        assert ours or reason.page.startswith("https://docs.aws.amazon.com/"), entry


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:SendMessage", "*"),
        ("ecs:UpdateService", "*"),
        ("sqs:SendMessage", f"arn:aws:sqs:{HERE}:shop-*"),
        # Of another service, another environment, another application, another place.
        ("ecs:DeleteTaskSet", f"arn:aws:ecs:{HERE}:task-set/shop-dev/api/*"),
        ("ecs:DeleteTaskSet", f"arn:aws:ecs:{HERE}:task-set/shop-devel/web/*"),
        ("ecs:DeleteTaskSet", f"arn:aws:ecs:{HERE}:task-set/*"),
        ("ecs:DeleteTaskSet", "arn:aws:ecs:*:222222222222:task-set/shop-dev/web/*"),
        ("ecs:DeleteTaskSet", "arn:aws:ecs:eu-west-1:333333333333:task-set/shop-dev/web/*"),
        # A prefix without its separator.
        ("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{HERE}:deploymentgroup:shop-dev*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:*:*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/shop/?ev/web:*"),
    ],
)
def test_a_wildcard_that_is_not_listed_is_told(action, resource, assemble, role):
    statement = {"Action": action, "Resource": resource}
    (line,) = wildcards.findings(read(assemble(shop_dev_web={"Role": role(statement)})))
    assert f"{action} on {resource} is not listed" in line


def test_an_entry_that_nobody_needs_is_told(assemble, role):
    statement = {"Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    unused = wildcards.unused(read(assemble(shop_dev_web={"Role": role(statement)})))
    assert "ecr:GetAuthorizationToken" not in unused
    assert "ecs:DescribeTaskDefinition" in unused


def test_what_is_denied_may_be_wide(assemble, role):
    statement = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*"}
    assembly = assemble(shop_dev_web={"Role": role(statement)})
    assert list(wildcards.findings(read(assembly))) == []
