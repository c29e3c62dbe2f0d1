"""Lifecycle events: each begins, does its work or waits for its hook, and ends."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from slipway.local_aws.clock import Clock
from slipway.local_aws.codedeploy.errors import (
    DeploymentEndedError,
    alarm_active,
    alarms_missing,
    hook_failed,
    hook_silent,
    never_healthy,
    stopped_by_user,
)
from slipway.local_aws.codedeploy.model import Deployment, HookExecution
from slipway.local_aws.codedeploy.platform import Platform
from slipway.local_aws.codedeploy.scaling import ScalingWatch

HOOK_TIMEOUT = timedelta(hours=1)
INSTALL_TIMEOUT = timedelta(minutes=60)

# Real code runs in real time, however fast the clock: a hook may take this long in any case.
_LEAST_HOOK_SECONDS = 60.0
_LEAST_INSTALL_SECONDS = 60.0
_LOOKING_INTERVAL_SECONDS = 0.25


class Lifecycle:
    """The events of one deployment, watched by its alarms and by whoever may stop it."""

    def __init__(self, deployment: Deployment, platform: Platform, clock: Clock) -> None:
        self._deployment = deployment
        self._platform = platform
        self._clock = clock
        self._scaling: ScalingWatch | None = None

    def run(self, name: str, work: Callable[[], None] = lambda: None) -> None:
        """Carry out one event: its work, or its hook where the AppSpec names one."""
        event = self._deployment.event(name)
        event.begin()
        try:
            self.watch()
            work()
            function = self._deployment.spec.hooks.get(name)
            if function:
                self._wait_for_hook(function)
        except DeploymentEndedError as error:
            event.finish("Failed", str(error))
            raise
        event.finish("Succeeded")

    def skip_rest(self) -> None:
        """Note that what hasn't begun never will."""
        for event in self._deployment.events:
            if event.status == "Pending":
                event.status = "Skipped"

    def wait_until_steady(self) -> None:
        """Wait for green to become healthy, an hour at most."""
        ready = self._wait(
            lambda: self._platform.sizes(self._deployment.green).are_steady,
            self._clock.wall_for_code(INSTALL_TIMEOUT, _LEAST_INSTALL_SECONDS),
        )
        if not ready:
            raise never_healthy()

    @contextmanager
    def watching_scaling(self, scaling: ScalingWatch) -> Iterator[None]:
        """Let a scaling event that doesn't arrive at a steady state end the deployment, too.

        What was begun is waited for at the end.
        """
        self._scaling = scaling
        try:
            yield
            self._wait(lambda: not scaling.is_pending, math.inf)
        finally:
            self._scaling = None

    def wait_for_continue(self, kind: str, seconds: float) -> bool:
        """Wait for ContinueDeployment; return whether it came in time."""
        return self._wait(lambda: kind in self._deployment.continued, seconds)

    def pause(self, seconds: float) -> None:
        """Let time pass, and end at once when an alarm fires or somebody stops it."""
        self._wait(lambda: False, seconds)

    def watch(self) -> None:
        """Look whether the deployment has to end.

        Raises
        ------
        DeploymentEndedError
            An alarm fires or can't be watched, StopDeployment was called, or the service scales and
            doesn't become steady.
        """
        if self._deployment.stop_requested:
            raise stopped_by_user()
        self._watch_alarms()
        if self._scaling:
            self._scaling.look()

    def _watch_alarms(self) -> None:
        """Look at the alarms.

        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html
        """
        configuration = self._deployment.alarms
        if not configuration.get("enabled", False):
            return
        names = [alarm["name"] for alarm in configuration.get("alarms", [])]
        must_be_known = not configuration.get("ignorePollAlarmFailure", False)
        try:
            states = self._platform.alarm_states(names)
        except DeploymentEndedError:
            if must_be_known:
                raise
            return
        if firing := [name for name in names if states.get(name) == "ALARM"]:
            raise alarm_active(firing)
        unknown = [name for name in names if name not in states]
        if unknown and must_be_known:
            raise alarms_missing(unknown)

    def _wait_for_hook(self, function: str) -> None:
        execution = HookExecution(secrets.token_urlsafe(48))
        self._deployment.hooks[execution.id] = execution
        self._platform.invoke(
            function,
            {
                "DeploymentId": self._deployment.id,
                "LifecycleEventHookExecutionId": execution.id,
            },
        )
        timeout = self._clock.wall_for_code(HOOK_TIMEOUT, _LEAST_HOOK_SECONDS)
        answered = self._wait(lambda: execution.status is not None, timeout)
        if not answered and execution.answer("Failed"):
            raise hook_silent()
        if execution.status != "Succeeded":
            raise hook_failed()

    def _wait(self, is_over: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        news = self._deployment.news
        while not is_over():
            self.watch()
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            news.wait(min(left, _LOOKING_INTERVAL_SECONDS))
            news.clear()
        return True
