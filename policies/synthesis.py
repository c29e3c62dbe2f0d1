"""One synthesis of everything, validated, with every image there."""

import json
import os
import subprocess
import sys
from pathlib import Path

from policies.errors import PoliciesError
from slipway.leash import Leashed
from slipway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

# Any digest will do for templates, as long as it is not the one that means "no image".
_DIGEST = "sha256:" + "1" * 64
# A finding is a line of the table, not the end of the synthesis.
_COLLECT_FINDINGS = {"@aws-cdk/core:failSynthOnValidationErrors": False}


def synthesise(settings: Settings, directory: Path) -> Path:
    """Write the cloud assembly of every environment, and return where it is.

    app.py itself runs, as the command line of the CDK runs it. That command line would leave out
    the library's own validator.

    Raises
    ------
    PoliciesError
        It failed.
    """
    images = directory / "images.json"
    services = {name for each in settings.environments for name in settings.services(each)}
    images.write_text(json.dumps(dict.fromkeys(services, _DIGEST)))
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    context |= _COLLECT_FINDINGS | {"images": str(images)}
    assembly = directory / "cdk.out"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_"))
    } | {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(assembly),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    log = directory / "synthesis.log"
    with (
        log.open("wb") as output,
        Leashed(
            [sys.executable, str(ROOT / "app.py")],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        code = process.wait()
    if code or not (assembly / "validation-report.json").exists():
        said = log.read_text(errors="replace").rstrip()
        raise PoliciesError(f"{said}\nThe synthesis failed with exit code {code}, see above.")
    return assembly
