"""The scheduler of a service, with tasks that are only claimed to run."""

import itertools
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from slipway.local_aws.clock import Clock
from slipway.local_aws.ecs import scheduler as scheduler_module
from slipway.local_aws.ecs import targets as targets_module
from slipway.local_aws.ecs.scheduler import ServiceScheduler
from slipway.local_aws.ecs.task_set import TaskSet

NUMBERS = itertools.count(1)


@dataclass
class FakeTask:
    launch: object
    number: int = field(default_factory=lambda: next(NUMBERS))
    is_running: bool = True
    is_stopped: bool = False
    is_displaced: bool = False
    unplaced_because: str | None = None
    provider: str | None = None
    started: float = field(default_factory=time.monotonic)
    record: dict = field(default_factory=lambda: {"stoppedReason": "it died"})

    @property
    def arn(self):
        return f"task/{self.number}"

    id = arn

    @property
    def address(self):
        return f"127.0.0.{self.number}"

    def stop(self, stop_code, reason):
        self.is_running, self.is_stopped, self.reason = False, True, reason

    die = stop


class LoadBalancer:
    """Finds every target healthy unless told otherwise."""

    def __init__(self):
        self.registered, self.states = set(), {}

    def register_targets(self, TargetGroupArn, Targets):  # noqa: N803 - boto3's names
        self.registered |= {item["Id"] for item in Targets}

    def deregister_targets(self, TargetGroupArn, Targets):  # noqa: N803
        self.registered -= {item["Id"] for item in Targets}

    def describe_target_group_attributes(self, TargetGroupArn):  # noqa: N803
        return {"Attributes": []}

    def describe_target_health(self, TargetGroupArn):  # noqa: N803
        return {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": address, "Port": 8080},
                    "TargetHealth": {"State": self.states.get(address, "healthy")},
                }
                for address in self.registered
            ]
        }


@pytest.fixture
def load_balancer():
    return LoadBalancer()


@pytest.fixture
def make(monkeypatch, load_balancer):
    """Make a scheduler that never looks by itself."""
    monkeypatch.setattr(targets_module, "_LEAST_DRAINING_SECONDS", 0.0)
    monkeypatch.setattr(scheduler_module, "_LEAST_GRACE_SECONDS", 0.0)
    runner = SimpleNamespace(start=lambda launch, on_change: FakeTask(launch))
    monkeypatch.setattr(scheduler_module, "runner", lambda machine: runner)
    machine = SimpleNamespace(clock=Clock(1e-9), client=lambda *_, **__: load_balancer)

    def scheduler(controller):
        record = {
            "serviceArn": "arn:aws:ecs:us-east-1:000000000000:service/cluster/web",
            "serviceName": "web",
            "clusterArn": "arn:aws:ecs:us-east-1:000000000000:cluster/cluster",
            "deploymentController": {"type": controller},
            "desiredCount": 2,
            "status": "ACTIVE",
            "events": [],
        }
        made = ServiceScheduler(machine, record)
        first = task_set("web:1")
        first.status = "PRIMARY"
        made.add(first)
        return made

    return scheduler


def task_set(revision):
    target = {"targetGroupArn": "group", "containerName": "web", "containerPort": 8080}
    return TaskSet(
        task_definition={"taskDefinitionArn": revision, "containerDefinitions": [{"name": "web"}]},
        computed_desired_count=2,
        load_balancers=[target],
        network_configuration={},
    )


