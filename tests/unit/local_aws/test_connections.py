"""Connections lead to the repositories of this machine, or nowhere yet."""

from pathlib import Path

import pytest

from slipway.local_aws.connections import Connections
from slipway.local_aws.machine import Machine


@pytest.mark.parametrize(
    ("repositories", "status"), [({}, "PENDING"), ({"example/shop": Path()}, "AVAILABLE")]
)
def test_a_connection_is_available_where_there_are_repositories(repositories, status):
    machine = Machine("http://127.0.0.1:1", Path(), None, None, repositories=repositories)
    made = Connections(machine).create("111111111111", "eu-west-1", "shop", "GitHub")
    assert made.describe()["ConnectionStatus"] == status
    assert made.describe()["OwnerAccountId"] == "111111111111"


def test_a_connection_is_found_by_its_older_name_too():
    connections = Connections(Machine("http://127.0.0.1:1", Path(), None, None))
    made = connections.create("111111111111", "eu-west-1", "shop", "GitHub")
    older = made.arn.replace("codeconnections", "codestar-connections")
    assert connections.find(older) is made
    assert connections.of("111111111111", "eu-west-1") == [made]
    assert connections.of("111111111111", "eu-west-2") == []
    connections.delete(made.arn)
    assert connections.find(older) is None
