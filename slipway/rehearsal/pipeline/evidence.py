"""What the accounts tell afterwards: what runs, what was released, what was touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from slipway.rehearsal.pipeline.estate import Estate
from slipway.rehearsal.pipeline.images import Registered, registered
from slipway.rehearsal.pipeline.report import Digest, EnvironmentDeployment, Execution
from slipway.rehearsal.releases import read_deployment
from slipway.release import ReleaseError


class Evidence:
    """Reads from the APIs of every account.

    Parameters
    ----------
    estate
        The accounts.
    """

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def digest(self, execution: str, environment: str, service: str) -> Digest:
        """Read which image serves, and which commit its provenance names."""
        definition = self._estate.running(environment, service)
        digest = self._estate.digest(environment, service)
        return Digest(
            execution=execution,
            environment=environment,
            service=service,
            digest=digest,
            revision=definition["taskDefinitionArn"].rpartition("/")[2],
            commit=self.image(service, digest).commit,
        )

    def image(self, service: str, digest: str) -> Registered:
        """Read what the registry knows of an image."""
        estate = self._estate
        # The registry is everybody's: any environment's names lead to it.
        names = estate.settings.names(estate.environments[0].name)
        return registered(estate.connection(), names.repository(service), digest)

    def touched(self, environment: str | None, since: datetime) -> list[str]:
        """Name the resources of an account that CloudFormation has touched since a moment.

        Parameters
        ----------
        environment
            Whose account it is; None for the tooling account.
        since
            The moment.
        """
        cloudformation = self._estate.connection(environment).client("cloudformation")
        return [
            f"{event['StackName']}: {event['LogicalResourceId']} {event['ResourceStatus']}"
            for stack in _stacks(cloudformation)
            for event in _events(cloudformation, stack)
            if event["Timestamp"] >= since
        ]

    def deployments(
        self, executions: Sequence[Execution], services: Sequence[str]
    ) -> Iterator[EnvironmentDeployment]:
        """Read what CodeDeploy has done for services in every environment."""
        started_by = {
            action.external_id: execution
            for execution in executions
            for stage in execution.stages
            for action in stage.actions
            if action.kind == "CodeDeployToECS" and action.external_id
        }
        for environment in self._estate.environments:
            aws = self._estate.connection(environment.name).release_clients()
            for service in services:
                try:
                    target = self._estate.target(environment.name, service)
                except ReleaseError:
                    continue  # It never came up there.
                ids = aws.codedeploy.list_deployments(
                    applicationName=target.application, deploymentGroupName=target.deployment_group
                )["deployments"]
                for id_ in ids:
                    execution = started_by.get(id_)
                    taken_back = _taken_back(aws.codedeploy, id_)
                    title = execution.title if execution else "a rollback of CodeDeploy's own"
                    yield EnvironmentDeployment(
                        environment=environment.name,
                        deployment=read_deployment(aws, id_, target, title, taken_back),
                        execution=execution.id if execution else None,
                    )


def _taken_back(codedeploy: Any, id_: str) -> str | None:
    info = codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
    found: str | None = info.get("rollbackInfo", {}).get("rollbackTriggeringDeploymentId")
    return found


def _stacks(cloudformation: Any) -> list[str]:
    pages = cloudformation.get_paginator("list_stacks").paginate()
    return [stack["StackId"] for page in pages for stack in page["StackSummaries"]]


def _events(cloudformation: Any, stack: str) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    return [event for page in pages for event in page["StackEvents"]]
