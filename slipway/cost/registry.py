"""How each CloudFormation type is priced, or why it is free."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.cost import (
    compute,
    functions,
    load_balancers,
    logs,
    network,
    observability,
    pipeline,
    security,
    storage,
)
from slipway.cost.counting import Count, Free, Month, Pricing, Unknown
from slipway.cost.resources import Resource

PRICED: dict[str, Pricing] = {
    "AWS::AutoScaling::AutoScalingGroup": compute.auto_scaling_group,
    "AWS::CloudWatch::Alarm": observability.alarm,
    "AWS::CloudWatch::CompositeAlarm": observability.composite_alarm,
    "AWS::CloudWatch::Dashboard": observability.dashboard,
    "AWS::CodeBuild::Project": pipeline.project,
    "AWS::CodePipeline::Pipeline": pipeline.pipeline,
    "AWS::EC2::EIP": network.elastic_ip,
    "AWS::EC2::NatGateway": network.nat_gateway,
    "AWS::EC2::VPCEndpoint": network.endpoint,
    "AWS::ECR::PullThroughCacheRule": storage.cache,
    "AWS::ECR::RegistryScanningConfiguration": storage.scanning,
    "AWS::ECR::Repository": storage.repository,
    "AWS::ECR::SigningConfiguration": storage.signing,
    "AWS::ECS::Cluster": compute.cluster,
    "AWS::ECS::Service": compute.service,
    "AWS::ECS::TaskDefinition": observability.task_definition,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": load_balancers.load_balancer,
    "AWS::Events::Rule": functions.rule,
    "AWS::KMS::Key": security.key,
    "AWS::Lambda::Function": functions.function,
    "AWS::Logs::LogGroup": logs.log_group,
    "AWS::Logs::MetricFilter": observability.metric_filter,
    "AWS::Route53::HostedZone": storage.hosted_zone,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::SQS::Queue": functions.queue,
    "AWS::SecretsManager::Secret": security.secret,
    "AWS::Synthetics::Canary": observability.canary,
    "AWS::WAFv2::WebACL": security.web_acl,
}

_CONFIGURES = "it only says how other resources work; those are counted"
_PERMITS = "permissions are free"
_NETWORK = "networks, subnets, routes and security groups are free"
_NOTIFIES = "an account's first messages of each month are free, and alarms send few"

FREE: dict[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "scaling is free; the tasks are counted",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "scaling is free; the tasks are counted",
    "AWS::AutoScaling::ScheduledAction": "scaling is free; the instances are counted",
    "AWS::Budgets::Budget": "a budget without actions is free",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": "messages to a chat are free",
    "AWS::Chatbot::SlackChannelConfiguration": "messages to a chat are free",
    "AWS::CodeConnections::Connection": "a connection is free",
    "AWS::CodeDeploy::Application": "deployments to ECS are free",
    "AWS::CodeDeploy::DeploymentConfig": "deployments to ECS are free",
    "AWS::CodeDeploy::DeploymentGroup": "deployments to ECS are free",
    "AWS::CodeStarNotifications::NotificationRule": _NOTIFIES,
    "AWS::EC2::FlowLog": "its log group is counted",
    "AWS::EC2::InternetGateway": _NETWORK,
    "AWS::EC2::LaunchTemplate": "its instances and their volumes are counted",
    "AWS::EC2::Route": _NETWORK,
    "AWS::EC2::RouteTable": _NETWORK,
    "AWS::EC2::SecurityGroup": _NETWORK,
    "AWS::EC2::SecurityGroupEgress": _NETWORK,
    "AWS::EC2::SecurityGroupIngress": _NETWORK,
    "AWS::EC2::Subnet": _NETWORK,
    "AWS::EC2::SubnetRouteTableAssociation": _NETWORK,
    "AWS::EC2::VPC": _NETWORK,
    "AWS::EC2::VPCGatewayAttachment": _NETWORK,
    "AWS::ECR::RegistryPolicy": _PERMITS,
    "AWS::ECR::RepositoryCreationTemplate": _CONFIGURES,
    "AWS::ECS::CapacityProvider": "its instances are counted",
    "AWS::ECS::ClusterCapacityProviderAssociations": _CONFIGURES,
    "AWS::ElasticLoadBalancingV2::Listener": "its load balancer is counted",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": "its load balancer is counted",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "its load balancer is counted",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "its load balancer is counted",
    "AWS::IAM::InstanceProfile": _PERMITS,
    "AWS::IAM::ManagedPolicy": _PERMITS,
    "AWS::IAM::Policy": _PERMITS,
    "AWS::IAM::Role": _PERMITS,
    "AWS::KMS::Alias": "its key is counted",
    "AWS::Lambda::EventSourceMapping": "its polls are counted with the queue",
    "AWS::Lambda::Permission": _PERMITS,
    "AWS::Logs::QueryDefinition": "a saved query costs when somebody runs it, by what it reads",
    "AWS::Route53::RecordSet": "a name of a load balancer is an alias, and free",
    "AWS::S3::BucketPolicy": _PERMITS,
    "AWS::SNS::Subscription": _NOTIFIES,
    "AWS::SNS::Topic": _NOTIFIES,
    "AWS::SNS::TopicPolicy": _PERMITS,
    "AWS::SQS::QueuePolicy": _PERMITS,
    "AWS::Signer::SigningProfile": "its signatures are told with the registry's signing",
    "AWS::SSM::Parameter": "a parameter of the standard tier is free",
    "AWS::WAFv2::LoggingConfiguration": "its log group is counted",
    "AWS::WAFv2::WebACLAssociation": "its web ACL is counted",
}

_CUSTOM = "Custom::"
_NEW = "no price is known for this type: add it to slipway/cost/registry.py"


def counts(resource: Resource, month: Month) -> Iterable[Count]:
    """Return what is counted of a resource, or why nothing is."""
    if resource.type in PRICED:
        found = list(PRICED[resource.type](resource, month))
        return found or [Unknown("nothing was counted of it")]
    if resource.type in FREE:
        return [Free(FREE[resource.type])]
    if resource.type.startswith(_CUSTOM) or resource.type == "AWS::CloudFormation::CustomResource":
        return [Free("a custom resource is a call of a function, which is counted")]
    return [Unknown(_NEW)]
