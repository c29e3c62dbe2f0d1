"""The CodeDeploy API, JSON 1.1: what MiniStack hands over, and what it gets back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region

from slipway.local_aws.codedeploy.controls import Controls
from slipway.local_aws.codedeploy.deployments import Deployments
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.groups import Groups
from slipway.local_aws.codedeploy.service_model import require_known_members
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.codedeploy.targets import Targets
from slipway.local_aws.json_api import Request, Response, operations_of, respond
from slipway.local_aws.machine import Machine


class CodeDeploy:
    """All operations, for every account and region."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._operations: dict[tuple[str, str], dict[str, Callable[[Request], Any]]] = {}

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Carry out an operation in the account and region of the current request.

        Raises
        ------
        CodeDeployError
            The API refuses it.
        """
        known = self._of(get_account_id(), get_region())
        if operation not in known:
            raise CodeDeployError(
                "UnknownOperationException", f"{operation} is not carried out on this machine"
            )
        said = {key: value for key, value in request.items() if value is not None}
        require_known_members(operation, said)
        return known[operation](request) or {}

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """Answer one HTTP request."""
        return await asyncio.to_thread(respond, headers, body, self.call)

    def _of(self, account: str, region: str) -> dict[str, Callable[[Request], Any]]:
        if (account, region) not in self._operations:
            store, machine = Store(account, region), self._machine
            parts = (Groups(store), Deployments(machine, store), Targets(machine, store))
            self._operations[account, region] = operations_of(*parts, Controls(store))
        return self._operations[account, region]
