"""Types that MiniStack refuses are deployed; properties that it loses arrive."""

from __future__ import annotations

import io
import json
import socket
import textwrap
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from waiting import PATIENCE_SECONDS


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def attribute(name: str, key: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, key]}


def outputs(**values: Any) -> dict[str, Any]:
    return {name: {"Value": value} for name, value in values.items()}


VPC = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.40.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": ref("Vpc"), "CidrBlock": "10.40.0.0/24"},
    },
}


def test_a_network_with_nat_and_flow_logs_is_created_and_removed(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    ec2 = local_aws.client("ec2")
    stack = deploy(
        {
            **VPC,
            "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
            "Nat": {
                "Type": "AWS::EC2::NatGateway",
                "Properties": {
                    "SubnetId": ref("Subnet"),
                    "AllocationId": attribute("Address", "AllocationId"),
                },
            },
            "FlowLog": {
                "Type": "AWS::EC2::FlowLog",
                "Properties": {
                    "ResourceId": ref("Vpc"),
                    "ResourceType": "VPC",
                    "TrafficType": "ALL",
                    "LogGroupName": "flow-logs",
                },
            },
        },
        Outputs=outputs(Cidr=attribute("Vpc", "CidrBlock"), Nat=ref("Nat"), Log=ref("FlowLog")),
    )
    assert stack.outputs["Cidr"] == "10.40.0.0/16"
    nat = ec2.describe_nat_gateways(NatGatewayIds=[stack.outputs["Nat"]])["NatGateways"][0]
    assert nat["State"] == "available"
    logs = ec2.describe_flow_logs(FlowLogIds=[stack.outputs["Log"]])["FlowLogs"]
    assert [log["ResourceId"] for log in logs] == [stack.physical_id("Vpc")]

    address = stack.physical_id("Address")
    stack.delete()
    assert address not in [entry["PublicIp"] for entry in ec2.describe_addresses()["Addresses"]]


def ingress(port: int, description: str) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": attribute("Group", "GroupId"),
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "CidrIp": "10.0.0.0/8",
            "Description": description,
        },
    }


def test_a_security_group_rule_of_its_own_is_created_replaced_and_removed(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    group = {
        **VPC,
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "test", "VpcId": ref("Vpc")},
        },
    }
    stack = deploy({**group, "Rule": ingress(8080, "first")})

    def rules() -> list[tuple[int, str]]:
        described = local_aws.client("ec2").describe_security_groups(
            GroupIds=[stack.physical_id("Group")]
        )["SecurityGroups"][0]["IpPermissions"]
        return [(rule["FromPort"], rule["IpRanges"][0]["Description"]) for rule in described]

    assert rules() == [(8080, "first")]
    stack.update({**group, "Rule": ingress(8080, "second")})
    assert rules() == [(8080, "second")]
    stack.update({**group, "Rule": ingress(9000, "second")})
    assert rules() == [(9000, "second")]
    stack.update(group)
    assert rules() == []


def test_a_cluster_gets_its_capacity_providers_and_gives_them_back(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    stack = deploy(
        {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Provider": {
                "Type": "AWS::ECS::CapacityProvider",
                "Properties": {
                    "AutoScalingGroupProvider": {
                        "AutoScalingGroupArn": "some-group",
                        "ManagedDraining": "ENABLED",
                        "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": 90},
                        "ManagedTerminationProtection": "DISABLED",
                    }
                },
            },
            "Associations": {
                "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
                "Properties": {
                    "Cluster": ref("Cluster"),
                    "CapacityProviders": ["FARGATE", ref("Provider")],
                    "DefaultCapacityProviderStrategy": [
                        {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1}
                    ],
                },
            },
        }
    )
    ecs = local_aws.client("ecs")
    provider = stack.physical_id("Provider")
    cluster = ecs.describe_clusters(clusters=[stack.physical_id("Cluster")])["clusters"][0]
    assert cluster["capacityProviders"] == ["FARGATE", provider]
    assert cluster["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1}
    ]
    described = ecs.describe_capacity_providers(capacityProviders=[provider])["capacityProviders"]
    assert described[0]["autoScalingGroupProvider"]["managedDraining"] == "ENABLED"
    stack.delete()
    assert not ecs.describe_capacity_providers(capacityProviders=[provider])["capacityProviders"]


