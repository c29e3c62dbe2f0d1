"""What only the pipeline may do stays the pipeline's: no role of a service leads to it."""

import pytest

from policies.iam import actions, trust, wildcards
from policies.iam.pipeline import MAY, is_pipelines
from policies.iam.reach import Reach
from policies.iam.statements import statements as read

HERE = "eu-west-1:222222222222"
TASKS = "arn:aws:iam::222222222222:role/shop/dev/tasks/*"
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
REGISTER = {
    "Action": "ecs:RegisterTaskDefinition",
    "Resource": f"arn:aws:ecs:{HERE}:task-definition/shop-dev-*:*",
}
PASS = {"Action": "iam:PassRole", "Resource": TASKS, "Condition": TO_TASKS}


def trusting(*names, account="111111111111", key="aws:PrincipalArn", **principal):
    condition = {"ArnLike": {key: [f"arn:aws:iam::{account}:role/{name}" for name in names]}}
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": principal or {"AWS": f"arn:aws:iam::{account}:root"},
        **({"Condition": condition} if names else {}),
    }


def lines(assemble, role, *statements, of=("shop-pipeline",), environment="dev", **others):
    ours = assemble(
        service="all",
        environment="dev",
        shop_dev_access={"Role": role(*statements, trust=trusting(*of))},
    )
    theirs = assemble(service="web", environment=environment, shop_dev_web=others)
    return list(Reach(type(ours).of([*ours.stacks, *theirs.stacks])).findings())


def test_the_roles_of_the_pipeline_are_those_that_only_it_assumes(reach):
    found = {role.place.partition("/")[0] for role in reach.roles if is_pipelines(role)}
    assert found >= {"shop-dev-access", "shop-staging-access", "shop-prod-access"}
    assert not [role for role in reach.roles if is_pipelines(role) and role.owner.is_service]


def test_every_rule_holds_for_a_pipeline_with_everything(pipeline_assembly, iam_of):
    found = iam_of(pipeline_assembly)
    reach = Reach(found)
    statements = list(read(found))
    assert list(actions.findings(statements)) == []
    assert list(wildcards.findings(statements)) == []
    assert list(trust.findings(statements, reach.roles)) == []
    assert list(reach.findings()) == []


def test_no_role_of_a_service_leads_to_one_of_the_pipeline(reach):
    services = [role for role in reach.roles if role.owner.is_service]
    assert services
    for role in services:
        assert not [other.place for other in reach.leads_to(role) if is_pipelines(other)]


@pytest.mark.parametrize(
    ("trusted", "pipelines"),
    [
        (trusting("shop-pipeline"), True),
        (trusting("shop-pipeline-releases"), True),
        (trusting(Service="codebuild.amazonaws.com"), True),
        (trusting("shop-pipeline", "shop-pipeline-releases"), True),
        (trusting("shop-pipeline", "admin"), False),
        (trusting("shop-pipeline*"), False),
        (trusting("shop-pipelines"), False),
        (trusting("other-pipeline"), False),
        (trusting("x/shop-pipeline"), False),
        (trusting("shop-pipeline", key="aws:SourceArn"), False),
        (trusting(AWS="arn:aws:iam::111111111111:root"), False),
        (trusting(Service="lambda.amazonaws.com"), False),
        (trusting(Service=["codebuild.amazonaws.com", "lambda.amazonaws.com"]), False),
    ],
)
def test_a_role_that_somebody_else_assumes_is_not_the_pipeline_s(
    trusted, pipelines, assemble, role
):
    (found,) = Reach(assemble(service="all", shop_dev_access={"Role": role(trust=trusted)})).roles
    assert is_pipelines(found) is pipelines


def test_what_the_pipeline_may_do_nobody_else_may(assemble, role):
    assert not lines(assemble, role, REGISTER, PASS)
    told = lines(assemble, role, REGISTER, PASS, of=("admin",))
    assert any("gives a task other roles" in line for line in told)
    assert any("no role of these templates, or many" in line for line in told)


def test_every_exception_is_needed(reach, confusable):
    used = {
        (use.kind, action)
        for each in (*reach.roles, *Reach(confusable).roles)
        if is_pipelines(each)
        for use in each.uses
        for statement in each.identity
        for action in statement.actions
    }
    assert used >= MAY.keys()


@pytest.mark.parametrize("path", ["/shop/dev/tasks/", "/shop/dev/"])
def test_the_pipeline_passes_roles_of_tasks_only(path, assemble, role, function):
    """A role of a function would have its code run with what the task's role lacks."""
    told = lines(
        assemble,
        role,
        PASS,
        Function=function("shop-dev-web-hook", "Other"),
        Other=role(Path=path),
    )
    passed = [line for line in told if "passes the role of shop-dev-web/Other" in line]
    assert bool(passed) is (path == "/shop/dev/tasks/")


def test_the_pipeline_passes_no_role_of_another_environment(assemble, role):
    definition = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"TaskRoleArn": {"Fn::GetAtt": ["Other", "Arn"]}},
    }
    others = {"Definition": definition, "Other": role(Path="/shop/dev/tasks/")}
    assert not lines(assemble, role, PASS, **others)
    told = lines(assemble, role, PASS, environment="staging", **others)
    assert any("passes the role of shop-dev-web/Other" in line for line in told)


@pytest.mark.parametrize(("alias", "reached"), [("alias/shop/pipeline", False), ("alias/*", True)])
def test_a_key_is_reached_by_its_alias_only_where_one_is_asked_for(alias, reached, assemble, role):
    statement = {
        "Action": "kms:Decrypt",
        "Resource": f"arn:aws:kms:{HERE}:key/*",
        "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}},
    }
    others = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/shop/staging/web",
                "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            },
        },
    }
    told = lines(assemble, role, statement, environment="staging", **others)
    assert any("shop-dev-web/Key" in line for line in told) is reached
