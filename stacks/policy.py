"""The policy checks that every synthesis runs over every template."""

import json
import os
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

# Each is a whole: what a pack does not say of a resource, it has nothing against.
PACKS = (
    AwsSolutionsChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    HIPAASecurityChecks,
    ServerlessChecks,
)

GUARD_RULES = Path(__file__).resolve().parent.parent / "policies" / "guard"


def add_policy_checks(app: cdk.App) -> None:
    """Let synthesis fail for a finding that nobody has acknowledged.

    See :mod:`slipway_constructs.findings`, and ``make policy`` for the checkers that read the
    templates afterwards.

    Raises
    ------
    ValueError
        There are no Guard rules in ``policies/guard``.
    """
    cdk.Validations.of(app).add_plugins(*(pack(app, verbose=True) for pack in PACKS))
    # Most of a synthesis goes into it. The library's own one knows the same switch.
    if os.environ.get("CDK_VALIDATION") != "false":
        cdk.Validations.of(app).add_plugins(template_validator())


def open_findings(assembly: Path) -> list[str]:
    """Read what nobody has acknowledged from the report of a synthesis: a line each.

    The CDK command line takes reporting upon itself, and then tells the findings of the stacks
    that it was asked for only: ``cdk synth`` without names means those outside of stages.
    """
    report = json.loads((assembly / "validation-report.json").read_text("utf-8"))
    return sorted(
        f"{construct['constructPath']}: {violation['ruleName']}: {violation['description']}"
        for checker in report["pluginReports"]
        # An image that isn't built yet forbids deployments of its stack, not synthesis.
        if checker["pluginName"] != "Construct Annotations"
        for violation in checker["violations"]
        if violation["severity"] == "error"
        for construct in violation["violatingConstructs"]
    )


def template_validator() -> cdk.CloudFormationValidatePlugin:
    """Give the library's validator of templates, with our Guard rules beside its own.

    An app that has this one leaves out the one that it would have by itself: the engine runs once.
    """
    return cdk.CloudFormationValidatePlugin(
        # Of the library's own these are the rules for GameLift only; the engine's stay. They need
        # a second engine, which takes as long to start as all our rules take.
        include_default_rules=False,
        # As one: the engine reads each template once for each of these.
        guard_rules=[
            cdk.ValidationRuleSource(
                name="slipway",
                content="\n".join(file.read_text(encoding="utf-8") for file in guard_files()),
            )
        ],
    )


def guard_files() -> list[Path]:
    """List the files with our own rules; its ``README.md`` says how they are written.

    Raises
    ------
    ValueError
        There are none: a synthesis that checks nothing would look like one that finds nothing.
    """
    files = sorted(GUARD_RULES.glob("*.guard"))
    if not files:
        raise ValueError(f"{GUARD_RULES}: no Guard rules (*.guard); take the folder from git again")
    return files
