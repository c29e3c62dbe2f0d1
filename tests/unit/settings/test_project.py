from typing import Any

import pytest

from slipway.settings import SettingsError


def test_an_unknown_environment_is_told_the_known_ones(project: Any) -> None:
    with pytest.raises(SettingsError, match="there is no such environment; known: dev"):
        project.load().services("prod")


def test_environments_share_the_application_s_registry_unless_they_name_one(project: Any) -> None:
    environment = (project.root / "environments/dev.yaml").read_text()
    own = 'tooling: { account: "222222222222", region: us-east-1 }\n'
    project.write("environments/prod.yaml", environment)
    project.write("environments/local.yaml", environment + own)
    settings = project.load()
    assert [
        (registry.stack, registry.location.account, [e.name for e in registry.environments])
        for registry in settings.registries
    ] == [
        ("shop-registry", "111111111111", ["dev", "prod"]),
        ("shop-local-registry", "222222222222", ["local"]),
    ]
    assert settings.tooling("local").region == "us-east-1"
