"""Take everything away again, also what an interrupted run left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from botocore.exceptions import ClientError

from prove.ground import REGISTRY, SERVICES, STAGE
from prove.leftovers import Leftover, Leftovers
from prove.pace import Pace
from prove.place import Place
from prove.state import State
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.errors import RehearsalError
from slipway.release.errors import code
from slipway.release.history import UNFINISHED

_ATTEMPTS = 3
_GONE = "DELETE_COMPLETE"
_PATIENCE = timedelta(minutes=2)


class CleanUp:
    """Deletes what a run made, by the names that its state holds.

    Parameters
    ----------
    state
        What the run noted before it made anything.
    place
        Where.
    project
        The checkout.
    tell
        Told each step in a sentence.
    """

    def __init__(
        self, state: State, place: Place, *, project: Path, tell: Callable[[str], None]
    ) -> None:
        self._state, self._place, self._project, self._tell = state, place, project, tell
        self.in_one_go: bool | None = None
        """Whether the first ``cdk destroy`` deleted all stacks; None if there was none."""
        self.seconds = 0

    def delete_stacks(self, pace: Pace) -> None:
        """End what runs and delete all stacks, in as many attempts as it takes.

        Raises
        ------
        StoppedError, OutOfTimeError
            Before it was done; the state stays, so that somebody can go on.
        """
        self._stop_deployments(pace)
        self._calm_down(pace)
        begun = time.monotonic()
        self._destroy(pace)
        self.seconds = round(time.monotonic() - begun)
        for _ in range(_ATTEMPTS):
            for name in self._remaining():
                self._tell(f"deleting the stack {name}")
                self._place.client("cloudformation").delete_stack(StackName=name)
                pace.wait_for(lambda name=name: not self._is_deleting(name))  # type: ignore[misc]

    def buckets(self) -> list[str]:
        """Name the buckets that the stacks left behind."""
        return Leftovers(self._place, self._state, self._tell).buckets()

    def delete_leftovers(self) -> list[Leftover]:
        """Delete what stacks leave behind, and return what is left then."""
        leftovers = Leftovers(self._place, self._state, self._tell)
        leftovers.delete()
        stacks = [
            Leftover(
                f"the stack {name}",
                f"aws cloudformation delete-stack --stack-name {name}",
            )
            for name in self._remaining()
        ]
        return [*stacks, *leftovers.left]

    def _stop_deployments(self, pace: Pace) -> None:
        """End all deployments: a service with two task sets can't be deleted."""
        codedeploy = self._place.client("codedeploy")

        def running() -> list[str]:
            found: list[str] = []
            for service in SERVICES:
                try:
                    found += codedeploy.list_deployments(
                        applicationName=f"{self._state.prefix}-{service}",
                        deploymentGroupName=service,
                        includeOnlyStatuses=list(UNFINISHED),
                    )["deployments"]
                except ClientError as error:
                    if not code(error).endswith("DoesNotExistException"):
                        raise
            return found

        for deployment in running():
            self._tell(f"stopping the deployment {deployment}")
            try:
                codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=False)
            except ClientError as error:
                self._tell(f"{deployment}: {code(error)}")
        pace.wait_for(lambda: not running(), timedelta(minutes=10))

    def _calm_down(self, pace: Pace) -> None:
        """Wait for CloudFormation, which an interrupted command line leaves at work.

        What doesn't end soon is cancelled: a service whose tasks never start keeps its stack in
        the making for hours.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
        """
        cloudformation = self._place.client("cloudformation")
        if pace.wait_for(lambda: not self._busy(), _PATIENCE):
            return
        for name, status in self._busy().items():
            self._tell(f"cancelling {name}, which is {status}")
            cancel = {
                "CREATE_IN_PROGRESS": cloudformation.delete_stack,
                "UPDATE_IN_PROGRESS": cloudformation.cancel_update_stack,
            }.get(status)
            if cancel is not None:
                try:
                    cancel(StackName=name)
                except ClientError as error:
                    self._tell(f"{name}: {error}")
        pace.wait_for(lambda: not self._busy())

    def _destroy(self, pace: Pace) -> None:
        directory = Path(self._state.directory)
        assemblies = sorted(directory.glob("assembly-*"))
        if not assemblies or not self._remaining():
            return
        self._tell("cdk destroy of every stack")
        try:
            run_cdk(
                *("destroy", f"{STAGE}/*", REGISTRY, "--force", "--concurrency", "2"),
                *("--app", str(assemblies[-1])),
                project=self._project,
                environment=self._place.cdk_environment,
                log=directory / "cdk-destroy.log",
                look=pace.look,
            )
        except RehearsalError as error:
            self._tell(str(error).splitlines()[0])
        self.in_one_go = not self._remaining()

    def _remaining(self) -> list[str]:
        return list(self._stacks())

    def _is_deleting(self, name: str) -> bool:
        return self._stacks().get(name) == "DELETE_IN_PROGRESS"

    def _busy(self) -> dict[str, str]:
        """Return what CloudFormation works on; a change set that nobody executes is no work."""
        return {
            name: status
            for name, status in self._stacks().items()
            if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
        }

    def _stacks(self) -> dict[str, str]:
        """Return the status of each of our stacks, in the order in which they can be deleted."""
        pages = self._place.client("cloudformation").get_paginator("describe_stacks").paginate()
        status = {
            stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]
        }
        return {
            name: status[name] for name in self._state.stacks if status.get(name, _GONE) != _GONE
        }
