"""Tasks: where they run, what they carry, what holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prove.ground import CALLED, ENVIRONMENT
from prove.story import Facts, MissingError, Story, instances
from prove.verdict import Verdict, does_not_hold, holds, not_tried, proof, verdict
from slipway.settings.capacity import InstanceType


@proof(15, after="release")
def fargate_strategy(story: Story) -> Verdict:
    """Green's task set has the AppSpec's strategy and platform version."""
    facts = story["release"]
    green = _green(facts)
    strategy = [each["capacityProvider"] for each in green.get("capacityProviderStrategy", [])]
    version = green.get("platformVersion")
    return verdict(
        facts.events.get("Install") == "Succeeded"
        and strategy == ["FARGATE"]
        and version == "1.4.0",
        f"green is on {', '.join(strategy) or 'nothing'}, platform version {version}",
    )


@proof(16, after="release", needs=("tags of tasks",))
def tags_of_green(story: Story) -> Verdict:
    """Tasks that CodeDeploy started carry the service's tags and ECS's own."""
    facts = story["release"]
    green = _green(facts)["id"]
    tasks = [each for each in facts.note("tasks") if each.get("startedBy") == green]
    if not tasks:
        return not_tried("no task of green was seen")
    keys = {tag["key"] for tag in tasks[0].get("tags", [])}
    wanted = {"slipway:service", "aws:ecs:serviceName"}
    return verdict(wanted <= keys, f"tags of a task of green: {', '.join(sorted(keys)) or 'none'}")


@proof(17, after="ec2")
def instances_start_for_green(story: Story) -> Verdict:
    """Green's tasks wait until managed scaling has started instances for them."""
    facts = story["ec2"]
    provider = story.ground.settings.names(ENVIRONMENT).ec2_capacity_provider
    green = _green(facts)["id"]
    on = {
        task.get("capacityProviderName")
        for task in facts.note("tasks")
        if task.get("startedBy") == green
    }
    waited = max((each.waiting for each in facts.samples), default=0)
    before, after = facts.note("instances before"), facts.note("instances")
    evidence = (
        f"{facts.ended.status}; green on {', '.join(map(str, on)) or 'nothing'}; {before} "
        f"instances before, {after} in mid-shift; at most {waited} tasks were PROVISIONING"
    )
    if facts.ended.status != "Succeeded" or on != {provider}:
        return does_not_hold(evidence)
    if after <= before:
        return not_tried(f"{evidence}: nothing had to start")
    return holds(evidence)


@proof(54, after="ec2", needs=("exec",))
def exec_in_green(story: Story) -> Verdict:
    """The agent of ECS Exec runs in green's tasks, and a session can be opened.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
    """
    facts = story["ec2"]
    green = _green(facts)["id"]
    tasks = [each for each in facts.note("tasks") if each.get("startedBy") == green]
    agents = {
        agent["lastStatus"]
        for task in tasks
        for container in task["containers"]
        for agent in container.get("managedAgents", [])
    }
    if agents != {"RUNNING"}:
        return verdict(False, f"the agents are {', '.join(sorted(agents)) or 'not there'}")
    opened = story.place.client("ecs").execute_command(
        cluster=facts.aimed.cluster,
        task=tasks[0]["taskArn"],
        container=CALLED,
        interactive=True,
        command="/bin/true",
    )
    return holds(f"agents RUNNING; session {opened['session']['sessionId']}; nobody typed in it")


@proof(55, after="deploy")
def instances_join(story: Story) -> Verdict:
    """Instances registered with the cluster, by the roles that we give them."""
    found = _instances(story)
    active = sum(each["status"] == "ACTIVE" for each in found)
    return verdict(active > 0, f"{active} container instances are ACTIVE")


@proof(56, after="deploy", needs=("trunks",))
def trunked_interfaces(story: Story) -> Verdict:
    """Every instance has a trunk.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
    """
    found = story.place.client("ecs").list_attributes(
        cluster=story.ground.settings.names(ENVIRONMENT).cluster,
        targetType="container-instance",
        attributeName="ecs.awsvpc-trunk-id",
    )["attributes"]
    instances = _instances(story)
    trunked = sum(bool(each.get("value")) for each in found)
    return verdict(
        bool(instances) and trunked == len(instances),
        f"{trunked} of {len(instances)} instances have a trunk",
    )


@proof(57, after="deploy", needs=("trunks",))
def room_on_instances(story: Story) -> Verdict:
    """An instance offers tasks as much memory as the settings count on."""
    told = []
    enough = True
    for instance in _instances(story):
        name = _attribute(instance, "ecs.instance-type")
        offers = {
            each["name"]: each.get("integerValue") for each in instance["registeredResources"]
        }
        expected = InstanceType.parse(name)
        if expected is None:
            return not_tried(f"nobody knows the instance type {name or 'of an instance'}")
        enough = enough and (offers.get("MEMORY") or 0) >= expected.memory
        told.append(f"{name} {offers.get('MEMORY')} MiB of {expected.memory} counted on")
    if not told:
        return not_tried("there was no instance")
    return verdict(enough, ", ".join(sorted(set(told))) + "; addresses were not counted")


def _green(facts: Facts) -> Mapping[str, Any]:
    """Return the task set of the facts' deployment, as it was seen last."""
    for each in reversed(facts.samples):
        for task_set in each.task_sets:
            if task_set.get("externalId") == facts.deployment:
                return task_set
    raise MissingError(facts.error or "nobody saw green's task set")


def _instances(story: Story) -> list[dict[str, Any]]:
    arns = instances(story)
    if not arns:
        return []
    found: list[dict[str, Any]] = story.place.client("ecs").describe_container_instances(
        cluster=story.ground.settings.names(ENVIRONMENT).cluster, containerInstances=arns
    )["containerInstances"]
    return found


def _attribute(instance: Mapping[str, Any], name: str) -> str:
    return next(
        (each.get("value", "") for each in instance["attributes"] if each["name"] == name), ""
    )