def look(scheduler, condition):
    """Reconcile until something is so; draining happens in the background."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        scheduler.reconcile()
        time.sleep(0.001)


def test_service_is_steady_when_every_target_is_healthy(make, load_balancer):
    scheduler = make("ECS")
    load_balancer.states = dict.fromkeys((f"127.0.0.{n}" for n in range(1, 255)), "initial")
    scheduler.reconcile()
    assert scheduler.record["runningCount"] == 2
    assert not scheduler.is_steady
    load_balancer.states = {}
    scheduler.reconcile()
    assert scheduler.is_steady
    assert "has reached a steady state" in scheduler.record["events"][0]["message"]


def test_task_that_fails_its_health_checks_is_replaced(make, load_balancer):
    scheduler = make("CODE_DEPLOY")
    look(scheduler, lambda: scheduler.is_steady)
    ill, well = scheduler.primary.tasks
    load_balancer.states[ill.address] = "unhealthy"
    scheduler.primary.retry_at = 0.0
    look(scheduler, lambda: ill not in scheduler.primary.tasks)
    assert "failed ELB health checks" in ill.reason
    assert ill.address not in load_balancer.registered
    scheduler.primary.retry_at = 0.0
    look(scheduler, lambda: scheduler.is_steady)
    assert well in scheduler.primary.tasks


def test_dead_task_leaves_the_load_balancer_before_another_starts(make, load_balancer):
    scheduler = make("ECS")
    look(scheduler, lambda: scheduler.is_steady)
    dead = scheduler.primary.tasks[0]
    dead.die("EssentialContainerExited", "it died")
    scheduler.reconcile()
    assert dead.address not in load_balancer.registered
    assert len(scheduler.primary.tasks) == 1
    scheduler.primary.retry_at = 0.0
    look(scheduler, lambda: scheduler.is_steady)


def test_old_revision_goes_only_when_the_new_one_is_steady(make, load_balancer):
    scheduler = make("ECS")
    look(scheduler, lambda: scheduler.is_steady)
    old = list(scheduler.primary.tasks)
    load_balancer.states = dict.fromkeys((f"127.0.0.{n}" for n in range(1, 255)), "initial")
    load_balancer.states.update(dict.fromkeys((task.address for task in old), "healthy"))
    scheduler.replace(task_set("web:2"))
    scheduler.reconcile()
    assert all(task.is_running for task in old)
    load_balancer.states = {}
    look(scheduler, lambda: len(scheduler.task_sets) == 1)
    assert all(task.is_stopped for task in old)
    assert scheduler.record["deployments"][0]["taskDefinition"] == "web:2"


def test_codedeploy_service_shows_task_sets_and_keeps_both(make):
    scheduler = make("CODE_DEPLOY")
    scheduler.add(task_set("web:2"))
    look(scheduler, lambda: scheduler.is_steady)
    assert [item["status"] for item in scheduler.record["taskSets"]] == ["PRIMARY", "ACTIVE"]
    scheduler.make_primary(scheduler.task_sets[1])
    assert scheduler.record["taskDefinition"] == "web:2"


def test_deleted_service_is_inactive_when_its_last_task_has_ended(make):
    scheduler = make("ECS")
    look(scheduler, lambda: scheduler.is_steady)
    scheduler.delete()
    assert scheduler.record["status"] == "DRAINING"
    look(scheduler, lambda: scheduler.is_gone)
    assert scheduler.task_sets == []


def test_displaced_task_serves_until_another_has_taken_over(make, load_balancer):
    scheduler = make("ECS")
    look(scheduler, lambda: scheduler.is_steady)
    displaced, _ = scheduler.primary.tasks
    load_balancer.states = dict.fromkeys((f"127.0.0.{n}" for n in range(1, 255)), "initial")
    displaced.is_displaced = True
    scheduler.reconcile()
    assert len(scheduler.primary.tasks) == 3
    assert displaced.is_running
    load_balancer.states = {}
    look(scheduler, lambda: scheduler.is_steady)
    assert displaced not in scheduler.primary.tasks


def test_cause_of_waiting_is_told_once(make):
    scheduler = make("ECS")
    scheduler.reconcile()
    for task in scheduler.primary.tasks:
        task.is_running, task.unplaced_because = False, "Reason: none."
    for _ in range(3):
        scheduler.reconcile()
    told = [item for item in scheduler.record["events"] if "unable to place" in item["message"]]
    assert len(told) == 1
