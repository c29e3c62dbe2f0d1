"""Services on EC2 capacity: instances come, take tasks, drain and go."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, WaiterError

NUMBERS = itertools.count(1)
SPREAD = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
BINPACK = [{"type": "binpack", "field": "memory"}]


def capacity(subnets, *, minimum=0, maximum=4, instance_type="m6i.large", protected=False):
    """Return the resources of a cluster with one capacity provider on a group of instances."""
    managed = "ENABLED" if protected else "DISABLED"
    return {
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {}},
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": "ami-1"}},
        },
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "MinSize": str(minimum),
                "MaxSize": str(maximum),
                "VPCZoneIdentifier": subnets,
                "NewInstancesProtectedFromScaleIn": protected,
                "MixedInstancesPolicy": {
                    "LaunchTemplate": {
                        "LaunchTemplateSpecification": {
                            "LaunchTemplateId": {"Ref": "Template"},
                            "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
                        },
                        "Overrides": [{"InstanceType": instance_type}],
                    }
                },
            },
        },
        "Provider": {
            "Type": "AWS::ECS::CapacityProvider",
            "Properties": {
                "AutoScalingGroupProvider": {
                    "AutoScalingGroupArn": {"Ref": "Group"},
                    "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": 100},
                    "ManagedDraining": "ENABLED",
                    "ManagedTerminationProtection": managed,
                }
            },
        },
        "Associations": {
            "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
            "Properties": {
                "Cluster": {"Ref": "Cluster"},
                "CapacityProviders": [{"Ref": "Provider"}],
                "DefaultCapacityProviderStrategy": [],
            },
        },
    }


class Site:
    """A cluster with EC2 capacity, and its services."""

    def __init__(self, aws, image, stack):
        self.aws, self.image, self.stack = aws, image, stack
        self.cluster, self.provider, self.group = (
            stack.physical_id(name) for name in ("Cluster", "Provider", "Group")
        )
        self.ecs = aws.client("ecs")

    def serve(self, count=1, *, cpu=256, memory=512, architecture="X86_64", **settings):
        """Create a service; return its name. With a network configuration it runs in awsvpc."""
        name = f"service-{next(NUMBERS)}"
        self.ecs.register_task_definition(
            family=name,
            requiresCompatibilities=["EC2"],
            networkMode="awsvpc" if "networkConfiguration" in settings else "bridge",
            cpu=str(cpu),
            memory=str(memory),
            runtimePlatform={"cpuArchitecture": architecture},
            containerDefinitions=[{"name": "web", "image": self.image}],
        )
        self.ecs.create_service(
            cluster=self.cluster,
            serviceName=name,
            taskDefinition=name,
            desiredCount=count,
            **{"capacityProviderStrategy": self.strategy, **settings},
        )
        return name

    @property
    def strategy(self):
        return [{"capacityProvider": self.provider, "weight": 1}]

    def unplaced(self, name):
        """Return the service's events about tasks that found no room."""
        messages = [event["message"] for event in self.service(name)["events"]]
        return [message for message in messages if "was unable to place a task" in message]

    def service(self, name):
        return self.ecs.describe_services(cluster=self.cluster, services=[name])["services"][0]

    def tasks(self, name):
        arns = self.ecs.list_tasks(cluster=self.cluster, serviceName=name)["taskArns"]
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []

    def instances(self, **request):
        arns = self.ecs.list_container_instances(cluster=self.cluster, **request)
        arns = arns["containerInstanceArns"]
        if not arns:
            return []
        described = self.ecs.describe_container_instances(
            cluster=self.cluster, containerInstances=arns
        )
        return described["containerInstances"]

    def described_group(self):
        described = self.aws.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.group]
        )
        return described["AutoScalingGroups"][0]

    def delete(self, name):
        self.ecs.delete_service(cluster=self.cluster, service=name, force=True)


