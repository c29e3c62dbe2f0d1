"""Findings of policy checks that are right as they are: acknowledged beside what they concern.

Synthesis writes every acknowledgement into the assembly. ``make policy`` reads them there, fails
for one that no finding answers to, and lists them in ``docs/proof/compliance.md``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from aws_cdk import Acknowledgment, CfnOutput, CfnResource, Stack, Validations
from constructs import IConstruct

from slipway_constructs.values import resource_of

# The packs of cdk-nag that share the names of their rules.
_NIST, _PCI, _HIPAA = "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security"
_FRAMEWORKS = (_NIST, _PCI, _HIPAA)
# Those of their rules that not all three have; an acknowledgement without a rule would be stale.
_NOT_IN_ALL: Mapping[str, tuple[str, ...]] = {
    "ALBWAFEnabled": (_NIST, _PCI),
    "CloudWatchAlarmAction": (_NIST, _HIPAA),
    "CodeBuildProjectSourceRepoUrl": (_PCI, _HIPAA),
    "EC2IMDSv2Enabled": (_NIST, _HIPAA),
    "ELBDeletionProtectionEnabled": (_NIST, _HIPAA),
    "LambdaConcurrency": (_NIST, _HIPAA),
    "LambdaDLQ": (_NIST, _HIPAA),
    "SecretsManagerRotationEnabled": (_NIST, _HIPAA),
}

# How the text begins that stands for a reference until synthesis.
_REFERENCE = "${Token["


def acknowledge(construct: IConstruct, *findings: str, because: str) -> None:
    """Acknowledge what checkers say about one construct, for one reason.

    Parameters
    ----------
    construct
        The narrowest construct that has the findings; for checkov and cfn-lint the resource, and
        for cfn-lint also an output.
    findings
        The rules that say the same, each as its checker names it: ``AwsSolutions-S1`` and
        ``Serverless-LambdaDLQ`` with their pack in front, ``S3BucketLoggingEnabled`` for the NIST,
        PCI DSS and HIPAA packs together, ``CKV_AWS_18`` of checkov, ``W3010`` of cfn-lint,
        ``TEST_LISTENER_IS_PRIVATE`` of our own Guard rules. With a suffix where the finding has
        one: ``AwsSolutions-IAM5[Resource::*]``.
    because
        Why it is right here; an auditor reads it.
    """
    _acknowledge(construct, dict.fromkeys(findings, because))


def acknowledge_each(construct: IConstruct, reasons: Mapping[str, Sequence[str]]) -> None:
    """Acknowledge what checkers say about one construct, for several reasons.

    What checkov says of a construct, or cfn-lint, is acknowledged in one call; a test fails where
    a second one has taken something away.

    Parameters
    ----------
    construct
        See :func:`acknowledge`.
    reasons
        For each reason, the findings that it answers.
    """
    _acknowledge(construct, _by_finding(reasons))


def acknowledge_parts(
    construct: IConstruct, parts: Mapping[CfnResource, Mapping[str, Sequence[str]]]
) -> None:
    """Acknowledge what checkers say about several resources that one construct is made of.

    What several of them have in common is recorded once: at the construct, for an acknowledgement
    answers for all that is below it. checkov and cfn-lint read each resource's own in the template.

    Parameters
    ----------
    construct
        What the resources are parts of: the narrowest that has them all.
    parts
        Each resource with its reasons, and the findings that each of them answers.

    Raises
    ------
    ValueError
        A finding has two reasons: each would answer for both resources.
    """
    by_part = {resource: _by_finding(reasons) for resource, reasons in parts.items()}
    recorded: dict[str, str] = {}
    for finding, because in chain.from_iterable(each.items() for each in by_part.values()):
        if recorded.setdefault(finding, because) != because:
            raise ValueError(f"{finding} has two reasons in {construct.node.path}")
    _record(construct, recorded)
    for resource, reasons in by_part.items():
        _tell_checkers_that_read_templates(resource, reasons)


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge the wildcards of one policy.

    Parameters
    ----------
    construct
        The policy.
    reasons
        The reason for each resource, which is said as the statement says it.
    """
    resources: list[Any] = list(reasons)
    if any(_REFERENCE in resource for resource in resources):
        resources = Stack.of(construct).resolve(resources)
    _acknowledge(
        construct,
        {
            f"AwsSolutions-IAM5[Resource::{_as_reported(resource)}]": because
            for resource, because in zip(resources, reasons.values(), strict=True)
        },
    )


def _by_finding(reasons: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {finding: because for because, findings in reasons.items() for finding in findings}


def _acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    _record(construct, reasons)
    _tell_checkers_that_read_templates(construct, reasons)


def _record(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    Validations.of(construct).acknowledge(
        *chain.from_iterable(_acknowledgments(*each) for each in reasons.items())
    )


@cache
def _acknowledgments(finding: str, because: str) -> list[Acknowledgment]:
    """Give what the library takes; most of it is the same for every service."""
    return [Acknowledgment(id=full_id, reason=because) for full_id in _full_ids(finding)]


def _full_ids(finding: str) -> Iterator[str]:
    """Put the checker in front: a bare id would silence the finding without listing it anywhere."""
    rule = finding.split("[")[0]
    if pack := re.match(r"(AwsSolutions|Serverless)-", rule):
        yield f"{pack[1]}::{finding}"
    elif _is_checkov(rule):
        yield f"Checkov::{finding}"
    elif _is_cfn_lint(rule) or rule.isupper():
        # The library's own validator has cfn-lint's rules and ours.
        yield f"CloudFormation-Validate::{finding}"
    else:
        for pack_name in _NOT_IN_ALL.get(rule, _FRAMEWORKS):
            yield f"{pack_name}::{pack_name}-{finding}"


def _tell_checkers_that_read_templates(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Write what checkov and cfn-lint look for, so that whoever runs them sees what we see."""
    checkov = {rule: because for rule, because in reasons.items() if _is_checkov(rule)}
    cfn_lint = sorted(filter(_is_cfn_lint, reasons))
    if not checkov and not cfn_lint:
        return
    if isinstance(construct, CfnOutput):
        # An output has no metadata of its own: cfn-lint looks for it in the whole template's.
        Stack.of(construct).add_metadata("cfn-lint", {"config": {"ignore_checks": cfn_lint}})
        return
    resource = resource_of(construct)
    # It writes over what is there: to ask first would cost a service as much as an alarm does.
    if checkov:
        skip = [{"id": rule, "comment": because} for rule, because in checkov.items()]
        resource.add_metadata("checkov", {"skip": skip})
    if cfn_lint:
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": cfn_lint}})


def _is_checkov(rule: str) -> bool:
    return rule.startswith("CKV")


def _is_cfn_lint(rule: str) -> bool:
    return re.fullmatch(r"[EWI]\d{4}", rule) is not None


def _as_reported(value: Any) -> str:
    """Write a resolved value as findings do: a reference by its name, between ``<`` and ``>``."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_as_reported(part) for part in parts)
        case _:
            return json.dumps(value, separators=(",", ":"))
