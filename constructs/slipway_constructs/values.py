"""Values of the library that many constructs need, each of them made once.

The library runs in another process, and each question to it costs as much as a small construct.
A value belongs to no construct: whoever needs an equal one takes the same.
"""

from datetime import timedelta
from functools import cache

from aws_cdk import Aws, CfnResource, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct


@cache
def duration(length: timedelta) -> Duration:
    """Give a time, in whole seconds, as the library's constructs take it."""
    return Duration.seconds(int(length.total_seconds()))


@cache
def service_principal(name: str) -> iam.ServicePrincipal:
    """Give an AWS service, such as ``lambda.amazonaws.com``, as somebody who may do something."""
    return iam.ServicePrincipal(name)


@cache
def account_principal(account: str) -> iam.AccountPrincipal:
    """Give an account as somebody who may do something."""
    return iam.AccountPrincipal(account)


# For these AWS documents that a role's trust can ask for whom the service acts. In another account
# nobody can then have the service assume the role (the confused deputy); the second part of the
# pair is the resource that it acts for.
_ACTS_FOR = {
    # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    "codebuild.amazonaws.com": ("codebuild", "project/*"),
    # https://docs.aws.amazon.com/codedeploy/latest/userguide/security_confused_deputy.html
    "codedeploy.amazonaws.com": ("codedeploy", "deploymentgroup:*"),
    # For the task role. ECS assumes the execution role as the same service: that it says the same
    # then is undocumented, our reading.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    "ecs-tasks.amazonaws.com": ("ecs", "*"),
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    "vpc-flow-logs.amazonaws.com": ("ec2", "vpc-flow-log/*"),
}


def trusted_service(scope: Construct, name: str) -> iam.IPrincipal:
    """Give an AWS service as somebody who may assume a role for resources of this account only.

    For services that document no such condition it is the service without one; a policy test
    lists them, each with its page.
    """
    if name not in _ACTS_FOR:
        return service_principal(name)
    service, resource = _ACTS_FOR[name]
    return _trusted_for(name, place(scope)[2], arn(scope, service, resource))


@cache
def _trusted_for(name: str, account: str, resources: str) -> iam.IPrincipal:
    return service_principal(name).with_conditions(
        {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": resources},
        }
    )


def trusted_role(scope: Construct, *, account: str, name: str) -> iam.IPrincipal:
    """Give one role of another account as somebody who may assume a role of this one.

    IAM takes no principal that doesn't exist, and keeps the id of one that does: the role could
    neither come later nor be made again. So the account is trusted, for what calls itself by that
    role's ARN; who assumes a role keeps the ARN of the role itself in this key.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn

    Parameters
    ----------
    scope
        Says the partition.
    account, name
        Where that role is, and its name.
    """
    return account_principal(account).with_conditions(
        {"ArnLike": {"aws:PrincipalArn": role_arn(scope, account, name)}}
    )


@cache
def tcp(port: int) -> ec2.Port:
    """Give a TCP port as security groups take it."""
    return ec2.Port.tcp(port)


@cache
def everyone() -> ec2.IPeer:
    """Give all addresses of IPv4 as security groups take them."""
    return ec2.Peer.any_ipv4()


@cache
def python_runtime() -> lambda_.Runtime:
    """Give the Python that our functions run on."""
    return lambda_.Runtime.PYTHON_3_14


@cache
def own_stack_id() -> str:
    """Give the id of the stack that the value is used in."""
    return Aws.STACK_ID


def arn(
    scope: Construct,
    service: str,
    resource: str,
    *,
    region: str | None = None,
    account: str | None = None,
) -> str:
    """Write the ARN of what belongs to a construct's account and region, or to others.

    Parameters
    ----------
    scope
        The construct whose stack says partition, region and account. The stack itself costs
        nothing; of any other construct the library is asked for its stack.
    service, resource
        Such as ``logs`` and ``log-group:/shop/prod/storefront``.
    region, account
        Where it isn't those of the stack; empty for what has none.
    """
    partition, own_region, own_account = place(scope)
    if region is None:
        region = own_region
    if account is None:
        account = own_account
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def resource_of(construct: IConstruct) -> CfnResource:
    """Give the resource that a template has of a construct.

    Raises
    ------
    TypeError
        It has none, or several.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is no resource that a template could speak of")
    return resource


def role_arn(scope: Construct, account: str, name: str) -> str:
    """Write the ARN of a role of an account; roles belong to no region."""
    return f"arn:{place(scope)[0]}:iam::{account}:role/{name}"


@cache
def place(scope: Construct) -> tuple[str, str, str]:
    """Return the partition, the region and the account of a construct's stack."""
    return _place_of_stack(scope if isinstance(scope, Stack) else Stack.of(scope))


@cache
def _place_of_stack(stack: Stack) -> tuple[str, str, str]:
    return stack.partition, stack.region, stack.account
