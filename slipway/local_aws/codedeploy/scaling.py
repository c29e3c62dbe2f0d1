"""What happens when a service scales while its traffic moves."""

from __future__ import annotations

import time
from datetime import timedelta

from slipway.local_aws.clock import Clock
from slipway.local_aws.codedeploy.errors import never_steady
from slipway.local_aws.codedeploy.model import Deployment
from slipway.local_aws.codedeploy.platform import Platform

STEADY_TIMEOUT = timedelta(minutes=5)

# Tasks start in real time, however fast the clock.
_LEAST_STEADY_SECONDS = 30.0


class ScalingWatch:
    """Notices that a task set is to have another number of tasks, and waits for them.

    Traffic shifts on meanwhile; a service that isn't steady five minutes later fails its
    deployment.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
    """

    def __init__(self, deployment: Deployment, platform: Platform, clock: Clock) -> None:
        self._task_sets = (deployment.blue, deployment.green)
        self._platform = platform
        self._timeout = clock.wall_for_code(STEADY_TIMEOUT, _LEAST_STEADY_SECONDS)
        self._counts = platform.sizes(*self._task_sets).desired_counts
        self._deadline: float | None = None

    @property
    def is_pending(self) -> bool:
        """Whether the service has scaled and isn't steady yet."""
        return self._deadline is not None

    def look(self) -> None:
        """Look at both task sets.

        Raises
        ------
        DeploymentEndedError
            The service scaled, and has had its time.
        """
        sizes = self._platform.sizes(*self._task_sets)
        scaled = sizes.desired_counts != self._counts
        self._counts = sizes.desired_counts
        if sizes.are_steady:
            self._deadline = None
        elif scaled and self._deadline is None:
            self._deadline = time.monotonic() + self._timeout
        elif self._deadline is not None and time.monotonic() >= self._deadline:
            raise never_steady()
