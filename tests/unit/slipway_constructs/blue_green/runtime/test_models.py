"""The models that the hooks bring along say nothing else than botocore's own."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest

RUNTIME = Path(__file__).parents[5] / "constructs/slipway_constructs/blue_green/runtime"
FILES = sorted(RUNTIME.glob("models/*/*/*.json"))


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_a_model_is_a_part_of_botocores(file: Path) -> None:
    service, version, kind = file.parts[-3:]
    loader = botocore.session.get_session().get_component("data_loader")
    assert version == loader.determine_latest_version(service, "service-2")
    theirs = loader.load_service_model(service, kind.removesuffix(".json"))
    ours = json.loads(file.read_text())
    assert ours["metadata"] == theirs["metadata"]
    for name, operation in ours["operations"].items():
        assert operation.items() <= theirs["operations"][name].items(), name
        # A trait that isn't here would be lost: how it is signed, where it is sent.
        lost = theirs["operations"][name].keys() - operation.keys()
        assert lost <= {"documentation", "errors"}, name
    for name, shape in ours["shapes"].items():
        assert _is_part(shape, theirs["shapes"][name]), name


def _is_part(shape: dict[str, Any], whole: dict[str, Any]) -> bool:
    members = {
        name: {key: value for key, value in member.items() if key != "documentation"}
        for name, member in whole.get("members", {}).items()
    }
    rest = {key: value for key, value in whole.items() if key not in ("documentation", "members")}
    return (
        shape.get("members", {}).items() <= members.items()
        and {key: value for key, value in shape.items() if key != "members"} == rest
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_the_hooks_clients_are_made_from_them(
    file: Path, load: Callable[[str], ModuleType]
) -> None:
    """Otherwise they would be of no use: a model in the wrong place is passed over silently."""
    operations = json.loads(file.read_text())["operations"].keys()
    client = load("aws").client(file.parts[-3])
    assert set(client.meta.method_to_api_mapping.values()) == operations


def test_other_services_come_from_botocore(load: Callable[[str], ModuleType]) -> None:
    assert load("aws").client("elbv2").can_paginate("describe_listeners")
