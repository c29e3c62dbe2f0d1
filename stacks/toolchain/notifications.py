"""Who hears of what the pipeline does."""

from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codestarnotifications as notifications
from aws_cdk import aws_sns as sns
from constructs import Construct

from slipway.settings import PipelineNames

PUBLISHER = "codestar-notifications.amazonaws.com"
"""The service that tells of pipelines."""

# https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#events-ref-pipeline
_EVENTS = (
    "codepipeline-pipeline-pipeline-execution-failed",
    "codepipeline-pipeline-pipeline-execution-superseded",
    "codepipeline-pipeline-manual-approval-needed",
    "codepipeline-pipeline-manual-approval-failed",
)


def tell(
    scope: Construct,
    pipeline: codepipeline.Pipeline,
    *,
    names: PipelineNames,
    topic: sns.ITopic,
) -> None:
    """Tell a topic of executions that failed or were overtaken, and of approvals."""
    notifications.CfnNotificationRule(
        scope,
        "Rule",
        name=names.pipeline,
        detail_type="FULL",
        event_type_ids=list(_EVENTS),
        resource=pipeline.pipeline_arn,
        targets=[
            notifications.CfnNotificationRule.TargetProperty(
                target_address=topic.topic_arn, target_type="SNS"
            )
        ],
    )
