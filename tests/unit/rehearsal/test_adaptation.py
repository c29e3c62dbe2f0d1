from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.rehearsal.adaptation import (
    allow_for_stalls,
    keep_registry_with,
    leave_out_canaries,
)
from slipway.rehearsal.workspace import Workspace
from slipway.settings import SettingsError, load

APPLICATION = Path(__file__).resolve().parents[2] / "application"
FILE = "services/storefront/service.yaml"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(APPLICATION, tmp_path / "workspace")


def settings(workspace: Workspace) -> Any:
    return yaml.safe_load((workspace.directory / FILE).read_text())


def change(workspace: Workspace, change: Callable[[Any], object]) -> None:
    document = settings(workspace)
    change(document)
    (workspace.directory / FILE).write_text(yaml.safe_dump(document))


def burst(threshold: str, **more: str) -> dict[str, Any]:
    latency = {"percentile": 95, "threshold": threshold}
    return {"burst": {"path": "/", "requests": 20, "at_once": 5, "latency": latency, **more}}


def bursts(workspace: Workspace, *checks: dict[str, Any], environment: str | None = None) -> None:
    def declare(document: Any) -> None:
        place = document["environments"].setdefault(environment, {}) if environment else document
        events = place.setdefault("deployment", {}).setdefault("checks", {})
        events["BeforeAllowTraffic"] = list(checks)

    change(workspace, declare)


def limits(workspace: Workspace, environment: str = "local") -> list[tuple[float, float]]:
    """Threshold and timeout of each check of green before the shift, in seconds."""
    service = load(workspace.directory).services(environment)["storefront"]
    declared = [each.burst for each in service.deployment.checks["BeforeAllowTraffic"]]
    return [
        (each.latency.threshold.total_seconds(), each.timeout.total_seconds())
        for each in declared
        if each and each.latency
    ]


def test_a_check_bears_that_every_request_is_three_seconds_late(workspace: Workspace) -> None:
    bursts(workspace, burst("500ms"), burst("1s", timeout="2s"))
    allow_for_stalls(workspace)
    assert limits(workspace) == [(3.5, 8.0), (4.0, 5.0)]


def test_a_limit_of_one_environment_grows_too(workspace: Workspace) -> None:
    bursts(workspace, burst("1s"), environment="local")
    allow_for_stalls(workspace)
    assert limits(workspace, "local") == [(4.0, 8.0)]


def test_a_limit_near_the_longest_timeout_stays_what_settings_allow(workspace: Workspace) -> None:
    bursts(workspace, burst("56s", timeout="58s"), burst("58s", timeout="60s"))
    allow_for_stalls(workspace)
    assert limits(workspace) == [(59.0, 60.0), (58.0, 60.0)]


def test_an_alarm_bears_it_too(workspace: Workspace) -> None:
    own = {"deployment": {"alarms": {"latency": {"percentile": 90, "threshold": "2s"}}}}
    change(workspace, lambda document: document["environments"]["local"].update(own))
    allow_for_stalls(workspace)
    for_all = settings(workspace)["deployment"]["alarms"]["latency"]
    alarms = load(workspace.directory).services("local")["storefront"].deployment.alarms
    assert for_all == {"percentile": 99, "threshold": "4s"}
    assert alarms.latency and alarms.latency.threshold.total_seconds() == 5


def test_all_other_settings_stay(workspace: Workspace) -> None:
    before = settings(workspace)
    allow_for_stalls(workspace)
    after = settings(workspace)
    assert after != before
    for document in (before, after):
        del document["deployment"]["alarms"]["latency"]
        for checks in document["deployment"]["checks"].values():
            for check in checks:
                for name in check.keys() & {"http", "burst"}:
                    check[name] = check[name].keys() - {"latency", "timeout"}
    assert after == before


def test_wrong_settings_are_refused_before_anything_is_changed(workspace: Workspace) -> None:
    bursts(workspace, burst("soon"))
    before = (workspace.directory / FILE).read_text()
    with pytest.raises(SettingsError, match="must be a duration"):
        allow_for_stalls(workspace)
    assert (workspace.directory / FILE).read_text() == before


def test_an_environment_whose_registry_is_its_own_leaves_the_pipeline(tmp_path: Path) -> None:
    workspace = Workspace.create(APPLICATION.with_name("pipeline_application"), tmp_path / "there")
    keep_registry_with(workspace, "prod-us")
    settings = load(workspace.directory)
    assert settings.tooling("prod-us") == settings.environment("prod-us").tooling
    assert settings.application.pipeline is None
    assert settings.waves == ()


def test_no_canary_is_rehearsed(tmp_path: Path) -> None:
    workspace = Workspace.create(APPLICATION.with_name("pipeline_application"), tmp_path / "there")
    workspace.set(FILE, "environments.prod-us.canary.path", "/health")
    workspace.set(FILE, "environments.prod-us.load_balancer.scheme", "internet-facing")
    domain = workspace.directory / "environments" / "prod-us.yaml"
    assert load(workspace.directory).services("prod-us")["storefront"].canary, domain.read_text()
    told: list[str] = []
    leave_out_canaries(workspace, "prod-us", told.append)
    assert load(workspace.directory).services("prod-us")["storefront"].canary is None
    assert told == ["no canary runs here: storefront has none in this run"]
    leave_out_canaries(workspace, "prod-us", told.append)
    assert len(told) == 1
