"""The scheduler of one service: it keeps the tasks of every task set as they are wanted."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import now_iso

from slipway.local_aws.ecs.targets import Targets
from slipway.local_aws.ecs.task_set import TaskSet
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import Launch, Task, runner
from slipway.local_aws.tasks.record import provider_for

logger = logging.getLogger("slipway.local_aws.ecs")

_BUSY_INTERVAL_SECONDS = 0.3
_STEADY_INTERVAL_SECONDS = 2.0
# A process needs real time to start, however fast the clock runs.
_LEAST_GRACE_SECONDS = 20.0
_EVENTS_KEPT = 100


class ServiceScheduler:
    """Starts, registers, watches, replaces and drains the tasks of one service."""

    def __init__(self, machine: Machine, record: dict[str, Any]) -> None:
        self.record = record
        _, _, _, self.region, self.account, _ = record["serviceArn"].split(":", 5)
        self._machine = machine
        self._tasks = runner(machine)
        self._wake = threading.Event()
        self._lock = threading.RLock()
        self.task_sets: list[TaskSet] = []
        self._thread = threading.Thread(
            target=self._keep_going, name=f"service {record['serviceName']}", daemon=True
        )

    @property
    def by_code_deploy(self) -> bool:
        """Whether CodeDeploy deploys this service."""
        return bool(self.record["deploymentController"]["type"] == "CODE_DEPLOY")

    @property
    def primary(self) -> TaskSet:
        """The task set that serves production traffic."""
        return next(item for item in self.task_sets if item.status == "PRIMARY")

    @property
    def is_steady(self) -> bool:
        """Whether the service is as it is wanted, and nothing is on its way out."""
        with self._lock:
            return all(item.stable_since for item in self.task_sets) and (
                self.by_code_deploy or len(self.task_sets) == 1
            )

    @property
    def is_gone(self) -> bool:
        """Whether the service was deleted and its last task has ended."""
        return bool(self.record["status"] == "INACTIVE")

    def start(self, primary: TaskSet) -> None:
        """Begin with a first task set."""
        primary.status = "PRIMARY"
        self.add(primary)
        self._thread.start()

    def add(self, task_set: TaskSet) -> None:
        """Start the tasks of another task set."""
        with self._lock:
            self.task_sets.append(task_set)
            self._reflect()
        self._wake.set()

    def replace(self, task_set: TaskSet) -> None:
        """Roll over to another task set; the old one goes when the new one is steady."""
        with self._lock:
            for item in self.task_sets:
                item.status = "ACTIVE"
            task_set.status = "PRIMARY"
        self.add(task_set)

    def make_primary(self, task_set: TaskSet) -> None:
        """Let another task set be what the service is."""
        with self._lock:
            for item in self.task_sets:
                if item.status == "PRIMARY":
                    item.status = "ACTIVE"
            task_set.status = "PRIMARY"
            self._reflect()

    def remove(self, task_set: TaskSet) -> None:
        """Drain a task set and let go of it."""
        with self._lock:
            task_set.status = "DRAINING"
            task_set.scale_to(0, percent=0.0)
            self._reflect()
        self._wake.set()

    def set_desired_count(self, count: int) -> None:
        """Scale every task set that isn't on its way out."""
        with self._lock:
            self.record["desiredCount"] = count
            for item in self.task_sets:
                if item.status != "DRAINING":
                    item.scale_to(count)
                    item.become(stable=False)
            self._reflect()
        self._wake.set()

    def delete(self) -> None:
        """Drain everything; the service becomes INACTIVE when the last task has stopped."""
        with self._lock:
            self.record.update(status="DRAINING", desiredCount=0)
            for item in self.task_sets:
                self.remove(item)

    def reflect(self) -> None:
        """Bring the service's record up to date."""
        with self._lock:
            self._reflect()

    def _keep_going(self) -> None:
        while not self.is_gone:
            try:
                self.reconcile()
            except (BotoCoreError, ClientError) as error:
                logger.warning("service %s: %s", self.record["serviceName"], error)
            except Exception:
                # A scheduler that is gone would leave the service without anybody who cares.
                logger.exception("service %s", self.record["serviceName"])
            self._wake.wait(_STEADY_INTERVAL_SECONDS if self.is_steady else _BUSY_INTERVAL_SECONDS)
            self._wake.clear()

    def reconcile(self) -> None:
        """Look once at what there is, and do what is missing of what is wanted."""
        with self._lock:
            for task_set in list(self.task_sets):
                self._reconcile_task_set(task_set)
                if task_set.status == "DRAINING" and not task_set.tasks:
                    self.task_sets.remove(task_set)
            if not self.by_code_deploy:
                self._finish_rollout()
            if self.record["status"] == "DRAINING" and not self.task_sets:
                self.record["status"] = "INACTIVE"
            self._reflect()

    def _finish_rollout(self) -> None:
        """Let go of the previous revision once the new one is steady."""
        if self.record["status"] == "ACTIVE" and self.primary.stable_since:
            for task_set in self.task_sets:
                if task_set.status == "ACTIVE":
                    self.remove(task_set)

    def _reconcile_task_set(self, task_set: TaskSet) -> None:
        targets = self._targets(task_set)
        for task in [item for item in task_set.tasks if item.is_stopped]:
            self._bury(task_set, targets, task)
        self._tell_unplaced(task_set)
        missing = task_set.missing_count
        if missing > 0:
            self._start_tasks(task_set, missing)
        elif missing < 0:
            self._drain(task_set, targets, task_set.staying[missing:])
        for task in task_set.staying:
            if task.is_running and task.arn not in task_set.registered:
                targets.register(task)
                task_set.registered.add(task.arn)
        states = targets.health() if task_set.staying else {}
        for task in task_set.staying:
            if states.get(task.address) == "unhealthy" and not self._in_grace(task):
                self._replace_unhealthy(task_set, targets, task)
        good = sum(task.is_running and targets.is_good(task, states) for task in task_set.staying)
        if task_set.displaced and good >= task_set.computed_desired_count:
            self._drain(task_set, targets, task_set.displaced)
        stable = good == task_set.computed_desired_count == len(task_set.tasks)
        if task_set.become(stable=stable) and stable and task_set.status == "PRIMARY":
            self._tell("has reached a steady state.")

    def _start_tasks(self, task_set: TaskSet, count: int) -> None:
        for _ in range(count):
            on_provider: dict[str, int] = {}
            for task in task_set.staying:
                if task.provider:
                    on_provider[task.provider] = on_provider.get(task.provider, 0) + 1
            launch = Launch(
                account=self.account,
                region=self.region,
                cluster=self.record["clusterArn"].rpartition("/")[2],
                task_definition=task_set.task_definition,
                group=f"service:{self.record['serviceName']}",
                started_by=task_set.id,
                launch_type=task_set.launch_type,
                capacity_provider=provider_for(task_set.capacity_provider_strategy, on_provider),
                platform_version=task_set.platform_version,
                network_configuration=task_set.network_configuration,
                enable_execute_command=self.record.get("enableExecuteCommand", False),
                placement_strategy=self.record.get("placementStrategy") or [],
                placement_constraints=self.record.get("placementConstraints") or [],
            )
            task = self._tasks.start(launch, on_change=self._wake.set)
            task_set.tasks.append(task)
            self._tell(f"has started 1 tasks: (task {task.id}).")

    def _tell_unplaced(self, task_set: TaskSet) -> None:
        """Say once why tasks wait for room; again when the cause is another."""
        causes = [task.unplaced_because for task in task_set.staying if task.unplaced_because]
        cause = causes[0] if causes else None
        if cause and cause != task_set.told_cause:
            self._tell(
                "was unable to place a task because no container instance met all of its "
                f"requirements. {cause} For more information, see the Troubleshooting section of "
                "the Amazon ECS Developer Guide."
            )
        task_set.told_cause = cause

    def _bury(self, task_set: TaskSet, targets: Targets, task: Task) -> None:
        task_set.tasks.remove(task)
        task_set.registered.discard(task.arn)
        targets.deregister(task)
        if task.arn in task_set.leaving:
            task_set.leaving.discard(task.arn)
            return
        task_set.note_failure()
        self._tell(f"(task {task.id}) stopped: {task.record['stoppedReason']}")
        if task_set.fails_consistently:
            self._tell("is unable to consistently start tasks successfully.")

    def _replace_unhealthy(self, task_set: TaskSet, targets: Targets, task: Task) -> None:
        group = task_set.load_balancers[0]["targetGroupArn"]
        reason = f"Task failed ELB health checks in (target-group {group})"
        task_set.note_failure()
        self._tell(f"(task {task.id}) is unhealthy in (target-group {group})")
        self._drain(task_set, targets, [task], reason)

    def _drain(
        self, task_set: TaskSet, targets: Targets, tasks: list[Task], reason: str = ""
    ) -> None:
        """Take tasks out of the load balancer first, stop them when requests had time to end."""
        reason = reason or f"Scaling activity initiated by (deployment {task_set.id})"
        for task in tasks:
            task_set.leaving.add(task.arn)
            targets.deregister(task)
        self._tell(f"has begun draining connections on {len(tasks)} tasks.")

        def stop_when_drained() -> None:
            targets.wait_until_drained()
            for task in tasks:
                task.stop("ServiceSchedulerInitiated", reason)

        threading.Thread(target=stop_when_drained, name="drain", daemon=True).start()

    def _in_grace(self, task: Task) -> bool:
        grace = timedelta(seconds=self.record.get("healthCheckGracePeriodSeconds") or 0)
        seconds = self._machine.clock.wall_for_code(grace, _LEAST_GRACE_SECONDS)
        return time.monotonic() - task.started < seconds

    def _targets(self, task_set: TaskSet) -> Targets:
        client = self._machine.client("elbv2", account=self.account, region=self.region)
        return Targets(client, task_set.load_balancers, self._machine.clock)

    def _tell(self, message: str) -> None:
        text = f"(service {self.record['serviceName']}) {message}"
        event = {"id": str(uuid.uuid4()), "createdAt": now_iso(), "message": text}
        self.record["events"] = [event, *self.record["events"]][:_EVENTS_KEPT]

    def _reflect(self) -> None:
        """Write into the service's record what DescribeServices answers."""
        staying = [item for item in self.task_sets if item.status != "DRAINING"]
        self.record["runningCount"] = sum(item.running_count for item in staying)
        self.record["pendingCount"] = sum(item.pending_count for item in staying)
        if not self.by_code_deploy:
            self.record["deployments"] = [
                item.describe_deployment() for item in reversed(self.task_sets)
            ]
            return
        self.record["deployments"] = []
        self.record["taskSets"] = [item.describe(self.record) for item in self.task_sets]
        for item in self.task_sets:
            if item.status == "PRIMARY":
                self.record.update(
                    taskDefinition=item.task_definition["taskDefinitionArn"],
                    loadBalancers=item.load_balancers,
                    networkConfiguration=item.network_configuration,
                    platformVersion=item.platform_version,
                    launchType=item.launch_type,
                    capacityProviderStrategy=item.capacity_provider_strategy or None,
                )