@pytest.fixture
def image(local_aws, tools):
    return tools.make_image(local_aws.images)


@pytest.fixture
def subnets(local_aws):
    """Two private subnets, in two zones."""
    ec2 = local_aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{letter}"
        )["Subnet"]["SubnetId"]
        for number, letter in enumerate("ab")
    ]


@pytest.fixture
def site(local_aws, deploy, image, subnets, tools):
    made = []

    def build(**settings):
        built = Site(local_aws, image, deploy(capacity(subnets, **settings)))
        made.append(built)
        return built

    yield build
    for built in made:
        for arn in built.ecs.list_services(cluster=built.cluster)["serviceArns"]:
            built.delete(arn)
        tools.eventually(
            lambda ecs=built.ecs, cluster=built.cluster: (
                not ecs.list_tasks(cluster=cluster)["taskArns"]
            ),
            "the end of every task",
        )


@pytest.fixture
def steady(tools):
    def wait(site, name):
        tools.eventually(lambda: tools.is_steady(site.service(name)), "a steady service")
        return site.tasks(name)

    return wait


@pytest.fixture
def registered(tools):
    """Wait until so many instances take tasks: they need not be ready at the same time."""

    def wait(site, count):
        tools.eventually(lambda: len(site.instances()) == count, f"{count} container instances")

    return wait


def test_service_on_an_empty_group_gets_instances_and_becomes_steady(site, steady, tools):
    here = site()
    assert here.instances() == []
    name = here.serve(2)
    # Managed scaling starts two when there is none (aws/containers-roadmap#1716). One of them is
    # enough, and the other goes after a while.
    tools.eventually(lambda: here.described_group()["DesiredCapacity"] == 2, "two instances")
    tasks = steady(here, name)
    assert {task["launchType"] for task in tasks} == {"EC2"}
    assert {task["capacityProviderName"] for task in tasks} == {here.provider}


def test_every_api_agrees_about_an_instance(site, registered, local_aws):
    here = site(minimum=2)
    registered(here, 2)
    members = {item["InstanceId"]: item for item in here.described_group()["Instances"]}
    instances = {item["ec2InstanceId"]: item for item in here.instances()}
    described = local_aws.client("ec2").describe_instances(InstanceIds=list(members))
    machines = {
        item["InstanceId"]: item
        for reservation in described["Reservations"]
        for item in reservation["Instances"]
    }
    assert set(members) == set(instances) == set(machines)
    for name, machine in machines.items():
        attributes = {item["name"]: item.get("value") for item in instances[name]["attributes"]}
        assert members[name]["LifecycleState"] == "InService"
        assert members[name]["InstanceType"] == machine["InstanceType"] == "m6i.large"
        assert attributes["ecs.instance-type"] == "m6i.large"
        zone = machine["Placement"]["AvailabilityZone"]
        assert members[name]["AvailabilityZone"] == attributes["ecs.availability-zone"] == zone
    assert len({item["PrivateIpAddress"] for item in machines.values()}) == len(machines)
    assert here.ecs.describe_clusters(clusters=[here.cluster])["clusters"][0][
        "registeredContainerInstancesCount"
    ] == len(machines)


def test_instances_and_spread_tasks_are_divided_between_the_zones(site, steady, registered):
    here = site(minimum=2)
    registered(here, 2)
    tasks = steady(here, here.serve(4, placementStrategy=SPREAD))
    assert Counter(task["availabilityZone"] for task in tasks) == {
        "us-east-1a": 2,
        "us-east-1b": 2,
    }


def test_binpack_fills_one_instance_first(site, steady, registered):
    here = site(minimum=2)
    registered(here, 2)
    tasks = steady(here, here.serve(4, placementStrategy=BINPACK))
    (instance,) = {task["containerInstanceArn"] for task in tasks}
    listed = here.ecs.list_tasks(cluster=here.cluster, containerInstance=instance)["taskArns"]
    assert set(listed) == {task["taskArn"] for task in tasks}
    (described,) = here.ecs.describe_container_instances(
        cluster=here.cluster, containerInstances=[instance]
    )["containerInstances"]
    left = {item["name"]: item["integerValue"] for item in described["remainingResources"]}
    assert (left["CPU"], described["runningTasksCount"]) == (2048 - 4 * 256, 4)


