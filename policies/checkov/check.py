"""Run checkov over templates, in checkov's own environment: ``python check.py TEMPLATE...``.

It imports nothing of ours, and of checkov only what reads CloudFormation: its command line imports
every framework, and asks a server. Prints one JSON object.
"""

import json
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

logging.disable(logging.CRITICAL)
os.environ["LOG_LEVEL"] = "CRITICAL"


class OfflineError(OSError):
    """Something here wanted the network."""


def _refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise OfflineError("checkov checks templates without the network")


def main(files: list[str]) -> int:
    """Check and report."""
    # Assigned by name, so that the type checker doesn't take it for a method of another type.
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _refuse)
    # They come with checkov's environment, not with ours.
    from checkov.cloudformation.checks.resource.registry import cfn_registry
    from checkov.cloudformation.runner import Runner
    from checkov.runner_filter import RunnerFilter
    from checkov.version import version

    runner = Runner()
    report = runner.run(
        root_folder=None,
        files=files,
        runner_filter=RunnerFilter(
            framework=["cloudformation"], show_progress_bar=False, run_image_referencer=False
        ),
    )
    records = [*report.passed_checks, *report.failed_checks, *report.skipped_checks]
    result: dict[str, Any] = {
        "version": version,
        "rules": len(
            {check.id for checks in cfn_registry.checks.values() for check in checks}
            | {check.id for check in runner.graph_registry.checks}
        ),
        "resources": len(report.resources),
        "errors": list(report.parsing_errors),
        "checks": {record.check_id: record.check_name for record in records},
        "failed": [
            {
                "check": record.check_id,
                "file": Path(record.file_abs_path).name,
                # "AWS::S3::Bucket.BucketE4FA55D1"
                "logical_id": record.resource.rpartition(".")[2],
                "detail": record.check_name,
            }
            for record in report.failed_checks
        ],
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
