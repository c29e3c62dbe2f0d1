"""The engine: it carries a deployment through its lifecycle, or back.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from slipway.local_aws.clock import Clock
from slipway.local_aws.codedeploy.configurations import DeploymentConfiguration
from slipway.local_aws.codedeploy.errors import (
    DeploymentEndedError,
    failed,
    missing,
    not_continued,
)
from slipway.local_aws.codedeploy.lifecycle import Lifecycle
from slipway.local_aws.codedeploy.model import Deployment
from slipway.local_aws.codedeploy.platform import PRODUCTION, TEST, Platform
from slipway.local_aws.codedeploy.scaling import ScalingWatch

logger = logging.getLogger("slipway.local_aws.codedeploy")

# However fast the clock runs, traffic stays long enough on a step to be seen there.
_LEAST_STEP_SECONDS = 1.0
_LEAST_APPROVAL_SECONDS = 5.0

_ANNOUNCED = {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}


class Engine:
    """Runs one deployment in a thread of its own.

    Parameters
    ----------
    prepare_rollback
        Creates the deployment that undoes another one; returns the engine that will carry it out.
    """

    def __init__(
        self,
        deployment: Deployment,
        platform: Platform,
        clock: Clock,
        configuration: DeploymentConfiguration,
        prepare_rollback: Callable[[Deployment], Engine],
    ) -> None:
        self.deployment = deployment
        self._platform = platform
        self._clock = clock
        self._configuration = configuration
        self._prepare_rollback = prepare_rollback
        self._lifecycle = Lifecycle(deployment, platform, clock)

    def start(self) -> None:
        """Begin in the background."""
        name = f"deployment {self.deployment.id}"
        threading.Thread(target=self.run, name=name, daemon=True).start()

    def run(self) -> None:
        """Carry the deployment out, to whatever end."""
        deployment, rollback = self.deployment, None
        try:
            self._begin()
            if deployment.is_rollback:
                self._roll_back()
            else:
                self._deploy()
        except DeploymentEndedError as error:
            rollback = self._end(error)
        except Exception as error:
            logger.exception("deployment %s", deployment.id)
            rollback = self._end(failed("INTERNAL_ERROR", f"The deployment failed: {error}"))
        else:
            deployment.completed = time.time()
            deployment.status = "Succeeded"
        # Whoever hears of the rollback has heard of the end before.
        try:
            self._platform.announce(deployment, _ANNOUNCED[deployment.status])
        finally:
            if rollback:
                rollback.start()

    def _begin(self) -> None:
        group = self.deployment.group
        if group.missing:
            what = "application" if group.missing == "APPLICATION_MISSING" else "deployment group"
            raise missing(group.missing, what)
        self.deployment.status, self.deployment.started = "InProgress", time.time()
        self._platform.announce(self.deployment, "START")

    def _deploy(self) -> None:
        lifecycle, platform, deployment = self._lifecycle, self._platform, self.deployment
        deployment.blue = platform.primary()
        lifecycle.run("BeforeInstall")
        lifecycle.run("Install", self._install)
        lifecycle.run("AfterInstall")
        if deployment.settled_group.has_test_traffic:
            lifecycle.run("AllowTestTraffic", lambda: self._shift(TEST, 100))
            lifecycle.run("AfterAllowTestTraffic")
        self._wait_for_approval()
        lifecycle.run("BeforeAllowTraffic")
        lifecycle.run("AllowTraffic", self._allow_traffic)
        lifecycle.run("AfterAllowTraffic")
        platform.make_primary(deployment.green)
        self._terminate_blue()

    def _install(self) -> None:
        self.deployment.green = self._platform.install(self.deployment)
        self._lifecycle.wait_until_steady()

    def _wait_for_approval(self) -> None:
        """Stay Ready until somebody continues, where the group asks for that."""
        option = self.deployment.settled_group.blue_green.get("deploymentReadyOption") or {}
        if option.get("actionOnTimeout") != "STOP_DEPLOYMENT":
            return
        minutes = int(option.get("waitTimeInMinutes", 0))
        seconds = self._clock.wall_for_code(timedelta(minutes=minutes), _LEAST_APPROVAL_SECONDS)
        self.deployment.status = "Ready"
        self._platform.announce(self.deployment, "READY")
        if not self._lifecycle.wait_for_continue("READY_WAIT", seconds):
            raise not_continued(minutes)
        self.deployment.status = "InProgress"

    def _allow_traffic(self) -> None:
        scaling = ScalingWatch(self.deployment, self._platform, self._clock)
        with self._lifecycle.watching_scaling(scaling):
            for shift in self._configuration.shifts():
                self._shift(PRODUCTION, shift.green_percent)
                least = _LEAST_STEP_SECONDS if shift.bake_time else 0.0
                self._lifecycle.pause(max(self._clock.wall(shift.bake_time), least))

    def _shift(self, route: str, green_percent: int) -> None:
        self._platform.shift(route, self.deployment.blue, self.deployment.green, green_percent)

    def _terminate_blue(self) -> None:
        """Keep blue for a while, so that traffic can return, then let it go."""
        option = self.deployment.settled_group.blue_green.get(
            "terminateBlueInstancesOnDeploymentSuccess"
        ) or {"action": "TERMINATE"}
        if option.get("action") == "KEEP_ALIVE":
            return
        minutes = int(option.get("terminationWaitTimeInMinutes", 0))
        if minutes:
            self.deployment.termination_wait_started = True
            seconds = max(self._clock.wall(timedelta(minutes=minutes)), _LEAST_STEP_SECONDS)
            self._lifecycle.wait_for_continue("TERMINATION_WAIT", seconds)
        self._platform.remove(self.deployment.blue)

    def _roll_back(self) -> None:
        """Return traffic to blue, and remove green. No hook has a say in this."""
        lifecycle, platform, deployment = self._lifecycle, self._platform, self.deployment

        def remove_green() -> None:
            platform.make_primary(deployment.blue)
            platform.remove(deployment.green)

        for event in deployment.events:
            work = {
                "AllowTestTraffic": lambda: self._shift(TEST, 0),
                "AllowTraffic": lambda: self._shift(PRODUCTION, 0),
                "AfterAllowTraffic": remove_green,
            }.get(event.name, lambda: None)
            lifecycle.run(event.name, work)

    def _end(self, error: DeploymentEndedError) -> Engine | None:
        """Note how it ended, and prepare the rollback where one is configured and possible."""
        deployment = self.deployment
        self._lifecycle.skip_rest()
        deployment.error = {"code": error.code, "message": str(error)}
        wanted = deployment.wants_rollback(error.rollback_event)
        rollback = self._undo() if wanted else None
        deployment.completed = time.time()
        deployment.status = error.status
        return rollback

    def _undo(self) -> Engine | None:
        deployment = self.deployment
        if not deployment.green:
            deployment.rollback["rollbackMessage"] = (
                f"Deployment {deployment.id} can't be rolled back: its replacement task set was "
                "not created, and traffic has not moved."
            )
            return None
        rollback = self._prepare_rollback(deployment)
        deployment.rollback["rollbackDeploymentId"] = rollback.deployment.id
        deployment.rollback["rollbackMessage"] = (
            f"Deployment {deployment.id} terminated. Automatic rollback is triggered with a "
            f"DeploymentId {rollback.deployment.id}."
        )
        return rollback
