"""checkov over the templates, in an environment of its own."""

import json
import os
from pathlib import Path

from policies.checked import Checked
from policies.errors import PoliciesError
from policies.register import Finding
from policies.templates import Copies
from slipway.leash import Leashed

CHECKOV = "checkov"
NAMESPACE = "Checkov"
FOLDER = Path(__file__).resolve().parent / "checkov"
LOCK = FOLDER / "requirements.txt"


def check(python: Path, copies: Copies, directory: Path) -> Checked:
    """Let checkov read every template, and the wrong one.

    Parameters
    ----------
    python
        The interpreter of checkov's environment.
    copies, directory
        The templates, and where files may be left.

    Raises
    ------
    PoliciesError
        It failed, could not read a template, or finds nothing wrong with what is wrong.
    """
    files = [*copies.stacks, copies.wrong]
    output, errors = directory / "checkov.json", directory / "checkov.log"
    with (
        output.open("wb") as standard_output,
        errors.open("wb") as standard_error,
        Leashed(
            # By name: checkov takes a path of 40 characters, which it puts into references, for an
            # access key of AWS (CKV_AWS_45).
            [python, "-I", FOLDER / "check.py", *(each.name for each in files)],
            cwd=copies.folder,
            env={"HOME": str(directory), "PATH": os.environ.get("PATH", "")},
            stdout=standard_output,
            stderr=standard_error,
        ) as process,
    ):
        code = process.wait()
    if code:
        said = errors.read_text(errors="replace").strip()
        raise PoliciesError(f"{said}\ncheckov failed with exit code {code}, see above.")
    said = json.loads(output.read_text())
    if said["errors"]:
        raise PoliciesError(f"checkov can't read {said['errors'][0]}.")
    found = [each for each in said["failed"] if each["file"] != copies.wrong.name]
    if len(found) == len(said["failed"]):
        raise PoliciesError("checkov finds nothing wrong with a template that is wrong.")
    return Checked(
        checker=CHECKOV,
        version=said["version"],
        rules=tuple(sorted(said["checks"], key=_number)),
        # Less those of the wrong template.
        resources=said["resources"] - 1,
        findings=tuple(
            Finding(
                CHECKOV,
                f"{NAMESPACE}::{each['check']}",
                copies.stacks[copies.folder / each["file"]].construct(each["logical_id"]),
                each["detail"],
            )
            for each in found
        ),
        meanings=said["checks"],
    )


def _number(check: str) -> tuple[str, int]:
    kind, _, number = check.rpartition("_")
    return kind, int(number)
