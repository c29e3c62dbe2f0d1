"""The CodePipeline API, JSON 1.1: what MiniStack hands over, and what it gets back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region

from slipway.local_aws.codepipeline.action import Action, ActionType
from slipway.local_aws.codepipeline.errors import CodePipelineError, invalid
from slipway.local_aws.codepipeline.events.happenings import Teller
from slipway.local_aws.codepipeline.events.triggers import Pushed, Triggers
from slipway.local_aws.codepipeline.executions import jobs
from slipway.local_aws.codepipeline.executions.engine import Engine
from slipway.local_aws.codepipeline.executions.execution import Trigger
from slipway.local_aws.codepipeline.executions.objects import RoleObjects, require_trust
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline
from slipway.local_aws.codepipeline.operations.executions import Executions
from slipway.local_aws.codepipeline.operations.pipelines import Pipelines
from slipway.local_aws.codepipeline.operations.store import Store
from slipway.local_aws.json_api import Request, Response, operations_of, respond
from slipway.local_aws.machine import Machine
from slipway.local_aws.service_model import wrong_members


class CodePipeline:
    """All operations, for every account and region.

    Parameters
    ----------
    kinds
        The actions that pipelines may have.
    """

    def __init__(self, machine: Machine, kinds: Mapping[ActionType, Action]) -> None:
        self._stores: dict[tuple[str, str], Store] = {}
        self.engine = Engine(
            machine,
            kinds,
            lambda pipeline: RoleObjects(machine, pipeline.definition.role_arn, pipeline.arn),
        )
        self.engine.listeners.append(Teller(machine).tell)
        self._jobs = jobs.service(machine)
        self._triggers = Triggers(machine, self._start_for)
        machine.on_shutdown(self._abandon_everything)

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return the pipelines of all accounts and regions."""
        return tuple(
            pipeline
            for store in list(self._stores.values())
            for pipeline in list(store.pipelines.values())
        )

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Carry out an operation in the account and region of the current request.

        Raises
        ------
        CodePipelineError
            The API refuses it.
        """
        known = self._operations(get_account_id(), get_region())
        if operation not in known:
            raise CodePipelineError(
                "UnknownOperationException", f"{operation} is not carried out on this machine"
            )
        if wrong := wrong_members("codepipeline", operation, request):
            raise invalid("; ".join(wrong))
        return known[operation](request) or {}

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """Answer one HTTP request."""
        return await asyncio.to_thread(respond, headers, body, self.call)

    def _operations(self, account: str, region: str) -> dict[str, Callable[[Request], Any]]:
        store = self._stores.setdefault((account, region), Store(account, region))
        pipelines = Pipelines(store, self.engine, self._triggers, require_trust)
        jobs_of = self._jobs
        return {
            **operations_of(pipelines, Executions(store, self.engine)),
            "PutJobSuccessResult": lambda request: jobs_of.put_job_success_result(account, request),
            "PutJobFailureResult": lambda request: jobs_of.put_job_failure_result(account, request),
        }

    def _start_for(self, push: Pushed) -> None:
        """Begin an execution because somebody has pushed."""
        pipeline = self._stores[push.account, push.region].pipeline(push.pipeline)
        trigger = Trigger(push.type, push.detail)
        self.engine.start(pipeline, trigger, overrides={push.source_action: push.commit})

    def _abandon_everything(self) -> None:
        for pipeline in self.pipelines():
            self.engine.abandon_all(pipeline)
