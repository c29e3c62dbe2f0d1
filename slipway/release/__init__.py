"""Releases on Amazon ECS through AWS CodeDeploy: render, start, watch, stop, roll back.

It knows AWS only, and reads the outputs of the Service stack and nothing else: a laptop, a
pipeline and a Lambda function release the same way.

>>> aws = Aws.from_session(boto3.Session())  # doctest: +SKIP
>>> target = Target.from_stack(aws.cloudformation, "shop-prod-storefront")  # doctest: +SKIP
>>> release = start(aws, target, description="Version 2")  # doctest: +SKIP
>>> for progress in watch(aws, release):  # doctest: +SKIP
...     print(progress.message)
>>> result(aws, release).status  # doctest: +SKIP
'Succeeded'
"""

from slipway.release.approval import approve, reject
from slipway.release.aws import Aws, Clients, clients_of_account
from slipway.release.commands import Commands
from slipway.release.deployment import Deployment, Rollback, result, rollback, start, stop
from slipway.release.errors import (
    AccountError,
    AlreadyLiveError,
    ApprovalError,
    AwsError,
    ImageError,
    ReleaseError,
    ReleaseInProgressError,
    RollbackError,
    TargetError,
)
from slipway.release.history import DeploymentRecord, recent, running
from slipway.release.live import LiveTaskSet
from slipway.release.logs import LogLine, has_passed, hook_lines, readable, task_lines
from slipway.release.metrics import Requests
from slipway.release.observation import LifecycleEvent, TaskSet, View, glance
from slipway.release.progress import Kind, Progress, Until, watch
from slipway.release.render import HOOK_EVENTS, appspec, taskdef
from slipway.release.status import Status, status
from slipway.release.target import CapacityProvider, Network, Scaling, Target
from slipway.release.traffic import TargetGroup
from slipway.release.turn import start_in_turn
from slipway.release.vitals import Health, Instruments, Vitals

__all__ = [
    "HOOK_EVENTS",
    "AccountError",
    "AlreadyLiveError",
    "ApprovalError",
    "Aws",
    "AwsError",
    "CapacityProvider",
    "Clients",
    "Commands",
    "Deployment",
    "DeploymentRecord",
    "Health",
    "ImageError",
    "Instruments",
    "Kind",
    "LifecycleEvent",
    "LiveTaskSet",
    "LogLine",
    "Network",
    "Progress",
    "ReleaseError",
    "ReleaseInProgressError",
    "Requests",
    "Rollback",
    "RollbackError",
    "Scaling",
    "Status",
    "Target",
    "TargetError",
    "TargetGroup",
    "TaskSet",
    "Until",
    "View",
    "Vitals",
    "approve",
    "appspec",
    "clients_of_account",
    "glance",
    "has_passed",
    "hook_lines",
    "readable",
    "recent",
    "reject",
    "result",
    "rollback",
    "running",
    "start",
    "start_in_turn",
    "status",
    "stop",
    "task_lines",
    "taskdef",
    "watch",
]