def test_too_little_room_is_told_and_tasks_wait(site, tools, steady):
    here = site(maximum=1)
    first = here.serve(cpu=2048)
    steady(here, first)
    second = here.serve(cpu=1024)
    told = tools.eventually(lambda: here.unplaced(second), "an event")
    assert "has insufficient CPU units available" in told[0]
    assert [task["lastStatus"] for task in here.tasks(second)] == ["PROVISIONING"]
    here.delete(first)
    steady(here, second)


def test_task_for_another_architecture_is_not_placed(site, tools):
    here = site(minimum=1, maximum=1)
    name = here.serve(architecture="ARM64")
    told = tools.eventually(lambda: here.unplaced(name), "an event")
    assert "is missing an attribute required by your task" in told[0]


def test_each_task_with_awsvpc_takes_a_network_interface(site, steady, tools, subnets):
    here = site(maximum=1)
    network = {"awsvpcConfiguration": {"subnets": subnets}}
    name = here.serve(3, networkConfiguration=network)
    told = tools.eventually(lambda: here.unplaced(name), "an event")
    assert 'encountered error "RESOURCE:ENI"' in told[0]
    here.ecs.update_service(cluster=here.cluster, service=name, desiredCount=2)
    zone = {item["availabilityZone"] for item in steady(here, name)}.pop()
    interfaces = {
        detail["value"]
        for task in here.tasks(name)
        for detail in task["attachments"][0]["details"]
        if detail["name"] == "subnetId"
    }
    assert interfaces == {subnets[["us-east-1a", "us-east-1b"].index(zone)]}


def test_task_set_is_placed_as_its_strategy_says(site, steady, tools):
    """What CodeDeploy does to install green."""
    here = site()
    name = here.serve(2, deploymentController={"type": "CODE_DEPLOY"})
    steady(here, name)
    here.ecs.create_task_set(
        cluster=here.cluster,
        service=name,
        taskDefinition=name,
        capacityProviderStrategy=here.strategy,
        scale={"value": 100.0, "unit": "PERCENT"},
    )
    tools.eventually(
        lambda: (
            [
                item["stabilityStatus"]
                for item in here.ecs.describe_task_sets(cluster=here.cluster, service=name)[
                    "taskSets"
                ]
            ]
            == ["STEADY_STATE"] * 2
        ),
        "two steady task sets",
    )
    instances = {item["containerInstanceArn"] for item in here.instances()}
    assert {task["containerInstanceArn"] for task in here.tasks(name)} <= instances


def test_release_installs_green_on_the_capacity_that_its_appspec_names(
    local_aws, tools, subnets, monkeypatch
):
    """The whole of it through the APIs: group, provider, association, then a deployment."""
    ec2, ecs = local_aws.client("ec2"), local_aws.client("ecs")
    auto_scaling = local_aws.client("autoscaling")
    ec2.create_launch_template(
        LaunchTemplateName="green", LaunchTemplateData={"InstanceType": "m6i.large"}
    )
    auto_scaling.create_auto_scaling_group(
        AutoScalingGroupName="green",
        MinSize=0,
        MaxSize=2,
        LaunchTemplate={"LaunchTemplateName": "green"},
        VPCZoneIdentifier=",".join(subnets),
    )
    ecs.create_capacity_provider(
        name="green",
        autoScalingGroupProvider={
            "autoScalingGroupArn": "green",
            "managedScaling": {"status": "ENABLED"},
        },
    )
    ecs.create_cluster(clusterName="green")
    ecs.put_cluster_capacity_providers(
        cluster="green", capacityProviders=["green"], defaultCapacityProviderStrategy=[]
    )
    world = tools.make_world(local_aws, "green")
    tools.make_group(world, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    appspec = world.appspec
    monkeypatch.setattr(
        world, "appspec", lambda *content: appspec(*content).replace("FARGATE", "green")
    )
    deployment = world.deploy(world.register())
    assert world.finished(deployment)["status"] == "Succeeded"
    tools.eventually(
        lambda: {task["launchType"] for task in world.tasks()} == {"EC2"}, "tasks on EC2 alone"
    )
    assert world.get()[0] == 200
    (group,) = auto_scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["green"])[
        "AutoScalingGroups"
    ]
    assert {item["AvailabilityZone"] for item in group["Instances"]} == {"us-east-1a", "us-east-1b"}
    assert {task["capacityProviderName"] for task in world.tasks()} == {"green"}


