"""What the developer changes, in the project as it is."""

from pathlib import Path

import pytest

from slipway.rehearsal.pipeline.changes import NEW_SERVICE, SERVICE, Changes
from slipway.rehearsal.pipeline.repository import Developer, Origin
from slipway.settings import Settings, load
from slipway.settings.lock import missing_entries

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    return Developer.begin(PROJECT, Origin.create(tmp_path / "origin.git"), tmp_path / "developer")


def settings(developer: Developer) -> Settings:
    return load(developer.directory)


def test_every_change_is_in_line_with_the_project(developer: Developer) -> None:
    changes = Changes(developer)
    developer.put("The shop")
    changes.next_version("1", "2")
    developer.put("Version 2")
    changes.rejected_in("staging", old="2", new="3")
    wrong = developer.put("Version 3")
    greetings = {
        name: settings(developer).services(name)[SERVICE].environment["GREETING"]
        for name in ("dev", "staging", "prod")
    }
    assert len({greetings["dev"], greetings["prod"]}) == 1
    assert greetings["staging"] != greetings["prod"]
    developer.revert(wrong)
    changes.against_policy()
    developer.put("Back, and against policy")


def test_new_service_is_whole_and_locked(developer: Developer) -> None:
    Changes(developer).new_service()
    here = settings(developer)
    for environment in here.environments:
        assert NEW_SERVICE in here.services(environment)
        assert not missing_entries(here, environment)
    folder = developer.directory / "services" / NEW_SERVICE
    assert (folder / NEW_SERVICE / "__main__.py").exists()
    assert (folder / "Dockerfile").exists()
    assert not [file for file in folder.rglob("*") if "inventory" in file.name]
