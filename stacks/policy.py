"""The policy checks that every synthesis runs over every template."""

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks


def add_policy_checks(app: cdk.App) -> None:
    """Let synthesis fail for a finding that nobody has acknowledged.

    See :mod:`slipway_constructs.findings`, and ``make policy`` for the checkers that read the
    templates afterwards.
    """
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
