"""What resources are called in AWS: the ARN, name and attributes of each type."""

from dataclasses import dataclass, field
from typing import Literal

_HERE = "{region}:{account}"


@dataclass(frozen=True)
class ResourceType:
    """How a type of resource is named.

    Attributes
    ----------
    arn
        Its ARN. Braces hold ``partition``, ``region``, ``account``, ``name``, ``path`` (of what IAM
        has), ``id`` (for what AWS makes up) or a property, whose value is then resolved.
    name
        The property with its name. Without a value CloudFormation makes one, which begins with the
        names of stack and resource.
    ref
        What ``Ref`` gives: the ARN, the name, or the id.
    attributes
        What ``Fn::GetAtt`` gives besides ``Arn``, written as `arn` is.
    parts
        ARNs of what belongs to it and has its own.
    """

    arn: str
    name: str = ""
    ref: Literal["arn", "name", "id"] = "name"
    attributes: dict[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


def _arn(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{_HERE}:{resource}"


TYPES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ResourceType(
        _arn("application-autoscaling", "scalable-target/{id}"), ref="id"
    ),
    "AWS::AutoScaling::AutoScalingGroup": ResourceType(
        _arn("autoscaling", "autoScalingGroup:{id}:autoScalingGroupName/{name}"),
        name="AutoScalingGroupName",
    ),
    **{
        f"AWS::Chatbot::{type_}ChannelConfiguration": ResourceType(
            f"arn:{{partition}}:chatbot::{{account}}:chat-configuration/{chat}-channel/{{name}}",
            name="ConfigurationName",
            ref="arn",
        )
        for type_, chat in (("MicrosoftTeams", "microsoft-teams"), ("Slack", "slack"))
    },
    "AWS::Budgets::Budget": ResourceType(
        "arn:{partition}:budgets::{account}:budget/{id}", ref="id"
    ),
    "AWS::CloudWatch::Alarm": ResourceType(_arn("cloudwatch", "alarm:{name}"), name="AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": ResourceType(
        _arn("cloudwatch", "alarm:{name}"), name="AlarmName"
    ),
    "AWS::CloudWatch::Dashboard": ResourceType(
        "arn:{partition}:cloudwatch::{account}:dashboard/{name}", name="DashboardName"
    ),
    "AWS::CodeBuild::Project": ResourceType(_arn("codebuild", "project/{name}"), name="Name"),
    "AWS::CodeConnections::Connection": ResourceType(
        _arn("codeconnections", "connection/{id}"),
        ref="arn",
        attributes={"ConnectionArn": _arn("codeconnections", "connection/{id}")},
    ),
    "AWS::CodeDeploy::Application": ResourceType(
        _arn("codedeploy", "application:{name}"), name="ApplicationName"
    ),
    "AWS::CodeDeploy::DeploymentConfig": ResourceType(
        _arn("codedeploy", "deploymentconfig:{name}"), name="DeploymentConfigName"
    ),
    "AWS::CodeDeploy::DeploymentGroup": ResourceType(
        _arn("codedeploy", "deploymentgroup:{ApplicationName}/{name}"), name="DeploymentGroupName"
    ),
    "AWS::CodePipeline::Pipeline": ResourceType(_arn("codepipeline", "{name}"), name="Name"),
    "AWS::CodeStarNotifications::NotificationRule": ResourceType(
        _arn("codestar-notifications", "notificationrule/{id}"), ref="arn"
    ),
    "AWS::EC2::EIP": ResourceType(_arn("ec2", "elastic-ip/{id}"), ref="id"),
    "AWS::EC2::FlowLog": ResourceType(_arn("ec2", "vpc-flow-log/{id}"), ref="id"),
    "AWS::EC2::InternetGateway": ResourceType(_arn("ec2", "internet-gateway/{id}"), ref="id"),
    "AWS::EC2::LaunchTemplate": ResourceType(_arn("ec2", "launch-template/{id}"), ref="id"),
    "AWS::EC2::NatGateway": ResourceType(_arn("ec2", "natgateway/{id}"), ref="id"),
    "AWS::EC2::RouteTable": ResourceType(_arn("ec2", "route-table/{id}"), ref="id"),
    "AWS::EC2::SecurityGroup": ResourceType(
        _arn("ec2", "security-group/{id}"),
        ref="id",
        attributes={"GroupId": "{id}"},
        # What has this security group: tasks, functions, load balancers.
        parts=(_arn("ec2", "network-interface/{id}"),),
    ),
    "AWS::EC2::Subnet": ResourceType(_arn("ec2", "subnet/{id}"), ref="id"),
    "AWS::EC2::VPC": ResourceType(
        _arn("ec2", "vpc/{id}"),
        ref="id",
        attributes={"DefaultSecurityGroup": "{id}", "CidrBlock": "{CidrBlock}"},
    ),
    "AWS::EC2::VPCEndpoint": ResourceType(_arn("ec2", "vpc-endpoint/{id}"), ref="id"),
    "AWS::ECR::Repository": ResourceType(_arn("ecr", "repository/{name}"), name="RepositoryName"),
    # It has no ARN in AWS, and no statement could mean it; but it has a role.
    "AWS::ECR::RepositoryCreationTemplate": ResourceType(
        _arn("ecr", "repository-creation-template/{name}"), name="Prefix"
    ),
    "AWS::ECS::CapacityProvider": ResourceType(
        _arn("ecs", "capacity-provider/{name}"), name="Name"
    ),
    "AWS::ECS::Cluster": ResourceType(
        _arn("ecs", "cluster/{name}"),
        name="ClusterName",
        parts=(_arn("ecs", "container-instance/{name}/{id}"),),
    ),
    "AWS::ECS::Service": ResourceType(
        _arn("ecs", "service/{Cluster}/{name}"),
        name="ServiceName",
        ref="arn",
        attributes={"Name": "{name}"},
        parts=(_arn("ecs", "task-set/{Cluster}/{name}/{id}"), _arn("ecs", "task/{Cluster}/{id}")),
    ),
    "AWS::ECS::TaskDefinition": ResourceType(
        _arn("ecs", "task-definition/{name}:{id}"), name="Family", ref="arn"
    ),
    "AWS::ElasticLoadBalancingV2::Listener": ResourceType(
        _arn("elasticloadbalancing", "listener/{LoadBalancerArn}/{id}"),
        ref="arn",
        attributes={"ListenerArn": _arn("elasticloadbalancing", "listener/{LoadBalancerArn}/{id}")},
        parts=(_arn("elasticloadbalancing", "listener-rule/{LoadBalancerArn}/{id}/{id}"),),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ResourceType(
        _arn("elasticloadbalancing", "loadbalancer/app/{name}/{id}"),
        name="Name",
        ref="arn",
        attributes={"LoadBalancerFullName": "app/{name}/{id}", "DNSName": "{id}"},
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ResourceType(
        _arn("elasticloadbalancing", "targetgroup/{name}/{id}"),
        name="Name",
        ref="arn",
        attributes={
            "TargetGroupFullName": "targetgroup/{name}/{id}",
            "TargetGroupName": "{name}",
        },
    ),
    "AWS::Events::Rule": ResourceType(_arn("events", "rule/{name}"), name="Name"),
    "AWS::IAM::InstanceProfile": ResourceType(
        "arn:{partition}:iam::{account}:instance-profile/{name}", name="InstanceProfileName"
    ),
    "AWS::IAM::ManagedPolicy": ResourceType(
        "arn:{partition}:iam::{account}:policy/{name}", name="ManagedPolicyName", ref="arn"
    ),
    "AWS::IAM::Role": ResourceType(
        "arn:{partition}:iam::{account}:role{path}{name}",
        name="RoleName",
        attributes={"RoleId": "{id}"},
    ),
    "AWS::KMS::Alias": ResourceType(_arn("kms", "{AliasName}"), name="AliasName"),
    "AWS::KMS::Key": ResourceType(_arn("kms", "key/{id}"), ref="id"),
    "AWS::Lambda::EventSourceMapping": ResourceType(
        _arn("lambda", "event-source-mapping:{id}"), ref="id"
    ),
    "AWS::Lambda::Function": ResourceType(_arn("lambda", "function:{name}"), name="FunctionName"),
    "AWS::Logs::LogGroup": ResourceType(
        _arn("logs", "log-group:{name}"),
        name="LogGroupName",
        # The attribute covers the streams; DescribeLogGroups says it this way, too.
        attributes={"Arn": _arn("logs", "log-group:{name}:*")},
        parts=(_arn("logs", "log-group:{name}:log-stream:{id}"),),
    ),
    "AWS::Logs::QueryDefinition": ResourceType(_arn("logs", "query-definition:{id}"), ref="id"),
    "AWS::Route53::HostedZone": ResourceType("arn:{partition}:route53:::hostedzone/{id}", ref="id"),
    "AWS::S3::Bucket": ResourceType(
        "arn:{partition}:s3:::{name}",
        name="BucketName",
        parts=("arn:{partition}:s3:::{name}/{id}",),
    ),
    "AWS::SNS::Subscription": ResourceType(_arn("sns", "{id}"), ref="id"),
    "AWS::SNS::Topic": ResourceType(_arn("sns", "{name}"), name="TopicName", ref="arn"),
    "AWS::SQS::Queue": ResourceType(
        _arn("sqs", "{name}"), name="QueueName", ref="id", attributes={"QueueName": "{name}"}
    ),
    "AWS::SecretsManager::Secret": ResourceType(
        # AWS adds a hyphen and six characters to the name.
        _arn("secretsmanager", "secret:{name}-{id}"),
        name="Name",
        ref="arn",
    ),
    "AWS::Signer::SigningProfile": ResourceType(
        _arn("signer", "/signing-profiles/{id}"),
        ref="id",
        attributes={"ProfileName": "{id}", "ProfileVersion": "{id}"},
    ),
    "AWS::Synthetics::Canary": ResourceType(_arn("synthetics", "canary:{name}"), name="Name"),
    "AWS::WAFv2::WebACL": ResourceType(
        _arn("wafv2", "regional/webacl/{name}/{id}"), name="Name", ref="id"
    ),
}

WITHOUT_AN_ARN = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::AutoScaling::ScheduledAction",
        "AWS::EC2::Route",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECR::PullThroughCacheRule",
        "AWS::ECR::RegistryScanningConfiguration",
        "AWS::ECR::SigningConfiguration",
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "AWS::IAM::Policy",
        "AWS::Logs::MetricFilter",
        "AWS::Route53::RecordSet",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACLAssociation",
    }
)
"""Settings of something else, which has the ARN; custom resources are like them."""
