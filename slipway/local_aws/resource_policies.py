"""Whom a resource's own policy lets in from another account.

Identity policies decide nothing on this machine. Between accounts AWS asks both sides, so what is
left to ask here is the side that owns the resource: a bucket's policy, a repository's, a key's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_region

from slipway.local_aws.callers import Caller


def admits(
    policy: str | Mapping[str, Any] | None,
    caller: Caller,
    action: str,
    resource: str,
    *,
    context: Mapping[str, Any] | None = None,
) -> bool:
    """Tell whether a resource's policy lets somebody of another account do something.

    Parameters
    ----------
    policy
        The document; without one nobody is let in.
    caller
        Who asks.
    action
        Such as ``ecr:BatchGetImage``.
    resource
        Its ARN.
    context
        Further condition keys. A request here counts as one over TLS, which real ones are.
    """
    if not policy:
        return False
    asked = iam_evaluator.EvalContext(
        principal_arn=caller.principal_arn or caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context={key.lower(): value for key, value in (context or {}).items()},
        principal_keys=dict(caller.keys),
    )
    decided: str = iam_evaluator.evaluate_resource_policy(
        dict(policy) if isinstance(policy, Mapping) else policy, asked
    ).decision
    return decided == "Allow"