def task_definition(family: str, image: str) -> dict[str, Any]:
    return {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "Name": f"{family}/key",
                "GenerateSecretString": {
                    "SecretStringTemplate": '{"user": "app"}',
                    "GenerateStringKey": "password",
                    "ExcludePunctuation": True,
                },
            },
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Family": family,
                "Cpu": "256",
                "Memory": "512",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
                "ContainerDefinitions": [
                    {
                        "Name": "web",
                        "Image": image,
                        "StopTimeout": 30,
                        "ReadonlyRootFilesystem": True,
                        "LinuxParameters": {"InitProcessEnabled": True},
                        "HealthCheck": {"Command": ["CMD", "true"], "StartPeriod": 5},
                        "DockerLabels": {"My.Label": "kept"},
                        "LogConfiguration": {
                            "LogDriver": "awslogs",
                            "Options": {"awslogs-group": "group"},
                        },
                        "Secrets": [
                            {
                                "Name": "PASSWORD",
                                "ValueFrom": {"Fn::Join": ["", [ref("Secret"), ":password::"]]},
                            }
                        ],
                    }
                ],
            },
        },
    }


def test_a_task_definition_keeps_every_property_on_create_and_on_update(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    family = f"family-{uuid.uuid4().hex[:8]}"
    ecs = local_aws.client("ecs")
    stack = deploy(task_definition(family, "image:1"))
    first = stack.physical_id("Task")
    stack.update(task_definition(family, "image:2"))
    second = stack.physical_id("Task")
    assert (first[-2:], second[-2:]) == (":1", ":2")

    for arn, image in ((first, "image:1"), (second, "image:2")):
        described = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        assert described["status"] == "ACTIVE", "a retained revision must stay runnable"
        assert described["runtimePlatform"]["cpuArchitecture"] == "ARM64"
        container = described["containerDefinitions"][0]
        assert container["image"] == image
        assert container["stopTimeout"] == 30
        assert container["readonlyRootFilesystem"] is True
        assert container["linuxParameters"] == {"initProcessEnabled": True}
        assert container["healthCheck"] == {"command": ["CMD", "true"], "startPeriod": 5}
        assert container["dockerLabels"] == {"My.Label": "kept"}
        assert container["logConfiguration"]["options"] == {"awslogs-group": "group"}
        assert container["secrets"][0]["valueFrom"].startswith("arn:aws:secretsmanager:")
        assert container["secrets"][0]["valueFrom"].endswith(":password::")


def test_ref_of_a_secret_is_its_arn_and_its_options_are_honoured(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    family = f"family-{uuid.uuid4().hex[:8]}"
    stack = deploy(task_definition(family, "image:1"), Outputs=outputs(Secret=ref("Secret")))
    arn = stack.outputs["Secret"]
    assert arn.startswith(f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{family}/key-")
    secrets = local_aws.client("secretsmanager")
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value["user"] == "app"
    assert value["password"].isalnum()
    stack.delete()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        secrets.get_secret_value(SecretId=arn)


def test_a_bucket_is_encrypted_with_its_key(local_aws: Any, deploy: Callable[..., Any]) -> None:
    stack = deploy(
        {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": [
                            {
                                "ServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": attribute("Key", "Arn"),
                                }
                            }
                        ]
                    }
                },
            },
        }
    )
    rules = local_aws.client("s3").get_bucket_encryption(Bucket=stack.physical_id("Bucket"))
    default = rules["ServerSideEncryptionConfiguration"]["Rules"][0]
    key = default["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert key.endswith(stack.physical_id("Key"))


def test_tags_are_immutable_except_those_that_mark_what_is_live(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    stack = deploy(
        {
            "Repository": {
                "Type": "AWS::ECR::Repository",
                "Properties": {
                    "EmptyOnDelete": True,
                    "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "ImageTagMutabilityExclusionFilters": [
                        {
                            "ImageTagMutabilityExclusionFilterType": "WILDCARD",
                            "ImageTagMutabilityExclusionFilterValue": "live-*",
                        }
                    ],
                },
            }
        }
    )
    ecr, name = local_aws.client("ecr"), stack.physical_id("Repository")
    described = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    assert described["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert described["imageTagMutabilityExclusionFilters"] == [
        {"filterType": "WILDCARD", "filter": "live-*"}
    ]
    for tag in ("build-1", "live-prod"):
        ecr.put_image(repositoryName=name, imageManifest='{"first": 1}', imageTag=tag)
    ecr.put_image(repositoryName=name, imageManifest='{"second": 1}', imageTag="live-prod")
    with pytest.raises(ClientError, match="ImageTagAlreadyExists"):
        ecr.put_image(repositoryName=name, imageManifest='{"second": 1}', imageTag="build-1")


def test_a_topic_is_encrypted_with_its_key(local_aws: Any, deploy: Callable[..., Any]) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/of-the-topic"}}
    stack = deploy({"Topic": topic})
    described = local_aws.client("sns").get_topic_attributes(TopicArn=stack.physical_id("Topic"))
    assert described["Attributes"]["KmsMasterKeyId"] == "alias/of-the-topic"


@pytest.mark.parametrize("path", ["recommended", "arm64/recommended"])
def test_the_ecs_machine_image_is_a_parameter(
    local_aws: Any, deploy: Callable[..., Any], path: str
) -> None:
    name = f"/aws/service/ecs/optimized-ami/amazon-linux-2023/{path}/image_id"
    stack = deploy(
        {"Group": {"Type": "AWS::Logs::LogGroup"}},
        Parameters={
            "Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": name}
        },
        Outputs=outputs(Image=ref("Image")),
    )
    images = local_aws.client("ec2").describe_images(ImageIds=[stack.outputs["Image"]])["Images"]
    assert "ecs" in images[0]["Name"]


