"""What keeps Auto Scaling groups, container instances and waiting tasks as they are wanted."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import autoscaling, ecs

from slipway.local_aws.capacity.container_instance import ContainerInstance, Guest
from slipway.local_aws.capacity.group import Group, is_lost, terminate
from slipway.local_aws.capacity.instance_types import UnknownInstanceTypeError
from slipway.local_aws.capacity.placement import Requirements, choose, explain, obstacle
from slipway.local_aws.capacity.scaling import (
    ManagedScaling,
    missing_instances,
    wanted_instances,
)
from slipway.local_aws.capacity.schedule import Schedule, carry_out
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.capacity")

# Account, region and name.
Key = tuple[str, str, str]

_BUSY_INTERVAL_SECONDS = 0.1
_IDLE_INTERVAL_SECONDS = 1.0
# From RunInstances until the agent has registered.
_BOOT = timedelta(seconds=30)
# Managed scaling takes instances away when its alarm had fifteen low values, one a minute.
_LOW_BEFORE_SCALE_IN = timedelta(minutes=15)


class Capacity:
    """The container instances of this machine, in every account and region."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._instances: dict[str, ContainerInstance] = {}
        self._waiting: list[Guest] = []
        self._low_since: dict[Key, float] = {}
        self._faults: dict[Key, str] = {}
        self._schedule = Schedule()

    def start(self) -> None:
        """Look after everything from now on."""
        threading.Thread(target=self._keep_going, name="capacity", daemon=True).start()

    def paused(self) -> AbstractContextManager[object]:
        """Start and stop nothing while a group's record is being written."""
        return self._lock

    def wake(self) -> None:
        """Look soon: something has changed."""
        self._wake.set()

    def instances(self, cluster: Key) -> list[ContainerInstance]:
        """Return the container instances of a cluster."""
        with self._lock:
            return [
                item for item in self._instances.values() if (*item.scope, item.cluster) == cluster
            ]

    def admit(self, task: Guest) -> None:
        """Place a task, now or as soon as there is room for it."""
        with self._lock:
            if not self._place(task):
                self._waiting.append(task)
        self.wake()

    def release(self, task: Guest) -> None:
        """Let go of a task that has ended, or isn't wanted any more."""
        with self._lock:
            if task in self._waiting:
                self._waiting.remove(task)
            for instance in self._instances.values():
                instance.tasks.pop(task.arn, None)
        self.wake()

    def obstacles(self, cluster: Key, task: Requirements) -> dict[str, str]:
        """Return why each instance of a cluster can't take a task; empty where one can."""
        with self._lock:
            hosts = self._hosts(cluster, None)
            reasons = {item.arn: obstacle(task, item.room()) or "" for item in hosts}
            return reasons if all(reasons.values()) else {}

    def drain(self, instance: ContainerInstance, *, active: bool = False) -> None:
        """Place no more tasks on an instance, or begin to place them again."""
        with self._lock:
            instance.status = "ACTIVE" if active else "DRAINING"
        self.wake()

    def deregister(self, instance: ContainerInstance) -> None:
        """Take an instance out of its cluster; its tasks end."""
        with self._lock:
            instance.status = "INACTIVE"
            self._forget(instance, f"Container instance {instance.arn} was deregistered.")
        self.wake()

    def members(self, group: Key) -> list[ContainerInstance]:
        """Return the instances of an Auto Scaling group."""
        with self._lock:
            return [item for item in self._instances.values() if (*item.scope, item.group) == group]

    def _keep_going(self) -> None:
        while True:
            busy = True
            try:
                busy = self.reconcile()
            except Exception:
                # Without this thread every task on EC2 would wait for ever.
                logger.exception("EC2 capacity")
            self._wake.wait(_BUSY_INTERVAL_SECONDS if busy else _IDLE_INTERVAL_SECONDS)
            self._wake.clear()

    def reconcile(self) -> bool:
        """Look once at everything; return whether something is under way."""
        with self._lock:
            groups = autoscaling._asgs.all_items()
            names = {key for key, _ in groups}
            for instance in list(self._instances.values()):
                with request_scope(*instance.scope):
                    self._follow(instance, orphaned=(*instance.scope, instance.group) not in names)
            self._low_since = {key: at for key, at in self._low_since.items() if key in names}
            self._waiting = [task for task in self._waiting if not self._place(task)]
            self._keep_hours(dict(groups))
            for key, record in groups:
                with request_scope(key[0], key[1]):
                    self._keep(key, Group(record))
            for task in self._waiting:
                self._explain(task)
            return any(item.is_booting or item.is_leaving for item in self._instances.values())

    def _keep_hours(self, groups: dict[Key, dict[str, Any]]) -> None:
        """Carry out the scheduled actions that came due."""
        scoped = {
            id(action): (account, region, action["AutoScalingGroupName"])
            for (account, region, _), action in autoscaling._scheduled_actions.all_items()
        }
        actions = [action for _, action in autoscaling._scheduled_actions.all_items()]
        for action in self._schedule.due(actions):
            record = groups.get(scoped[id(action)])
            if record is not None:
                carry_out(action, record)
                logger.info("%s: %s", record["AutoScalingGroupName"], action["ScheduledActionName"])

    def _follow(self, instance: ContainerInstance, *, orphaned: bool) -> None:
        """Move one instance through its life: boot, register, drain, end."""
        drained = instance.status != "DRAINING" or not instance.tasks
        if orphaned or is_lost(instance) or (instance.is_leaving and drained):
            self._end(instance)
            return
        if instance.is_booting and time.monotonic() >= instance.ready_at:
            instance.member["LifecycleState"] = "InService"
        if instance.member["LifecycleState"] == "InService" and not instance.is_registered:
            self._register(instance)

    def _register(self, instance: ContainerInstance) -> None:
        group = Group(autoscaling._asgs.get(instance.group))
        provider, cluster = group.capacity_provider, group.cluster
        if provider and cluster and instance.status == "ACTIVE":
            instance.register(cluster, provider["name"])
            self._count((*instance.scope, cluster))
            logger.info("%s registered with %s in %s", instance.id, cluster, instance.zone)

    def _keep(self, key: Key, group: Group) -> None:
        """Bring a group to its desired capacity, and that to what its tasks need."""
        record = group.record
        staying = [item for item in self.members(key) if not item.is_leaving]
        provider = (key[0], key[1], (group.capacity_provider or {}).get("name", ""))
        try:
            wanted = self._managed(key, group, staying)
            record["DesiredCapacity"] = min(max(wanted, record["MinSize"]), record["MaxSize"])
            for _ in range(record["DesiredCapacity"] - len(staying)):
                boot_seconds = self._machine.clock.wall(_BOOT)
                instance = group.launch(staying, self._machine.addresses.next(), boot_seconds)
                self._instances[instance.id] = instance
                staying.append(instance)
                logger.info("%s started for %s in %s", instance.id, group.name, instance.zone)
            self._faults.pop(provider, None)
        except UnknownInstanceTypeError as error:
            self._faults[provider] = str(error)
        self._scale_in(group, staying, len(staying) - record["DesiredCapacity"])

    def _managed(self, key: Key, group: Group, staying: list[ContainerInstance]) -> int:
        """Return the desired capacity that managed scaling wants, or the one that was set."""
        current: int = group.record["DesiredCapacity"]
        provider, cluster = group.capacity_provider, group.cluster
        scaling = ManagedScaling.of(provider)
        if provider is None or cluster is None or scaling is None:
            self._low_since.pop(key, None)
            return current
        waiting = [
            task.requirements
            for task in self._waiting
            if task.provider == provider["name"] and task.cluster == (key[0], key[1], cluster)
        ]
        possible = max(group.record["MaxSize"] - len(staying), 0) if waiting else 0
        wanted = wanted_instances(
            scaling,
            occupied=sum(bool(item.tasks) for item in staying),
            missing=missing_instances(
                waiting,
                [item.room() for item in staying if item.status == "ACTIVE"],
                group.new_rooms(staying, possible),
            ),
            there=len(staying),
        )
        if wanted >= current or current <= group.record["MinSize"]:
            self._low_since.pop(key, None)
            return max(wanted, current)
        since = self._low_since.setdefault(key, time.monotonic())
        if time.monotonic() - since < self._machine.clock.wall(_LOW_BEFORE_SCALE_IN):
            return current
        del self._low_since[key]
        if provider["autoScalingGroupProvider"].get("managedTerminationProtection") == "ENABLED":
            for item in staying:
                if not item.tasks:
                    item.member["ProtectedFromScaleIn"] = False
        return wanted

    def _scale_in(self, group: Group, staying: list[ContainerInstance], count: int) -> None:
        """Let the emptiest instances go, out of the fullest zones; protected ones stay."""
        zones = [item.zone for item in staying]
        free = [item for item in staying if not item.is_protected]
        free.sort(key=lambda item: (len(item.tasks), item.takes_tasks, -zones.count(item.zone)))
        provider = (group.capacity_provider or {}).get("autoScalingGroupProvider", {})
        draining = provider.get("managedDraining") == "ENABLED"
        for instance in free[: max(count, 0)]:
            instance.leave(draining=draining)
            self.wake()

    def _end(self, instance: ContainerInstance) -> None:
        terminate(instance)
        self._instances.pop(instance.id, None)
        self._forget(instance, f"Host EC2 (instance {instance.id}) terminated.")
        logger.info("%s ended", instance.id)

    def _forget(self, instance: ContainerInstance, reason: str) -> None:
        tasks, cluster = list(instance.tasks.values()), (*instance.scope, instance.cluster)
        instance.tasks.clear()
        instance.cluster = ""
        for task in tasks:
            task.stop("TerminationNotice", reason)
        self._count(cluster)

    def _count(self, cluster: Key) -> None:
        record = ecs._clusters.get_scoped(*cluster)
        if record is not None:
            record["registeredContainerInstancesCount"] = len(self.instances(cluster))

    def _hosts(self, cluster: Key, provider: str | None) -> list[ContainerInstance]:
        return [
            item
            for item in self.instances(cluster)
            if item.takes_tasks and provider in (None, item.provider)
        ]

    def _place(self, task: Guest) -> bool:
        """Place a task; return whether it needs no place any more."""
        if task.is_stopping:
            return True
        hosts = self._hosts(task.cluster, task.provider)
        room = choose(task.requirements, [item.room() for item in hosts])
        if room is None:
            return False
        host = next(item for item in hosts if item.container_instance_id == room.id)
        host.tasks[task.arn] = task
        task.unplaced_because = None
        task.place(host)
        return True

    def _explain(self, task: Guest) -> None:
        """Say why a task waits, unless an instance for it is on its way."""
        scope = task.cluster[:2]
        coming = any(
            item.is_booting and item.scope == scope and item.provider in (None, task.provider)
            for item in self._instances.values()
        )
        fault = self._faults.get((*scope, task.provider or ""))
        rooms = [item.room() for item in self._hosts(task.cluster, task.provider)]
        reason = f"Reason: {fault}." if fault else explain(task.requirements, rooms)
        task.unplaced_because = None if coming else reason
