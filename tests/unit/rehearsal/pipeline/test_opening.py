"""A pipeline with fewer environments."""

from pathlib import Path

import pytest

from slipway.rehearsal.pipeline.opening import leave_environment_out
from slipway.rehearsal.workspace import Workspace
from slipway.settings import load

APPLICATION = Path(__file__).resolve().parents[3] / "pipeline_application"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(APPLICATION, tmp_path / "workspace")


def waves(workspace: Workspace) -> list[list[str]]:
    return [[each.name for each in wave] for wave in load(workspace.directory).waves]


def test_what_came_after_the_first_environment_is_the_first_then(workspace: Workspace) -> None:
    assert waves(workspace) == [["dev"], ["staging"], ["prod-eu", "prod-us"]]
    leave_environment_out(workspace, "dev")
    assert waves(workspace) == [["staging"], ["prod-eu", "prod-us"]]
    assert "dev" not in load(workspace.directory).environments


def test_what_came_after_one_in_the_middle_comes_after_what_was_before(
    workspace: Workspace,
) -> None:
    leave_environment_out(workspace, "staging")
    assert waves(workspace) == [["dev"], ["prod-eu", "prod-us"]]
