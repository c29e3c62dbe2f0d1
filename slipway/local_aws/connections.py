"""AWS CodeConnections: what leads from a source action to a repository of this machine.

https://docs.aws.amazon.com/codeconnections/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import functools
import json
import uuid
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.core import router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response

from slipway.local_aws.machine import Machine

AVAILABLE, PENDING = "AVAILABLE", "PENDING"

Response = tuple[int, dict[str, str], bytes]


@dataclass
class Connection:
    """A connection; this machine keeps no secrets of it."""

    arn: str
    name: str
    provider_type: str
    status: str

    @property
    def account(self) -> str:
        """The account that it belongs to."""
        return self.arn.split(":")[4]

    def describe(self) -> dict[str, str]:
        """Return what the API tells of it."""
        return {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider_type,
            "OwnerAccountId": self.account,
            "ConnectionStatus": self.status,
        }


class Connections:
    """All connections of every account and region.

    On AWS somebody completes a new connection in the console; until then it is PENDING. Here it is
    AVAILABLE at once if this machine has repositories that it could lead to, since nobody is there
    to click.
    https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._connections: dict[str, Connection] = {}

    def create(self, account: str, region: str, name: str, provider_type: str) -> Connection:
        """Make a connection."""
        arn = f"arn:aws:codeconnections:{region}:{account}:connection/{uuid.uuid4()}"
        status = AVAILABLE if self._machine.repositories else PENDING
        self._connections[arn] = Connection(arn, name, provider_type, status)
        return self._connections[arn]

    def delete(self, arn: str) -> None:
        """Forget a connection."""
        self._connections.pop(arn, None)

    def find(self, arn: str) -> Connection | None:
        """Return a connection; an ARN may also say ``codestar-connections``, as older ones do."""
        return self._connections.get(arn.replace(":codestar-connections:", ":codeconnections:"))

    def of(self, account: str, region: str) -> list[Connection]:
        """Return the connections of an account and region."""
        prefix = f"arn:aws:codeconnections:{region}:{account}:"
        return [item for arn, item in self._connections.items() if arn.startswith(prefix)]

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """Answer GetConnection and ListConnections."""
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = json.loads(body or b"{}")
        response: Response
        if operation == "ListConnections":
            listed = [item.describe() for item in self.of(get_account_id(), get_region())]
            response = json_response({"Connections": listed})
        elif operation != "GetConnection":
            message = f"{operation} is not carried out on this machine"
            response = error_response_json("UnknownOperationException", message, 400)
        elif found := self.find(request.get("ConnectionArn", "")):
            response = json_response({"Connection": found.describe()})
        else:
            message = f"There is no connection {request.get('ConnectionArn')}"
            response = error_response_json("ResourceNotFoundException", message, 400)
        return response


def install(machine: Machine) -> None:
    """Answer the API of CodeConnections, which MiniStack does not know."""
    router.SERVICE_PATTERNS["codeconnections"] = {
        "target_prefixes": ["com.amazonaws.codeconnections.CodeConnections_20231201"]
    }
    app.SERVICE_HANDLERS["codeconnections"] = service(machine).handle


@functools.cache
def service(machine: Machine) -> Connections:
    """Return the connections of a machine."""
    return Connections(machine)
