"""What CodeDeploy remembers: applications, groups, deployments and their lifecycle events."""

from __future__ import annotations

import random
import string
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from slipway.local_aws.codedeploy.appspec import AppSpec, digest_of

LIFECYCLE_EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
# What is left out where the group has no test listener.
TEST_TRAFFIC_EVENTS = ("AllowTestTraffic", "AfterAllowTestTraffic")
FINAL_STATUSES = ("Succeeded", "Failed", "Stopped")
_OVERVIEW = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")


def new_deployment_id() -> str:
    """Return an identifier as CodeDeploy makes them."""
    letters = string.ascii_uppercase + string.digits
    return "d-" + "".join(random.choices(letters, k=9))  # noqa: S311 - nothing secret


@dataclass
class Application:
    """A name that groups deployment groups."""

    name: str
    tags: list[dict[str, str]]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)


@dataclass
class DeploymentGroup:
    """The settings of a group, as CreateDeploymentGroup received them."""

    application: str
    name: str
    settings: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    # The error code of deployments that find it deleted; empty as long as it is there.
    missing: str = ""

    @property
    def service(self) -> dict[str, str]:
        """The ECS service: ``clusterName`` and ``serviceName``."""
        services: list[dict[str, str]] = self.settings["ecsServices"]
        return services[0]

    @property
    def pair(self) -> dict[str, Any]:
        """The target group pair with its listeners."""
        pairs: list[dict[str, Any]] = self.settings["loadBalancerInfo"]["targetGroupPairInfoList"]
        return pairs[0]

    @property
    def has_test_traffic(self) -> bool:
        """Whether a test listener shows green before production traffic reaches it."""
        return bool((self.pair.get("testTrafficRoute") or {}).get("listenerArns"))

    @property
    def blue_green(self) -> dict[str, Any]:
        """The blue/green settings; may be empty."""
        return self.settings.get("blueGreenDeploymentConfiguration") or {}

    @property
    def alarms(self) -> dict[str, Any]:
        """The alarm configuration; may be empty."""
        return self.settings.get("alarmConfiguration") or {}


@dataclass
class LifecycleEvent:
    """One of the eight steps."""

    name: str
    status: str = "Pending"
    start: float | None = None
    end: float | None = None
    message: str = ""

    def begin(self) -> None:
        """Note that it runs."""
        self.status, self.start = "InProgress", time.time()

    def finish(self, status: str, message: str = "") -> None:
        """Note how it ended."""
        self.status, self.end, self.message = status, time.time(), message

    def describe(self) -> dict[str, Any]:
        """Return the LifecycleEvent structure of the API."""
        described: dict[str, Any] = {"lifecycleEventName": self.name, "status": self.status}
        if self.start:
            described["startTime"] = self.start
        if self.end:
            described["endTime"] = self.end
        if self.status == "Failed":
            described["diagnostics"] = {"errorCode": "UnknownError", "message": self.message}
        return described


@dataclass
class HookExecution:
    """A hook that was invoked and owes an answer."""

    id: str
    status: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, status: str) -> bool:
        """Take the answer unless there is one already; return whether it was taken."""
        with self._lock:
            if self.status is not None:
                return False
            self.status = status
            return True


@dataclass
class Deployment:
    """One deployment, a rollback being one of its own."""

    group: DeploymentGroup
    spec: AppSpec
    content: str
    configuration_name: str
    auto_rollback: dict[str, Any]
    alarms: dict[str, Any]
    description: str = ""
    override_alarms: dict[str, Any] | None = None
    creator: str = "user"
    previous_content: str | None = None
    id: str = field(default_factory=new_deployment_id)
    status: str = "Created"
    created: float = field(default_factory=time.time)
    started: float | None = None
    completed: float | None = None
    error: dict[str, str] | None = None
    rollback: dict[str, str] = field(default_factory=dict)
    termination_wait_started: bool = False
    # The group as it was when the deployment was created: later changes are for the next one.
    settled_group: DeploymentGroup = field(init=False)
    events: list[LifecycleEvent] = field(init=False)
    hooks: dict[str, HookExecution] = field(default_factory=dict)
    blue: dict[str, Any] = field(default_factory=dict)
    green: dict[str, Any] = field(default_factory=dict)
    stop_requested: bool = False
    roll_back_on_stop: bool | None = None
    continued: set[str] = field(default_factory=set)
    # Set whenever somebody outside has something to say: stop, continue, a hook's answer.
    news: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.settled_group = replace(self.group)
        left_out = () if self.group.has_test_traffic else TEST_TRAFFIC_EVENTS
        self.events = [LifecycleEvent(name) for name in LIFECYCLE_EVENTS if name not in left_out]

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status in FINAL_STATUSES

    def event(self, name: str) -> LifecycleEvent:
        """Return a lifecycle event by name."""
        return next(item for item in self.events if item.name == name)

    @property
    def is_rollback(self) -> bool:
        """Whether it undoes another one."""
        return self.creator == "codeDeployRollback"

    @property
    def target_status(self) -> str:
        """The status of its one target, the ECS service, which can't be Stopped."""
        if self.status in ("Failed", "Stopped"):
            return "Failed"
        if all(event.status == "Succeeded" for event in self.events):
            return "Succeeded"
        return "Pending" if self.status == "Created" else self.status

    def wants_rollback(self, rollback_event: str) -> bool:
        """Whether traffic returns by itself after an event such as DEPLOYMENT_FAILURE."""
        if self.is_rollback:
            return False
        if rollback_event == "DEPLOYMENT_STOP_ON_REQUEST" and self.roll_back_on_stop is not None:
            return self.roll_back_on_stop
        configuration = self.auto_rollback
        return bool(configuration.get("enabled")) and rollback_event in configuration.get(
            "events", []
        )

    def describe(self) -> dict[str, Any]:
        """Return the DeploymentInfo structure of the API; the AppSpec is named by its sha256."""
        settings = self.settled_group.settings
        described: dict[str, Any] = {
            "applicationName": self.group.application,
            "deploymentGroupName": self.group.name,
            "deploymentConfigName": self.configuration_name,
            "deploymentId": self.id,
            "revision": revision_of(self.content),
            "status": self.status,
            "createTime": self.created,
            "deploymentOverview": {
                status: int(status == self.target_status) for status in _OVERVIEW
            },
            "creator": self.creator,
            "ignoreApplicationStopFailures": False,
            "updateOutdatedInstancesOnly": False,
            "autoRollbackConfiguration": self.auto_rollback,
            "deploymentStyle": settings["deploymentStyle"],
            "instanceTerminationWaitTimeStarted": self.termination_wait_started,
            "blueGreenDeploymentConfiguration": self.settled_group.blue_green,
            "loadBalancerInfo": settings["loadBalancerInfo"],
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "ECS",
        }
        optional = {
            "previousRevision": self.previous_content and revision_of(self.previous_content),
            "startTime": self.started,
            "completeTime": self.completed,
            "description": self.description,
            "errorInformation": self.error,
            "rollbackInfo": self.rollback,
            "overrideAlarmConfiguration": self.override_alarms,
        }
        return {**described, **{key: value for key, value in optional.items() if value}}


def revision_of(content: str) -> dict[str, Any]:
    """Return the RevisionLocation that GetDeployment answers: it never holds the content."""
    return {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest_of(content)}}