def test_tasks_on_fargate_are_spread_over_the_zones_of_their_subnets(site, steady, subnets):
    here = site()
    name = here.serve(
        2,
        launchType="FARGATE",
        capacityProviderStrategy=[],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
    )
    tasks = steady(here, name)
    assert {task["availabilityZone"] for task in tasks} == {"us-east-1a", "us-east-1b"}
    assert not any("containerInstanceArn" in task for task in tasks)


def test_draining_instance_hands_its_tasks_over(site, steady, tools):
    here = site(minimum=2, maximum=3)
    name = here.serve(2, placementStrategy=BINPACK)
    left = steady(here, name)[0]["containerInstanceArn"]
    here.ecs.update_container_instances_state(
        cluster=here.cluster, containerInstances=[left], status="DRAINING"
    )
    tools.eventually(
        lambda: left not in {task["containerInstanceArn"] for task in here.tasks(name)},
        "tasks elsewhere",
    )
    tasks = steady(here, name)
    assert left not in {task["containerInstanceArn"] for task in tasks}
    assert [item["containerInstanceArn"] for item in here.instances(status="DRAINING")] == [left]


def test_lost_instance_is_replaced_and_its_tasks_too(site, steady, tools, local_aws):
    here = site(minimum=1)
    name = here.serve()
    before = steady(here, name)[0]
    lost = here.instances()[0]["ec2InstanceId"]
    local_aws.client("ec2").terminate_instances(InstanceIds=[lost])
    tools.eventually(
        lambda: before["taskArn"] not in {task["taskArn"] for task in here.tasks(name)},
        "another task",
    )
    steady(here, name)
    assert lost not in {item["ec2InstanceId"] for item in here.instances()}


def test_empty_instances_go_after_a_while(site, steady, tools):
    plain, protected = sites = [site(), site(protected=True)]
    names = [here.serve() for here in sites]
    for here, name in zip(sites, names, strict=True):
        steady(here, name)
    # Managed termination protection lets go of an instance when its last task has ended.
    assert all(item["ProtectedFromScaleIn"] for item in protected.described_group()["Instances"])
    for here, name in zip(sites, names, strict=True):
        here.delete(name)
    for here in (plain, protected):
        tools.eventually(lambda here=here: not here.instances(), "no instance")
        assert here.described_group()["DesiredCapacity"] == 0


def test_office_hours_wake_instances_and_let_empty_ones_go(site, tools, local_aws):
    here = site(minimum=1)
    tools.eventually(here.instances, "an instance")
    scaling = local_aws.client("autoscaling")
    for least in (0, 2):
        scaling.put_scheduled_update_group_action(
            AutoScalingGroupName=here.group,
            ScheduledActionName=f"Keep{least}",
            StartTime=datetime.now(UTC) + timedelta(seconds=3),
            MinSize=least,
        )
        tools.eventually(
            lambda least=least: here.described_group()["MinSize"] == least, f"a minimum of {least}"
        )
        tools.eventually(lambda least=least: len(here.instances()) == least, f"{least} instances")