def load_balancer(port: int) -> dict[str, Any]:
    return {
        **VPC,
        "LoadBalancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": [ref("Subnet")], "Scheme": "internal"},
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": ref("LoadBalancer"),
                "Port": port,
                "Protocol": "HTTP",
                "DefaultActions": [
                    {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
                ],
            },
        },
    }


def test_a_load_balancers_dns_name_is_an_address_that_listens_until_the_stack_goes(
    deploy: Callable[..., Any],
) -> None:
    stack = deploy(
        load_balancer(8080), Outputs=outputs(Address=attribute("LoadBalancer", "DNSName"))
    )
    address = stack.outputs["Address"]
    socket.create_connection((address, 8080), timeout=PATIENCE_SECONDS).close()
    stack.update(load_balancer(8081), Outputs=outputs(Address=attribute("LoadBalancer", "DNSName")))
    assert stack.outputs["Address"] == address
    socket.create_connection((address, 8081), timeout=PATIENCE_SECONDS).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 8080), timeout=PATIENCE_SECONDS)
    stack.delete()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 8081), timeout=PATIENCE_SECONDS)


def test_a_port_that_is_taken_fails_the_listener_with_its_reason(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    resources = load_balancer(8080)
    resources["Second"] = resources["Listener"]
    with pytest.raises(WaiterError):
        deploy(resources)
    cloudformation = local_aws.client("cloudformation")
    newest = cloudformation.describe_stacks()["Stacks"]
    stack = max(newest, key=lambda entry: entry["CreationTime"])
    events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert "A listener already exists on port 8080 for this load balancer" in reasons


CUSTOM_RESOURCE = """
    import json, sys, urllib.request
    import boto3

    def handler(event, context):
        boto3.client("sts").get_caller_identity()
        properties = event["ResourceProperties"]
        status = "FAILED" if properties.get("Fail") == "yes" else "SUCCESS"
        body = json.dumps({
            "Status": status, "Reason": "asked to fail",
            "PhysicalResourceId": event.get("PhysicalResourceId", "made-here"),
            "StackId": event["StackId"], "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": {"Said": properties["Say"], "Asked": event["RequestType"]},
        }).encode()
        request = urllib.request.Request(
            event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
        urllib.request.urlopen(request).read()
"""


def custom_resource(say: str, fail: str = "no") -> dict[str, Any]:
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": attribute("Role", "Arn"),
                "Code": {"ZipFile": textwrap.dedent(CUSTOM_RESOURCE)},
            },
        },
        "Custom": {
            "Type": "Custom::Saying",
            "Properties": {
                "ServiceToken": attribute("Function", "Arn"),
                "Say": say,
                "Fail": fail,
            },
        },
    }


