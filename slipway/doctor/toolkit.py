"""The stack of `cdk bootstrap`: whether it is there, and new enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_PAGE = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"
_CHECK = "CDK bootstrap"
# The version that today's templates need; an assembly says it itself.
_LEAST = 6


def toolkit(patient: Patient) -> Iterator[Finding]:
    """Compare the version that is there with the one that the templates need."""
    ssm = patient.client("ssm")
    place = f"aws://{patient.account}/{patient.region}"
    # The qualifier of the CDK's own template; scripts/cdk bootstrap gives no other.
    name = "/cdk-bootstrap/hnb659fds/version"
    how = _how(patient, place)
    try:
        found = int(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        yield mend(_CHECK, f"{place} is not bootstrapped", how, _PAGE)
        return
    needed = max([_LEAST, *(_needed_by(each) for each in patient.assemblies)])
    if found < needed:
        yield mend(_CHECK, f"version {found} is there, the templates need {needed}", how, _PAGE)
    else:
        yield ok(_CHECK, f"version {found}, the templates need {needed}", _PAGE)


def _how(patient: Patient, place: str) -> str:
    if patient.environment is None:
        return "slipway bootstrap --tooling"
    if patient.environment.pipeline is None:
        return f"scripts/cdk bootstrap {place}"
    return f"slipway bootstrap {patient.environment.name}"


def _needed_by(assembly: Path) -> int:
    """Read the highest version that any stack of an assembly asks for; 0 where there is none."""
    needed = 0
    for manifest in assembly.glob("**/manifest.json"):
        try:
            artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].values()
        except (OSError, ValueError, KeyError):
            continue
        for artifact in artifacts:
            properties = artifact.get("properties", {})
            needed = max(needed, int(properties.get("requiresBootstrapStackVersion", 0)))
    return needed
