"""The roles that ``cdk bootstrap`` makes in every account that the pipeline deploys to."""

from constructs import Construct

from slipway.settings import Account
from slipway_constructs.values import role_arn

# The qualifier that it gives their names unless told otherwise.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
_QUALIFIER = "hnb659fds"


def deploy_role(scope: Construct, place: Account) -> str:
    """Give the role that changes stacks."""
    return _role(scope, "deploy", place)


def file_publishing_role(scope: Construct, place: Account) -> str:
    """Give the role that uploads templates and the code of functions."""
    return _role(scope, "file-publishing", place)


def _role(scope: Construct, kind: str, place: Account) -> str:
    name = f"cdk-{_QUALIFIER}-{kind}-role-{place.account}-{place.region}"
    return role_arn(scope, place.account, name)