def test_a_custom_resource_is_created_updated_and_rolled_back(deploy: Callable[..., Any]) -> None:
    said = outputs(Said=attribute("Custom", "Said"), Asked=attribute("Custom", "Asked"))
    stack = deploy(custom_resource("one"), Outputs=said)
    assert stack.outputs == {"Said": "one", "Asked": "Create"}
    stack.update(custom_resource("two"), Outputs=said)
    assert stack.outputs == {"Said": "two", "Asked": "Update"}
    with pytest.raises(WaiterError):
        stack.update(custom_resource("three", fail="yes"), Outputs=said)
    described = stack.client.describe_stacks(StackName=stack.name)["Stacks"][0]
    assert described["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.outputs["Said"] == "two"


def test_a_failing_function_counts_as_an_error(local_aws: Any, deploy: Callable[..., Any]) -> None:
    stack = deploy({name: custom_resource("x")[name] for name in ("Role", "Function")})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "def handler(event, context): raise ValueError('no')")
    functions, name = local_aws.client("lambda"), stack.physical_id("Function")
    functions.update_function_code(FunctionName=name, ZipFile=archive.getvalue())
    assert functions.invoke(FunctionName=name)["FunctionError"]
    metrics = local_aws.client("cloudwatch").list_metrics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
    )
    assert metrics["Metrics"]


def test_a_composite_alarm_follows_its_rule_and_is_renamed_by_replacement(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    cloudwatch = local_aws.client("cloudwatch")
    name = f"composite-{uuid.uuid4().hex[:8]}"
    child = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{name}-child",
            "Namespace": "Test",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "ignore",
        },
    }

    def composite(name: str, description: str) -> dict[str, Any]:
        return {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {
                "AlarmName": name,
                "AlarmDescription": description,
                "AlarmRule": {"Fn::Sub": 'ALARM("${Child.Arn}")'},
                "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:not-there-yet"],
                "Tags": [{"Key": "team", "Value": "shop"}],
            },
        }

    def described() -> dict[str, Any]:
        answer = cloudwatch.describe_alarms(AlarmNamePrefix=name, AlarmTypes=["CompositeAlarm"])
        return {alarm["AlarmName"]: alarm for alarm in answer["CompositeAlarms"]}

    stack = deploy({"Child": child, "Composite": composite(name, "first")})
    alarm = described()[name]
    assert alarm["AlarmActions"] == ["arn:aws:sns:us-east-1:000000000000:not-there-yet"]
    cloudwatch.set_alarm_state(AlarmName=f"{name}-child", StateValue="ALARM", StateReason="test")
    assert described()[name]["StateValue"] == "ALARM"

    stack.update({"Child": child, "Composite": composite(name, "second")})
    assert described()[name]["AlarmDescription"] == "second"
    stack.update({"Child": child, "Composite": composite(f"{name}-other", "second")})
    assert described().keys() == {f"{name}-other"}
    stack.delete()
    assert not described()


def test_a_target_group_s_full_name_is_the_one_that_its_metrics_have(
    deploy: Callable[..., Any],
) -> None:
    """Or an alarm of a template watches a metric that nobody publishes."""
    group = {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"VpcId": ref("Vpc"), "Port": 80, "Protocol": "HTTP", "TargetType": "ip"},
    }
    stack = deploy(
        {**VPC, "Group": group},
        Outputs=outputs(Name=attribute("Group", "TargetGroupFullName"), Arn=ref("Group")),
    )
    assert stack.outputs["Name"] == stack.outputs["Arn"].rpartition(":")[2]
    assert stack.outputs["Name"].startswith("targetgroup/")


