import json
from typing import Any

import pytest

from slipway.local_aws.json_api import ApiError, Request, operations_of, respond


class Harbours:
    def describe_harbour(self, request: Request) -> dict[str, Any]:
        if request["name"] != "Oslo":
            raise ApiError("HarbourNotFoundException", f"No harbour is called {request['name']}")
        return {"harbour": {"name": "Oslo"}}

    def _sink(self, request: Request) -> None:
        raise AssertionError


class Ships:
    def list_ships(self, request: Request) -> dict[str, Any]:
        return {"ships": sorted(request)}


def call(operation: str, request: Request) -> Any:
    return operations_of(Harbours(), Ships())[operation](request)


@pytest.mark.parametrize(
    ("target", "body", "status", "answer"),
    [
        ("Sea_20261122.DescribeHarbour", b'{"name": "Oslo"}', 200, {"harbour": {"name": "Oslo"}}),
        ("Sea_20261122.ListShips", b"", 200, {"ships": []}),
        (
            "Sea_20261122.DescribeHarbour",
            b'{"name": "Bern"}',
            400,
            {"__type": "HarbourNotFoundException", "message": "No harbour is called Bern"},
        ),
    ],
)
def test_an_operation_is_found_by_its_name_and_answers_or_refuses(
    target: str, body: bytes, status: int, answer: dict[str, Any]
) -> None:
    got_status, headers, got = respond({"x-amz-target": target}, body, call)
    assert (got_status, json.loads(got)) == (status, answer)
    assert headers["Content-Type"] == "application/x-amz-json-1.1"


def test_a_refusal_says_its_code_twice_and_what_belongs_to_it() -> None:
    def refuse(_: str, request: Request) -> dict[str, Any]:
        raise ApiError("ConflictException", "It is in use", resourceIds=["one"])

    _, headers, body = respond({}, b"{}", refuse)
    # The SDKs for Java and Go read the header.
    assert headers["x-amzn-errortype"] == "ConflictException"
    assert json.loads(body)["resourceIds"] == ["one"]


def test_only_what_is_public_is_an_operation() -> None:
    assert set(operations_of(Harbours(), Ships())) == {"DescribeHarbour", "ListShips"}


def test_what_is_no_refusal_is_not_answered_for_one() -> None:
    with pytest.raises(KeyError, match="Sink"):
        respond({"x-amz-target": "Sea_20261122.Sink"}, b"{}", call)
