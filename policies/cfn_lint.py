"""cfn-lint over the templates."""

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from policies.assembly import StackTemplate
from policies.checked import Checked
from policies.errors import PoliciesError
from policies.register import Finding
from policies.templates import Copies
from slipway.leash import Leashed

CFN_LINT = "cfn-lint"
# The library's validator has cfn-lint's rules: one acknowledgement answers both.
NAMESPACE = "CloudFormation-Validate"

_COMMAND = str(Path(sys.executable).with_name("cfn-lint"))


def rules(directory: Path) -> tuple[str, ...]:
    """Return every rule about errors and warnings: others it leaves out by itself."""
    listed = _run(["--list-rules"], directory / "cfn-lint-rules.txt")
    return tuple(re.findall(r"^([EW]\d{4}): ", listed, re.MULTILINE))


def shares(copies: Copies, count: int) -> list[list[Path]]:
    """Divide the templates into about `count` shares that take about as long.

    The templates of a share are of one region: cfn-lint checks each for every region that it is
    told.
    """
    by_region: dict[str, list[Path]] = {}
    for file, stack in copies.stacks.items():
        by_region.setdefault(stack.region, []).append(file)
    everything = _size(copies.stacks)
    return [
        share
        for files in by_region.values()
        for share in _divide(files, max(1, round(count * _size(files) / everything)))
    ]


def _divide(files: Iterable[Path], count: int) -> list[list[Path]]:
    result: list[list[Path]] = [[] for _ in range(count)]
    for file in sorted(files, key=lambda each: each.stat().st_size, reverse=True):
        min(result, key=_size).append(file)
    return [share for share in result if share]


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def lint(share: Sequence[Path], copies: Copies, directory: Path) -> list[Finding]:
    """Let cfn-lint read a share of the templates, of one region, and the wrong one.

    Raises
    ------
    PoliciesError
        It failed, or finds nothing wrong with what is wrong.
    """
    (region,) = {copies.stacks[file].region for file in share}
    said = _run(
        ["--format", "json", "--non-zero-exit-code", "none", "--regions", region, "--"]
        + [*map(str, share), str(copies.wrong)],
        directory / f"cfn-lint-{share[0].stem}.json",
    )
    matches = json.loads(said)
    found = [match for match in matches if Path(match["Filename"]) != copies.wrong]
    if len(found) == len(matches):
        raise PoliciesError("cfn-lint finds nothing wrong with a template that is wrong.")
    return [
        Finding(
            CFN_LINT,
            f"{NAMESPACE}::{match['Rule']['Id']}",
            _construct(copies.stacks[Path(match["Filename"])], match),
            match["Message"],
        )
        for match in found
    ]


def report(
    rule_ids: tuple[str, ...], findings: Sequence[Finding], resources: int, seconds: float
) -> Checked:
    """Put the shares together."""
    return Checked(
        checker=CFN_LINT,
        version=version("cfn-lint"),
        rules=rule_ids,
        resources=resources,
        findings=tuple(findings),
        seconds=seconds,
    )


def _construct(stack: StackTemplate, match: dict[str, Any]) -> str:
    match match["Location"].get("Path"):
        case ["Resources" | "Outputs" | "Parameters" | "Conditions", str(logical_id), *_]:
            return stack.construct(logical_id)
        case _:
            return stack.path


def _run(arguments: list[str], output: Path) -> str:
    # Apart from a .cfnlintrc of whoever runs this.
    home = output.parent
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    errors = output.with_suffix(".log")
    with (
        output.open("wb") as standard_output,
        errors.open("wb") as standard_error,
        Leashed(
            [_COMMAND, *arguments],
            cwd=home,
            env=environment,
            stdout=standard_output,
            stderr=standard_error,
        ) as process,
    ):
        code = process.wait()
    if code:
        raise PoliciesError(f"{_last(errors)}cfn-lint failed with exit code {code}.")
    return output.read_text(encoding="utf-8")


def _last(errors: Path) -> str:
    lines = errors.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1]}\n" if lines else ""
