"""No role of a service changes or reads what is another's, the pipeline, or permissions.

What a role may reach is worked out from its policies and the ARNs of everything in all templates.
"""

import pytest

from policies.iam import listed
from policies.iam.limits import ACROSS_ENVIRONMENTS, OF_THE_WHOLE_ACCOUNT
from policies.iam.reach import Reach
from policies.iam.reference import find_action

HERE = "eu-west-1:222222222222"
OWN = "arn:aws:iam::222222222222:role/shop-dev-web-Passed-<generated>"
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_no_role_reaches_beyond_its_own(reach):
    assert list(reach.findings()) == []


def test_the_same_holds_for_names_that_are_alike(confusable):
    found = Reach(confusable)
    assert len({role.owner for role in found.roles if role.owner.is_service}) == 8
    assert list(found.findings()) == []


def test_every_service_of_every_environment_has_roles_that_were_looked_at(reach):
    owners = {role.owner for role in reach.roles if role.owner.is_service}
    assert len(owners) == 8
    for owner in owners:
        kinds = {use.kind for role in reach.roles if role.owner == owner for use in role.uses}
        assert kinds == {"task role", "execution role", "function", "deployment group"}


def test_every_role_runs_something(reach):
    assert not [role.place for role in reach.roles if not role.uses]


def test_the_program_itself_may_change_nothing_but_its_shell(reach):
    for role in reach.roles:
        if "task role" in {use.kind for use in role.uses}:
            actions = {action for each in role.identity for action in each.actions}
            shells = {"ssmmessages:CreateControlChannel"} if actions else set()
            assert actions >= shells
            assert not {
                action
                for action in actions
                if not action.startswith(("ssmmessages:", "logs:", "kms:"))
                and action != "xray:PutTraceSegments"
            }


def test_the_code_of_a_service_s_checks_leaves_network_interfaces_alone(reach):
    hooks = [
        role
        for role in reach.roles
        if any("CodeDeployHook_" in function for function in role.functions)
    ]
    assert len(hooks) == 8
    for role in hooks:
        assert len(role.functions) == 5
        assert role.denied("ec2:DeleteNetworkInterface", "*")
        # Lambda asks for it as nobody's code.
        assert not role.denied("ec2:DescribeNetworkInterfaces", "*")


def test_what_acts_for_a_role_is_of_its_own_service(reach):
    led = {
        role.place: {other.place.partition("/")[2][:8] for other in reach.leads_to(role)}
        for role in reach.roles
        if "deployment group" in {use.kind for use in role.uses}
    }
    assert all(others == {"HooksRol", "TaskExec", "TaskTask"} for others in led.values())
    assert len(led) == 8


def test_every_entry_is_needed_and_has_its_reason(reach, confusable):
    actions = {
        action
        for role in (*reach.roles, *Reach(confusable).roles)
        for each in role.identity
        for action in each.actions
    }
    assert actions >= OF_THE_WHOLE_ACCOUNT.keys()
    for action in OF_THE_WHOLE_ACCOUNT:
        assert not find_action(action).resources, action


@pytest.mark.parametrize("entry", listed.SHARED)
def test_each_shared_thing_is_reached(entry, reach, monkeypatch):
    others = {key: reason for key, reason in listed.SHARED.items() if key != entry}
    monkeypatch.setattr(listed, "SHARED", others)
    assert list(reach.findings())


@pytest.mark.parametrize("entry", ACROSS_ENVIRONMENTS)
def test_what_is_said_of_environments_in_one_account_is_needed(entry, confusable, monkeypatch):
    monkeypatch.delitem(ACROSS_ENVIRONMENTS, entry)
    assert list(Reach(confusable).findings())


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        # Permissions.
        ({"Action": "iam:PutRolePolicy", "Resource": OWN}, "changes permissions"),
        ({"Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::1:user/u"}, "iam:CreateAcc"),
        ({"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/cdk-x"}, "another role"),
        ({"Action": "kms:CreateGrant", "Resource": f"arn:aws:kms:{HERE}:key/k"}, "permissions"),
        ({"Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::b"}, "changes permissions"),
        (
            {"Action": "secretsmanager:PutResourcePolicy", "Resource": f"arn:aws:sm:{HERE}:s"},
            "changes permissions",
        ),
        (
            {"Action": "lambda:AddPermission", "Resource": f"arn:aws:lambda:{HERE}:function:f"},
            "changes permissions",
        ),
        # What runs with other permissions.
        (
            {"Action": "lambda:UpdateFunctionCode", "Resource": f"arn:aws:lambda:{HERE}:f"},
            "changes code",
        ),
        ({"Action": "ecs:RegisterTaskDefinition", "Resource": "*"}, "gives a task other roles"),
        ({"Action": "ecs:RunTask", "Resource": f"arn:aws:ecs:{HERE}:x"}, "starts a task"),
        ({"Action": "ecs:ExecuteCommand", "Resource": f"arn:aws:ecs:{HERE}:x"}, "opens a shell"),
        ({"Action": "iam:*", "Resource": "arn:aws:iam::1:role/r"}, "permissions"),
        # The pipeline, which isn't there yet.
        ({"Action": "cloudformation:UpdateStack", "Resource": f"arn:aws:cf:{HERE}:s"}, "stacks"),
        ({"Action": "codebuild:StartBuild", "Resource": f"arn:aws:cb:{HERE}:p"}, "pipeline"),
        (
            {"Action": "codepipeline:StartPipelineExecution", "Resource": f"arn:x:{HERE}:p"},
            "pipeline",
        ),
        ({"Action": "ecr:PutImage", "Resource": f"arn:aws:ecr:{HERE}:repository/shop/web"}, "imag"),
        # Another service, by its name or by a pattern.
        (
            {
                "Action": "ecs:UpdateService",
                "Resource": f"arn:aws:ecs:{HERE}:service/shop-dev/api",
            },
            "reaches arn:aws:ecs:eu-west-1:222222222222:service/shop-dev/api",
        ),
        (
            {"Action": "ecs:UpdateService", "Resource": f"arn:aws:ecs:{HERE}:service/shop-dev/*"},
            "service/shop-dev/api of shop-dev-api/Service",
        ),
        (
            {
                "Action": "secretsmanager:GetSecretValue",
                "Resource": f"arn:aws:secretsmanager:{HERE}:secret:shop/dev/*",
            },
            "secret:shop/dev/api/token",
        ),
        ({"Action": "secretsmanager:GetSecretValue", "Resource": "*"}, "shop/dev/api/token"),
        ({"Action": "kms:Decrypt", "Resource": f"arn:aws:kms:{HERE}:key/*"}, "shop-dev-api/Key"),
        (
            {
                "Action": "logs:FilterLogEvents",
                "Resource": f"arn:aws:logs:{HERE}:log-group:/shop/dev/a*",
            },
            "log-group:/shop/dev/api",
        ),
        ({"Action": "ec2:DeleteNetworkInterface", "Resource": "*"}, "network-interface/<shop-dev"),
        # The whole account.
        ({"Action": "ecs:PutAccountSetting", "Resource": "*"}, "the whole account"),
        # Roles that are passed.
        ({"Action": "iam:PassRole", "Resource": OWN}, "add iam:PassedToService"),
        (
            {"Action": "iam:PassRole", "Resource": "*", "Condition": TO_TASKS},
            "no role of these templates, or many",
        ),
        (
            {
                "Action": "iam:PassRole",
                "Resource": "arn:aws:iam::222222222222:role/shop-dev-api-Role-<generated>",
                "Condition": TO_TASKS,
            },
            "passes the role of shop-dev-api/Role",
        ),
        (
            {
                "Action": "lambda:InvokeFunction",
                "Resource": f"arn:aws:lambda:{HERE}:function:api-hook",
            },
            "leads to shop-dev-api/Role",
        ),
    ],
)
def test_what_reaches_too_far_is_told(statement, told, two_services, role):
    reach = two_services({"Role": role(statement), "Passed": role()})
    lines = list(reach.findings())
    assert any(told in line for line in lines), lines


