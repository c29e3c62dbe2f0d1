"""What policy checks ask of a function that AWS itself calls, and the answers to it.

They ask it of every function alike. What differs is who calls, and who waits for the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CfnResource
from constructs import IConstruct

from slipway_constructs.values import resource_of


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls a function, as an auditor wants to know it."""

    how_often: str
    """How many calls there are at a time: it says why none has to be reserved."""

    after_a_failure: str
    """Who learns of a call that failed, and what happens then."""


# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
_NO_RESERVE = (
    "Reserved concurrency is taken from what all functions of the account share, and AWS refuses "
    "it where fewer than 100 would be left: a new account could not be deployed to."
)

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
CODEDEPLOY = Caller(
    how_often="CodeDeploy calls this function once in a deployment, and of a service one "
    "deployment runs at a time.",
    after_a_failure="CodeDeploy waits for the answer, and ends the deployment without one; an "
    "alarm on the function's errors stops it sooner. A call that was kept and made again later "
    "would answer for a deployment that is over.",
)
CLOUDFORMATION = Caller(
    how_often="CloudFormation calls this function while its stack changes, for a resource or two.",
    after_a_failure="CloudFormation waits for the answer, and takes the change back without one. A "
    "call that was kept and made again later would change what the stack knows nothing of.",
)
QUEUE = Caller(
    how_often="Its queue holds few messages: one an hour, and one for each deployment that ends or "
    "secret that changes.",
    after_a_failure="Lambda keeps asynchronous calls only, and this function is called by its "
    "queue. What fails is tried again from there, and goes to the queue's own dead-letter queue in "
    "the end, for which an alarm calls people.",
)

_NO_TRACES = (
    "What this function does is in its log, and what it changes through AWS APIs is in the event "
    "history of CloudTrail, which every account has. Traces would tell no more than that, and for "
    "them its role would need actions on all resources."
)
_OUTSIDE = (
    "All that this function calls is APIs of AWS, over TLS. In the VPC it would gain a way to "
    "tasks and data that it has no business with, and its role the right to make network "
    "interfaces."
)
_PLAIN_VARIABLES = (
    "These variables are names of this environment's resources, as they stand in the template, and "
    "a policy test keeps secrets out. Lambda encrypts them with a key of AWS. A key of ours would "
    "be one more thing without which no release begins or ends."
)


def answers_for_function(
    *, caller: Caller, in_vpc: bool = False, variables: bool = False
) -> dict[str, Sequence[str]]:
    """Answer what the packs and checkov say of a function.

    Parameters
    ----------
    caller
        Who calls it.
    in_vpc
        Whether it runs in the VPC.
    variables
        Whether it has environment variables.

    Returns
    -------
    dict
        For each reason, the findings that it answers; to be acknowledged with the function.
    """
    return {
        f"{caller.how_often} {_NO_RESERVE}": ("LambdaConcurrency", "CKV_AWS_115"),
        caller.after_a_failure: ("LambdaDLQ", "Serverless-LambdaDLQ", "CKV_AWS_116"),
        _NO_TRACES: ("Serverless-LambdaTracing",),
        **({} if in_vpc else {_OUTSIDE: ("LambdaInsideVPC", "CKV_AWS_117")}),
        **({_PLAIN_VARIABLES: ("CKV_AWS_173",)} if variables else {}),
    }


def depend_by_reference(user: IConstruct) -> CfnResource:
    """Leave out the DependsOn of what uses a role: the library repeats there that it refers to it.

    The role in turn refers to its policy, so both still come first and go last.

    Returns
    -------
    CfnResource
        The user's resource, which has no DependsOn any more.
    """
    resource = resource_of(user)
    resource.add_deletion_override("DependsOn")
    return resource
