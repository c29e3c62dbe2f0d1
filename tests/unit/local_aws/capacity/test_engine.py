"""Groups, instances and waiting tasks, on MiniStack's records alone."""

import itertools
from collections import Counter
from types import SimpleNamespace

import pytest
from ministack.core.responses import request_scope
from ministack.services import autoscaling, ec2, ecs

from slipway.local_aws.capacity.engine import Capacity
from slipway.local_aws.capacity.placement import Requirements
from slipway.local_aws.clock import Clock

SCOPE = ("000000000000", "eu-west-1")
CLUSTER = (*SCOPE, "cluster")
GROUP = (*SCOPE, "group")


class Task:
    """A task that runs as soon as it is placed."""

    numbers = itertools.count(1)

    def __init__(self, **needs):
        self.arn = f"task/{next(self.numbers)}"
        self.requirements = Requirements("service:web", **needs)
        self.cluster, self.provider = CLUSTER, "provider"
        self.unplaced_because = self.instance = self.reason = None
        self.is_running = self.is_stopping = False

    def place(self, instance):
        self.instance, self.is_running = instance, True

    def stop(self, stop_code, reason):
        self.is_running, self.is_stopping, self.reason = False, True, reason


@pytest.fixture
def group():
    """A group of at most four in two zones, behind a provider of a cluster."""
    with request_scope(*SCOPE):
        for letter in "ab":
            ec2._subnets[f"subnet-{letter}"] = {
                "SubnetId": f"subnet-{letter}",
                "VpcId": "vpc",
                "AvailabilityZone": f"eu-west-1{letter}",
            }
        ec2._launch_templates["lt"] = {
            "LaunchTemplateId": "lt",
            "LaunchTemplateName": "template",
            "DefaultVersionNumber": 1,
            "LatestVersionNumber": 1,
            "Versions": [{"VersionNumber": 1, "LaunchTemplateData": {"InstanceType": "m6i.large"}}],
        }
        autoscaling._asgs["group"] = {
            "AutoScalingGroupName": "group",
            "AutoScalingGroupARN": "arn",
            "MinSize": 0,
            "MaxSize": 4,
            "DesiredCapacity": 0,
            "VPCZoneIdentifier": "subnet-a,subnet-b",
            "AvailabilityZones": ["eu-west-1a", "eu-west-1b"],
            "NewInstancesProtectedFromScaleIn": False,
            "LaunchConfigurationName": "",
            "LaunchTemplate": {"LaunchTemplateId": "lt", "Version": "$Latest"},
            "Instances": [],
        }
        ecs._clusters["cluster"] = {"capacityProviders": ["provider"]}
        ecs._capacity_providers["provider"] = {
            "name": "provider",
            "autoScalingGroupProvider": {
                "autoScalingGroupArn": "arn",
                "managedScaling": {"status": "ENABLED"},
                "managedDraining": "ENABLED",
            },
        }
        yield autoscaling._asgs["group"]
        for store in (autoscaling._asgs, ecs._clusters, ecs._capacity_providers, ec2._instances):
            store.clear()


@pytest.fixture
def capacity(group):
    addresses = (f"127.1.0.{number}" for number in itertools.count(1))
    machine = SimpleNamespace(
        clock=Clock(1e-9), addresses=SimpleNamespace(next=lambda: next(addresses))
    )
    return Capacity(machine)


def look(capacity, times=4):
    for _ in range(times):
        capacity.reconcile()


def without_managed_scaling():
    provider = ecs._capacity_providers["provider"]["autoScalingGroupProvider"]
    provider["managedScaling"] = {"status": "DISABLED"}


def test_waiting_task_brings_instances_and_is_placed(capacity, group):
    task = Task(cpu_units=256)
    capacity.admit(task)
    assert task.instance is None
    look(capacity, 2)
    assert task.instance in capacity.instances(CLUSTER)
    assert ecs._clusters["cluster"]["registeredContainerInstancesCount"] == 2


def test_instances_are_spread_over_the_zones(capacity, group):
    group["MinSize"] = 4
    look(capacity)
    zones = Counter(item.zone for item in capacity.members(GROUP))
    assert zones == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_without_managed_scaling_nothing_starts_and_the_cause_is_told(capacity, group):
    without_managed_scaling()
    task = Task()
    capacity.admit(task)
    look(capacity)
    assert capacity.members(GROUP) == []
    assert "No Container Instances were found" in task.unplaced_because


def test_maximum_is_never_passed(capacity, group):
    tasks = [Task(cpu_units=2048) for _ in range(6)]
    for task in tasks:
        capacity.admit(task)
    look(capacity)
    assert len(capacity.members(GROUP)) == group["DesiredCapacity"] == 4
    causes = [task.unplaced_because for task in tasks if task.instance is None]
    assert len(causes) == 2
    assert all("insufficient CPU units" in cause for cause in causes)


def test_task_that_was_stopped_while_it_waited_is_never_placed(capacity, group):
    task = Task()
    capacity.admit(task)
    task.stop("UserInitiated", "")
    look(capacity)
    assert task.instance is None


def test_empty_and_unprotected_instances_go_first(capacity, group):
    without_managed_scaling()
    group["DesiredCapacity"] = 3
    look(capacity)
    busy, protected, empty = capacity.members(GROUP)
    protected.member["ProtectedFromScaleIn"] = True
    busy.tasks["task"] = Task()
    group["DesiredCapacity"] = 2
    look(capacity)
    assert capacity.members(GROUP) == [busy, protected]
    assert ec2._instances[empty.id]["State"]["Name"] == "terminated"


def test_draining_instance_goes_when_its_last_task_has_ended(capacity, group):
    without_managed_scaling()
    group["DesiredCapacity"] = 1
    look(capacity)
    task = Task()
    capacity.admit(task)
    group["DesiredCapacity"] = 0
    look(capacity)
    assert task.instance.status == "DRAINING"
    assert capacity.members(GROUP) == [task.instance]
    assert not task.is_stopping
    capacity.release(task)
    look(capacity)
    assert capacity.members(GROUP) == []


def test_lost_instance_takes_its_tasks_along_and_is_replaced(capacity, group):
    task = Task()
    capacity.admit(task)
    look(capacity)
    lost = task.instance
    ec2._instances[lost.id]["State"]["Name"] = "terminated"
    look(capacity)
    assert task.reason == f"Host EC2 (instance {lost.id}) terminated."
    assert lost not in capacity.members(GROUP)


def test_unknown_instance_type_is_the_cause_that_tasks_are_told(capacity, group):
    ec2._launch_templates["lt"]["Versions"][0]["LaunchTemplateData"] = {"InstanceType": "x9.huge"}
    task = Task()
    capacity.admit(task)
    look(capacity)
    assert "instance type x9.huge is not known" in task.unplaced_because