def test_what_is_its_own_passes(two_services, role):
    reach = two_services(
        {
            "Passed": role(),
            "Role": role(
                {
                    "Action": "ecs:UpdateService",
                    "Resource": f"arn:aws:ecs:{HERE}:service/shop-dev/web",
                },
                {"Action": "iam:PassRole", "Resource": OWN, "Condition": TO_TASKS},
            ),
        }
    )
    assert list(reach.findings()) == []


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        ({}, True),
        ({"ArnEquals": {"lambda:SourceFunctionArn": "{own}"}}, True),
        ({"ArnEquals": {"lambda:SourceFunctionArn": "arn:of:another"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "x"}}, False),
    ],
)
def test_only_what_is_denied_to_all_of_its_code_is_out_of_reach(
    condition, denied, two_services, role, function
):
    own = f"arn:aws:lambda:{HERE}:function:web-hook"
    condition = {
        operator: {key: value.format(own=own) for key, value in keys.items()}
        for operator, keys in condition.items()
    }
    statement = {"Action": "ec2:DeleteNetworkInterface", "Resource": "*"}
    reach = two_services(
        {
            "Role": role(statement, statement | {"Effect": "Deny", "Condition": condition}),
            "Hook": function("web-hook", "Role"),
        }
    )
    assert (list(reach.findings()) == []) is denied


def test_a_role_of_an_environment_leaves_other_environments_alone(assemble, role):
    """A name that another one's begins with: what the settings refuse."""
    statement = {
        "Action": "codedeploy:CreateDeployment",
        "Resource": f"arn:aws:codedeploy:{HERE}:deploymentgroup:shop-dev-*",
    }
    group = {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {"ApplicationName": "shop-dev-eu-web", "DeploymentGroupName": "web"},
    }
    ours = assemble(service="all", shop_dev_releases={"Role": role(statement)})
    theirs = assemble(environment="dev-eu", shop_dev_eu_web={"Group": group})
    (line,) = Reach(type(ours).of([*ours.stacks, *theirs.stacks])).findings()
    assert "deploymentgroup:shop-dev-eu-web/web" in line


def test_a_policy_of_a_resource_gives_nothing_to_another_service(two_services, role):
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "KeyPolicy": {
                "Statement": {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": "*",
                    "Principal": {
                        "AWS": "arn:aws:iam::222222222222:role/shop-dev-api-Role-<generated>"
                    },
                }
            }
        },
    }
    (line,) = two_services({"OwnKey": key}).findings()
    assert "is given to" in line


def test_a_role_trusts_no_role_of_another_service(two_services, role):
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::222222222222:role/shop-dev-api-Role-<generated>"},
    }
    (line,) = two_services({"Role": role(trust=trusted)}).findings()
    assert "sts:AssumeRole is given to" in line


@pytest.mark.parametrize(
    "data",
    [
        {"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}},
        {
            "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 1},
            "UserData": "ECS_AWSVPC_BLOCK_IMDS=true",
        },
        {
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "UserData": "ECS_AWSVPC_BLOCK_IMDS=true",
        },
    ],
)
def test_tasks_that_get_at_an_instance_s_role_are_told(data, assemble):
    template = {
        "Type": "AWS::EC2::LaunchTemplate",
        "Properties": {"LaunchTemplateData": data},
    }
    assembly = assemble(service="all", shop_dev_cluster={"Template": template})
    (line,) = Reach(assembly).findings()
    assert "get at the instance's role" in line
