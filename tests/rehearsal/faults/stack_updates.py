"""Stack updates in the midst of a release, before it, and after it.

They go to CloudFormation as templates: the lane's own with a change, which is taken back before
the next fault.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from faults.lane import Lane
from faults.scene import Scene

Template = dict[str, Any]
Change = Callable[[Template], None]

_ELB = "AWS::ElasticLoadBalancingV2::"
_ROUTES = ("prodTrafficRoute", "testTrafficRoute")


def update(*changes: Change, ends: str = "UPDATE_COMPLETE") -> Callable[[Scene], None]:
    """Update the lane's stack, and make sure that no traffic has gone back meanwhile.

    Parameters
    ----------
    changes
        What changes in the template.
    ends
        The status in which the stack must end.
    """

    def act(scene: Scene) -> None:
        lane = scene.lane
        stack = _Stack(lane)
        blue = stack.blue_group(scene)
        before = [lane.weights(route)[blue] for route in _ROUTES]
        changed = copy.deepcopy(stack.template)
        for change in changes:
            change(changed)
        lane.undo_later(stack.restore)
        ended = stack.update(changed)
        assert ended == ends, f"{scene.name}: the stack ended in {ended}: {stack.reasons()}"
        # A shift that goes on meanwhile takes more from blue, and gives nothing back.
        after = [lane.weights(route)[blue] for route in _ROUTES]
        assert all(now <= then for now, then in zip(after, before, strict=True)), (
            f"{scene.name}: the update moved traffic: {before} became {after}"
        )
        assert stack.touched_services() == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}, scene.name

    return act


def put(*changes: Change) -> Callable[[Scene], None]:
    """Deploy a change before the release begins."""

    def act(scene: Scene) -> None:
        stack = _Stack(scene.lane)
        changed = copy.deepcopy(stack.template)
        for change in changes:
            change(changed)
        scene.lane.undo_later(stack.restore)
        ended = stack.update(changed)
        assert ended == "UPDATE_COMPLETE", f"{scene.name}: {stack.reasons()}"

    return act


# Changes.


def everything(template: Template) -> None:
    """Change each resource that traffic passes, and what the next release would be."""
    for listener in each(template, f"{_ELB}Listener"):
        listener["Tags"] = [*listener.get("Tags", []), {"Key": "reviewed", "Value": "yes"}]
        listener["ListenerAttributes"] = [
            {"Key": "routing.http.response.server.enabled", "Value": "false"}
        ]
        (action,) = listener["DefaultActions"]
        action["FixedResponseConfig"]["MessageBody"] = "Nothing is live here.\n"
    for rule in each(template, "Custom::TrafficRule"):
        rule["Priority"] = "7"
        rule["Paths"] = ["/", "/*"]
    for function in each(template, "AWS::Lambda::Function"):
        function["Description"] = "Another version"
    for definition in each(template, "AWS::ECS::TaskDefinition"):
        (container,) = definition["ContainerDefinitions"]
        container["Environment"].append({"Name": "REVIEWED", "Value": "yes"})
    target_groups(template)


def target_groups(template: Template) -> None:
    """Change how targets of both groups are checked, and how long they drain."""
    for group in each(template, f"{_ELB}TargetGroup"):
        group["HealthCheckPath"] = "/version"
        group["HealthCheckIntervalSeconds"] = 15
        group["HealthyThresholdCount"] = 3
        group["TargetGroupAttributes"] = [
            {**attribute, "Value": "10"}
            if attribute["Key"] == "deregistration_delay.timeout_seconds"
            else attribute
            for attribute in group["TargetGroupAttributes"]
        ]


def shift_by(percent: int, interval_minutes: int) -> Change:
    """Give the deployment group a canary; a changed configuration is a new one."""

    def change(template: Template) -> None:
        template["Resources"]["Shift"] = {
            "Type": "AWS::CodeDeploy::DeploymentConfig",
            "Properties": {
                "ComputePlatform": "ECS",
                "TrafficRoutingConfig": {
                    "Type": "TimeBasedCanary",
                    "TimeBasedCanary": {
                        "CanaryPercentage": percent,
                        "CanaryInterval": interval_minutes,
                    },
                },
            },
        }
        for group in each(template, "AWS::CodeDeploy::DeploymentGroup"):
            group["DeploymentConfigName"] = {"Ref": "Shift"}

    return change


def failure(template: Template) -> None:
    """Add a resource that fails when all others are updated: its port is taken."""
    listeners = each(template, f"{_ELB}Listener")
    template["Resources"]["Failing"] = {
        "Type": f"{_ELB}Listener",
        "DependsOn": [name for name in template["Resources"] if name != "Failing"],
        "Properties": {**listeners[0], "Tags": []},
    }


def each(template: Template, type_: str) -> list[dict[str, Any]]:
    """Return the properties of every resource of a type."""
    found = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == type_
    ]
    assert found, f"the template has no {type_}"
    return found


class _Stack:
    """The lane's stack, as CloudFormation has it."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._client = lane.client("cloudformation")
        self._name = lane.environment.settings.names("local").stack(lane.name)
        body = self._client.get_template(StackName=self._name)["TemplateBody"]
        self.template: Template = json.loads(json.dumps(body))

    def update(self, template: Template) -> str:
        """Update the stack, and return the status in which it ends."""
        # The CDK's bucket: a request itself takes no template of this size.
        buckets = self._lane.client("s3").list_buckets()["Buckets"]
        (bucket,) = [each["Name"] for each in buckets if each["Name"].startswith("cdk-")]
        key = f"{self._name}.json"
        self._lane.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(template))
        self._client.update_stack(
            StackName=self._name,
            TemplateURL=f"https://s3.us-east-1.amazonaws.com/{bucket}/{key}",
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": name, "UsePreviousValue": True}
                for name in template.get("Parameters", {})
            ],
        )
        final = ("_COMPLETE", "_FAILED")
        self._lane.wait(lambda: self._status().endswith(final), "the stack update does not end")
        return self._status()

    def restore(self) -> None:
        """Deploy the template as it was."""
        changed = json.loads(
            json.dumps(self._client.get_template(StackName=self._name)["TemplateBody"])
        )
        if changed != self.template:
            ended = self.update(self.template)
            assert ended == "UPDATE_COMPLETE", self.reasons()

    def blue_group(self, scene: Scene) -> str:
        """Name the target group of the task set that was live at first."""
        return str(scene.blue["loadBalancers"][0]["targetGroupArn"].split("/")[-2])

    def reasons(self) -> list[str]:
        """Say why resources failed."""
        return [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in self._events()
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def touched_services(self) -> set[str]:
        """Return what ever happened to the ECS service."""
        return {
            event["ResourceStatus"]
            for event in self._events()
            if event["ResourceType"] == "AWS::ECS::Service"
        }

    def _status(self) -> str:
        stack = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        return str(stack["StackStatus"])

    def _events(self) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self._name)
        return [event for page in pages for event in page["StackEvents"]]
