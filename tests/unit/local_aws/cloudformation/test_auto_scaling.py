"""The deletion of an Auto Scaling group whose instances do not go."""

from types import SimpleNamespace

import pytest
from ministack.core.responses import request_scope
from ministack.services import autoscaling

from slipway.local_aws.clock import Clock
from slipway.local_aws.cloudformation import auto_scaling


class Capacity:
    """Holds instances that stay where they are."""

    def __init__(self, *instances):
        self.instances = instances

    def wake(self):
        pass

    def members(self, group):
        return self.instances


@pytest.fixture
def group(monkeypatch):
    monkeypatch.setattr(auto_scaling, "_LEAST_PATIENCE_SECONDS", 0.0)
    with request_scope("000000000000", "us-east-1"):
        autoscaling._asgs["group"] = {"MinSize": 1, "MaxSize": 2, "DesiredCapacity": 2}
        yield autoscaling._asgs["group"]
        autoscaling._asgs.pop("group", None)


def delete(capacity):
    deleted = []
    handler = auto_scaling._deleting(
        lambda name, properties: deleted.append(name), capacity, Clock(1e-9)
    )
    try:
        handler("group", {})
    finally:
        capacity.deleted = deleted


def test_protected_instances_fail_the_deletion_in_the_end(group):
    capacity = Capacity(SimpleNamespace(id="i-1", is_protected=True))
    with pytest.raises(RuntimeError, match=r"did not stabilize.*protected from scale-in: i-1"):
        delete(capacity)
    assert capacity.deleted == []
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 0, 0)


def test_tasks_that_stay_fail_the_deletion_by_another_name(group):
    capacity = Capacity(SimpleNamespace(id="i-1", is_protected=False))
    with pytest.raises(RuntimeError, match="Tasks are left on i-1"):
        delete(capacity)


def test_empty_group_is_deleted(group):
    capacity = Capacity()
    delete(capacity)
    assert capacity.deleted == ["group"]