def test_a_saved_query_is_created_changed_and_removed(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    logs = local_aws.client("logs")
    folder = uuid.uuid4().hex[:8]

    def query(text: str) -> dict[str, Any]:
        return {
            "Query": {
                "Type": "AWS::Logs::QueryDefinition",
                "Properties": {
                    "Name": f"{folder}/errors",
                    "QueryString": text,
                    "LogGroupNames": ["/some/group"],
                },
            }
        }

    def saved() -> list[tuple[str, str, list[str]]]:
        answer = logs.describe_query_definitions(queryDefinitionNamePrefix=folder)
        return [
            (each["queryDefinitionId"], each["queryString"], each["logGroupNames"])
            for each in answer["queryDefinitions"]
        ]

    stack = deploy(query("fields @message"), Outputs=outputs(Id=ref("Query")))
    identity = stack.outputs["Id"]
    assert saved() == [(identity, "fields @message", ["/some/group"])]
    stack.update(query("fields @timestamp"))
    assert saved() == [(identity, "fields @timestamp", ["/some/group"])]
    stack.delete()
    assert saved() == []


def test_saved_queries_can_be_written_through_the_api(local_aws: Any) -> None:
    logs = local_aws.client("logs")
    name = uuid.uuid4().hex
    identity = logs.put_query_definition(name=name, queryString="fields a")["queryDefinitionId"]
    assert logs.delete_query_definition(queryDefinitionId=identity)["success"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.put_query_definition(name=name, queryString="fields b", queryDefinitionId=identity)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.delete_query_definition(queryDefinitionId=identity)


def web_acl(destination: str) -> dict[str, Any]:
    metrics = {
        "CloudWatchMetricsEnabled": True,
        "SampledRequestsEnabled": True,
        "MetricName": "edge",
    }
    return {
        "Edge": {
            "Type": "AWS::WAFv2::WebACL",
            "Properties": {
                "Scope": "REGIONAL",
                "DefaultAction": {"Allow": {}},
                "VisibilityConfig": metrics,
                "Rules": [],
            },
        },
        "Log": {
            "Type": "AWS::WAFv2::LoggingConfiguration",
            "Properties": {
                "ResourceArn": attribute("Edge", "Arn"),
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:000000000000:{destination}"],
            },
        },
    }


def test_a_web_acl_logs_only_to_what_waf_would_write_to(deploy: Callable[..., Any]) -> None:
    stack = deploy(
        web_acl("log-group:aws-waf-logs-one"),
        Outputs=outputs(Acl=attribute("Edge", "Arn"), Log=ref("Log")),
    )
    assert stack.outputs["Log"] == stack.outputs["Acl"]
    stack.update(web_acl("log-group:aws-waf-logs-two"))
    with pytest.raises(WaiterError):
        stack.update(web_acl("log-group:three"))
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in stack.client.describe_stack_events(StackName=stack.name)["StackEvents"]
    ]
    assert any("name must begin with aws-waf-logs-" in reason for reason in reasons)
    stack.delete()


def budget(limit: int, *percentages: int) -> dict[str, Any]:
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Budget": {
            "Type": "AWS::Budgets::Budget",
            "Properties": {
                "Budget": {
                    "BudgetName": f"shop-{len(percentages)}-{uuid.uuid4().hex[:4]}",
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": limit, "Unit": "USD"},
                    "FilterExpression": {"Tags": {"Key": "team", "Values": ["a"]}},
                    "Metrics": ["UnblendedCost"],
                },
                "NotificationsWithSubscribers": [
                    {
                        "Notification": {
                            "NotificationType": "ACTUAL",
                            "ComparisonOperator": "GREATER_THAN",
                            "Threshold": percentage,
                        },
                        "Subscribers": [{"SubscriptionType": "SNS", "Address": ref("Topic")}],
                    }
                    for percentage in percentages
                ],
            },
        },
    }


def test_a_budget_is_created_changed_replaced_and_removed(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    api = local_aws.client("budgets")
    account = local_aws.client("sts").get_caller_identity()["Account"]
    template = budget(900, 80, 100)
    name = template["Budget"]["Properties"]["Budget"]["BudgetName"]
    stack = deploy(template)

    def limit(of: str) -> str:
        described = api.describe_budget(AccountId=account, BudgetName=of)["Budget"]
        return str(described["BudgetLimit"]["Amount"])

    assert limit(name) == "900"
    told = api.describe_notifications_for_budget(AccountId=account, BudgetName=name)
    assert [each["Threshold"] for each in told["Notifications"]] == [80.0, 100.0]
    template["Budget"]["Properties"]["Budget"]["BudgetLimit"]["Amount"] = 1000
    stack.update(template)
    assert limit(name) == "1000"
    other = budget(1000, 50)
    stack.update(other)
    assert limit(other["Budget"]["Properties"]["Budget"]["BudgetName"]) == "1000"
    with pytest.raises(ClientError, match="doesn't exist"):
        limit(name)
    stack.delete()
    with pytest.raises(ClientError, match="doesn't exist"):
        limit(other["Budget"]["Properties"]["Budget"]["BudgetName"])
