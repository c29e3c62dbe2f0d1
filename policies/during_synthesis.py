"""Who checks while the templates are made: cdk-nag's packs, the library's validator, our rules."""

import json
import re
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path

from policies import nag
from policies.assembly import GUARD, VALIDATOR, Assembly
from policies.checked import Checked
from policies.errors import PoliciesError
from slipway.leash import Leashed

ROOT = Path(__file__).resolve().parent.parent

PACKS = ("AwsSolutions", "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security", "Serverless")

_SILENT = "found nothing at all, not even what is acknowledged: has it run? See stacks/policy.py"


def validator_rules(directory: Path) -> list[str]:
    """Ask the library's validator for its rules.

    Raises
    ------
    PoliciesError
        It doesn't tell.
    """
    answer = directory / "validator.json"
    with (
        answer.open("wb") as output,
        Leashed(
            [sys.executable, "-c", _ASK], cwd=ROOT, stdout=output, stderr=subprocess.PIPE
        ) as process,
    ):
        code = process.wait()
    if code:
        raise PoliciesError(f"The library's validator doesn't tell its rules (exit code {code}).")
    rules: list[str] = json.loads(answer.read_text())
    return rules


_ASK = """
import json
from aws_cdk import CloudFormationValidatePlugin
print(json.dumps(CloudFormationValidatePlugin().rule_ids))
"""


def guard_rules(folder: Path = ROOT / "policies" / "guard") -> dict[str, str]:
    """Return our Guard rules, each with the comment above it.

    Those in lower case only help others.
    """
    found = {}
    for file in sorted(folder.glob("*.guard")):
        for comment, rule in re.findall(
            r"((?:^#.*\n)*)^rule[ \t]+([A-Z][A-Z0-9_]*)\b",
            file.read_text(encoding="utf-8"),
            re.MULTILINE,
        ):
            found[rule] = " ".join(line.lstrip("# ").rstrip() for line in comment.splitlines())
    return found


def checked_during_synthesis(assembly: Assembly, validator: list[str]) -> list[Checked]:
    """Say what synthesis checked."""
    types = assembly.resource_types
    reports: list[Checked] = []
    for name in PACKS:
        rules = nag.packs()[name]
        in_use = tuple(rule.name for rule in rules if rule.has_something_to_look_at(types))
        reports.append(
            Checked(
                checker=name,
                version=nag.version(),
                rules=in_use,
                idle=tuple(rule.name for rule in rules if rule.name not in in_use),
                resources=assembly.resources,
                findings=tuple(assembly.packs.get(name, ())),
                problem="" if name in assembly.packs else _SILENT,
            )
        )
    ran = VALIDATOR in assembly.packs or GUARD in assembly.packs
    own = guard_rules()
    checks: tuple[tuple[str, Collection[str], dict[str, str]], ...] = (
        (GUARD, own, own),
        (VALIDATOR, validator, {}),
    )
    for name, ids, meanings in checks:
        reports.append(
            Checked(
                checker=name,
                version=version("aws-cdk-lib"),
                rules=tuple(ids),
                resources=assembly.resources,
                findings=tuple(assembly.packs.get(name, ())),
                meanings=meanings,
                problem="" if ran else _SILENT,
            )
        )
    return reports
