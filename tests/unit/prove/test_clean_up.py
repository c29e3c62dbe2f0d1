"""Stacks that CloudFormation still works on when a run is cleaned up."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prove import clean_up
from prove.clean_up import CleanUp
from prove.pace import Pace
from prove.place import Place
from prove.state import State


class CloudFormation:
    """Stacks that end what they do when they are cancelled, and not before."""

    def __init__(self, **stacks: str) -> None:
        self.stacks = {name.replace("_", "-"): status for name, status in stacks.items()}
        self.deleted: list[str] = []

    def get_paginator(self, _operation: str) -> Any:
        stacks = [{"StackName": n, "StackStatus": s} for n, s in self.stacks.items()]
        return SimpleNamespace(paginate=lambda: [{"Stacks": stacks}])

    def delete_stack(self, StackName: str) -> None:  # noqa: N803 - boto3's
        self.deleted.append(StackName)
        del self.stacks[StackName]

    def cancel_update_stack(self, StackName: str) -> None:  # noqa: N803 - boto3's
        self.stacks[StackName] = "UPDATE_ROLLBACK_COMPLETE"


CODEDEPLOY = SimpleNamespace(list_deployments=lambda **_: {"deployments": []})


@pytest.mark.parametrize(
    "status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "CREATE_COMPLETE"]
)
def test_a_stack_that_would_be_in_the_making_for_hours_does_not_keep_the_others(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_up, "_PATIENCE", timedelta(0))
    cloudformation = CloudFormation(
        p_storefront=status, p_network="CREATE_COMPLETE", somebody_else="CREATE_COMPLETE"
    )
    clients = {"cloudformation": cloudformation, "codedeploy": CODEDEPLOY}
    place = Place(
        account="1",
        region="eu-west-1",
        client=lambda service: clients[service],
        cdk_environment={},
        build=lambda *_arguments, **_options: "",
        interval=timedelta(milliseconds=1),
    )
    state = State(
        account="1",
        region="eu-west-1",
        prefix="p",
        stacks=("p-storefront", "p-network"),
        directory=str(tmp_path),
        trunking="enabled",
    )
    CleanUp(state, place, project=tmp_path, tell=print).delete_stacks(
        Pace("cleaning up", limit=timedelta(seconds=10), interval=place.interval)
    )
    assert cloudformation.deleted == ["p-storefront", "p-network"]
    assert set(cloudformation.stacks) == {"somebody-else"}
