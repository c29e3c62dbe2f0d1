"""The program run as a shell runs it, and deployments as CodeDeploy remembers them."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.cli import main
from slipway.release import DeploymentRecord
from slipway.release.notes import Notes

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line as a shell would: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["slipway", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def record() -> Callable[..., DeploymentRecord]:
    """Make what is known of a deployment: by its status, and whatever else matters."""

    def record(status: str, **more: Any) -> DeploymentRecord:
        known: dict[str, Any] = {
            "id": "d-ONE",
            "status": status,
            "created": NOON,
            "completed": None,
            "creator": "user",
            "description": "",
            "revision": "shop-prod-storefront:7",
            "error_code": None,
            "error_message": None,
            "rollback_id": None,
        }
        known |= more
        return DeploymentRecord(**known, notes=Notes.of_description(known["description"]))

    return record
