"""A service, its CodeDeploy group and its scaling as CloudFormation resources."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def world(local_aws, tools):
    """Load balancer, cluster, image and task definition; the stack brings its own service."""
    made = tools.make_world(local_aws, "stacked", controller="ECS")
    made.client("ecs").delete_service(cluster="stacked", service="web", force=True)
    tools.eventually(lambda: made.service()["status"] == "INACTIVE", "an inactive service")
    return made


def template(world, *, task_definition="stacked", tags=(), description="first"):
    names = [arn.split("/")[1] for arn in world.groups]
    scaling = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/stacked/web",
    }
    return {
        "Description": description,
        "Resources": {
            "Service": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "Cluster": "stacked",
                    "ServiceName": "web",
                    "TaskDefinition": task_definition,
                    "DesiredCount": 1,
                    "DeploymentController": {"Type": "CODE_DEPLOY"},
                    "PlatformVersion": "1.4.0",
                    "CapacityProviderStrategy": [
                        {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1}
                    ],
                    "NetworkConfiguration": {
                        "AwsvpcConfiguration": {
                            "AssignPublicIp": "DISABLED",
                            "Subnets": ["subnet-1"],
                            "SecurityGroups": ["sg-1"],
                        }
                    },
                    "LoadBalancers": [
                        {
                            "ContainerName": "web",
                            "ContainerPort": 8080,
                            "TargetGroupArn": world.groups[0],
                        }
                    ],
                    "Tags": list(tags),
                },
            },
            "Application": {
                "Type": "AWS::CodeDeploy::Application",
                "Properties": {"ApplicationName": "stacked", "ComputePlatform": "ECS"},
            },
            "Group": {
                "Type": "AWS::CodeDeploy::DeploymentGroup",
                "Properties": {
                    "ApplicationName": {"Ref": "Application"},
                    "DeploymentGroupName": "web",
                    "ServiceRoleArn": "arn:aws:iam::000000000000:role/any",
                    "DeploymentStyle": {
                        "DeploymentType": "BLUE_GREEN",
                        "DeploymentOption": "WITH_TRAFFIC_CONTROL",
                    },
                    "BlueGreenDeploymentConfiguration": {
                        "TerminateBlueInstancesOnDeploymentSuccess": {
                            "Action": "TERMINATE",
                            "TerminationWaitTimeInMinutes": "15",
                        },
                        "DeploymentReadyOption": {
                            "ActionOnTimeout": "CONTINUE_DEPLOYMENT",
                            "WaitTimeInMinutes": 0,
                        },
                    },
                    "ECSServices": [
                        {
                            "ClusterName": "stacked",
                            "ServiceName": {"Fn::GetAtt": ["Service", "Name"]},
                        }
                    ],
                    "LoadBalancerInfo": {
                        "TargetGroupPairInfoList": [
                            {
                                "TargetGroups": [{"Name": name} for name in names],
                                "ProdTrafficRoute": {"ListenerArns": [world.listeners[0]]},
                                "TestTrafficRoute": {"ListenerArns": [world.listeners[1]]},
                            }
                        ]
                    },
                },
            },
            "Target": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "DependsOn": "Service",
                "Properties": {**scaling, "MinCapacity": 1, "MaxCapacity": 4},
            },
            "Policy": {
                "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
                "Properties": {
                    "PolicyName": "cpu",
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": {"Ref": "Target"},
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": 60,
                        "PredefinedMetricSpecification": {
                            "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                        },
                    },
                },
            },
        },
    }


def status_of(world, name="stacked"):
    try:
        described = world.client("cloudformation").describe_stacks(StackName=name)
    except ClientError:
        return "GONE"
    return described["Stacks"][0]["StackStatus"]


def settled(world, tools, name="stacked"):
    def final():
        status = status_of(world, name)
        return None if status.endswith("_IN_PROGRESS") else status

    return tools.eventually(final, "the end of a stack operation")


@pytest.fixture(scope="module")
def stack(world, tools):
    world.client("cloudformation").create_stack(
        StackName="stacked", TemplateBody=json.dumps(template(world))
    )
    assert settled(world, tools) == "CREATE_COMPLETE"
    return "stacked"


def test_stack_is_complete_only_when_the_service_is_steady(world, stack):
    service = world.service()
    assert service["deploymentController"] == {"type": "CODE_DEPLOY"}
    assert (service["runningCount"], service["desiredCount"]) == (1, 1)
    assert [item["stabilityStatus"] for item in service["taskSets"]] == ["STEADY_STATE"]
    assert world.get()[0] == 200


def test_deployment_group_reads_as_the_template_says(world, stack):
    info = world.client("codedeploy").get_deployment_group(
        applicationName="stacked", deploymentGroupName="web"
    )["deploymentGroupInfo"]
    assert info["ecsServices"] == [{"clusterName": "stacked", "serviceName": "web"}]
    ending = info["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"]
    assert ending == {"action": "TERMINATE", "terminationWaitTimeInMinutes": 15}
    pair = info["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    assert pair["testTrafficRoute"] == {"listenerArns": [world.listeners[1]]}


def test_scaling_can_be_suspended_and_stays_so_through_a_stack_update(world, stack, tools):
    autoscaling = world.client("application-autoscaling")
    identity = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/stacked/web",
    }
    autoscaling.register_scalable_target(
        **identity, SuspendedState={"DynamicScalingInSuspended": True}
    )
    body = template(world)
    body["Resources"]["Target"]["Properties"]["MaxCapacity"] = 6
    cloudformation = world.client("cloudformation")
    cloudformation.update_stack(StackName="stacked", TemplateBody=json.dumps(body))
    assert settled(world, tools) == "UPDATE_COMPLETE"
    (target,) = autoscaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["MaxCapacity"] == 6
    assert target["SuspendedState"]["DynamicScalingInSuspended"] is True
    (policy,) = autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60


@pytest.mark.parametrize(
    "change",
    [{"tags": [{"Key": "team", "Value": "web"}]}, {"task_definition": "stacked:1"}],
    ids=["a tag", "the task definition"],
)
def test_any_change_of_a_codedeploy_service_fails_the_update(world, stack, tools, change):
    cloudformation = world.client("cloudformation")
    cloudformation.update_stack(
        StackName="stacked", TemplateBody=json.dumps(template(world, **change))
    )
    assert settled(world, tools) == "UPDATE_ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName="stacked")["StackEvents"]
    reasons = [
        event["ResourceStatusReason"]
        for event in events
        if event["ResourceStatus"] == "UPDATE_FAILED" and event["LogicalResourceId"] == "Service"
    ]
    assert "CODE_DEPLOY deployment controller" in reasons[0]


def test_deletion_of_a_stack_that_waits_for_tasks_gives_up(world, tools):
    broken = world.register(image=f"repository/web@sha256:{'0' * 64}")
    body = template(world, task_definition=broken)
    body["Resources"] = {"Service": body["Resources"]["Service"]}
    body["Resources"]["Service"]["Properties"]["ServiceName"] = "never"
    cloudformation = world.client("cloudformation")
    cloudformation.create_stack(StackName="never", TemplateBody=json.dumps(body))
    stopped = tools.eventually(
        lambda: [task for task in world.tasks("STOPPED") if task["taskDefinitionArn"] == broken],
        "a task that can't start",
    )
    assert stopped[0]["stoppedReason"].startswith("CannotPullContainerError")
    assert status_of(world, "never") == "CREATE_IN_PROGRESS"
    cloudformation.delete_stack(StackName="never")
    described = world.client("ecs").describe_services
    tools.eventually(
        lambda: (
            described(cluster="stacked", services=["never"])["services"][0]["status"] == "INACTIVE"
        ),
        "the end of the service",
    )
    # For a moment its creation is rolled back, before the deletion begins.
    tools.eventually(
        lambda: status_of(world, "never") in ("GONE", "DELETE_COMPLETE"), "the end of the stack"
    )


def test_deleted_stack_leaves_nothing_behind(world, stack, tools):
    world.client("cloudformation").delete_stack(StackName="stacked")
    assert settled(world, tools) in ("GONE", "DELETE_COMPLETE")
    assert world.tasks() == []
    assert world.client("codedeploy").list_applications()["applications"].count("stacked") == 0
    scaling = world.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