def test_schedule_that_this_machine_cannot_keep_is_refused(deploy, local_aws, subnets, site):
    template = capacity(subnets)
    template["Open"] = {
        "Type": "AWS::AutoScaling::ScheduledAction",
        "Properties": {
            "AutoScalingGroupName": {"Ref": "Group"},
            "Recurrence": "0 7 * * MON-FRI",
            "MinSize": 1,
        },
    }
    with pytest.raises(WaiterError):
        deploy(template)
    with pytest.raises(ClientError, match="is not carried out on this machine"):
        local_aws.client("autoscaling").put_scheduled_update_group_action(
            AutoScalingGroupName=site().group,
            ScheduledActionName="Open",
            Recurrence="@daily * * * *",
        )


def test_capacity_is_deleted_after_its_services(site, steady, tools):
    here = site()
    name = here.serve()
    steady(here, name)
    with pytest.raises(ClientError, match="ClusterContainsContainerInstancesException"):
        here.ecs.delete_cluster(cluster=here.cluster)
    with pytest.raises(ClientError, match="capacity provider is in use and cannot be removed"):
        here.ecs.put_cluster_capacity_providers(
            cluster=here.cluster, capacityProviders=[], defaultCapacityProviderStrategy=[]
        )
    with pytest.raises(WaiterError):
        here.stack.delete()
    assert here.service(name)["runningCount"] == 1
    here.delete(name)
    tools.eventually(lambda: here.service(name)["status"] == "INACTIVE", "the service's end")
    here.stack.delete()
    clusters = here.ecs.list_clusters()["clusterArns"]
    assert not [arn for arn in clusters if arn.endswith(f"/{here.cluster}")]


def test_protected_instances_keep_their_group_until_they_are_released(site, tools, local_aws):
    """aws-cdk#18179, aws-cdk#19275: the deletion hangs, and fails in the end."""
    here = site(minimum=1, protected=True)
    tools.eventually(here.instances, "an instance")
    here.stack.client.delete_stack(StackName=here.stack.name)
    tools.eventually(lambda: here.described_group()["MaxSize"] == 0, "a group on its way to 0")
    (member,) = here.described_group()["Instances"]
    assert (member["LifecycleState"], member["ProtectedFromScaleIn"]) == ("InService", True)
    local_aws.client("autoscaling").set_instance_protection(
        AutoScalingGroupName=here.group,
        InstanceIds=[member["InstanceId"]],
        ProtectedFromScaleIn=False,
    )
    here.stack.delete()


def test_unknown_instance_type_fails_the_stack(deploy, local_aws, subnets):
    with pytest.raises(WaiterError):
        deploy(capacity(subnets, instance_type="x9.huge"))
    client = local_aws.client("cloudformation")
    reasons = [
        event.get("ResourceStatusReason", "")
        for stack in client.describe_stacks()["Stacks"]
        for event in client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    ]
    assert any("instance type x9.huge is not known on this machine" in item for item in reasons)


def test_capacity_that_the_cluster_does_not_offer_is_refused(site):
    here = site()
    with pytest.raises(ClientError, match="is not associated with the cluster"):
        here.serve(capacityProviderStrategy=[{"capacityProvider": "elsewhere", "weight": 1}])
    with pytest.raises(ClientError, match="Invalid expression"):
        here.serve(placementConstraints=[{"type": "memberOf", "expression": "anything"}])


def test_run_task_tells_why_no_instance_takes_it(site, tools):
    here = site(minimum=1)
    tools.eventually(here.instances, "an instance")
    here.ecs.register_task_definition(
        family="huge",
        cpu="4096",
        memory="512",
        containerDefinitions=[{"name": "web", "image": here.image}],
    )
    answer = here.ecs.run_task(cluster=here.cluster, taskDefinition="huge", launchType="EC2")
    assert answer["tasks"] == []
    assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:CPU"]
