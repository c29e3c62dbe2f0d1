"""A function that events call by way of a queue, so that none is lost."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from slipway_constructs.findings import acknowledge_parts
from slipway_constructs.functions import QUEUE, answers_for_function
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import arn

# The longest that Lambda offers: both functions may have to wait for something.
_FUNCTION_TIMEOUT = timedelta(minutes=15)
# The time between two attempts; Lambda allows none shorter than the function's timeout. It advises
# six times as long, so that no message is seen twice when calls are throttled. Here a second call
# does no harm: both functions look at what is before they do anything.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
RETRY_INTERVAL = timedelta(minutes=15)
# Time for what follows from an event, or belongs to it, to be there as well.
_DELAY = timedelta(minutes=1)
# The longest that SQS offers.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
RETENTION = timedelta(days=14)


# Why a queue is encrypted with a key of Amazon SQS and not with one of ours.
KEY_OF_SQS = {
    "This queue is encrypted with keys of Amazon SQS (SSE-SQS), which the check doesn't look for. "
    "No value of a secret is in an event. A key of ours would have to admit EventBridge, and lose "
    "events where it doesn't.": ["CKV_AWS_27"]
}


class EventFunction(Construct):
    """Rules, the queue that they fill, and the function that works it off.

    EventBridge or Lambda alone give up after a day at most. A message stays for as long as the
    function says so, or fails; what is left then goes to the dead-letter queue.

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    name
        The name of function, queue and rules.
    description
        What it does, in a sentence.
    code
        The source of the function.
    handler
        Such as ``resume_scaling.handler``.
    environment
        The function's environment variables.
    permissions, wildcards
        What it may do, besides reading its queue and writing its log; see ``ServiceRole``.
    log_group
        Where it logs; Lambda finds it by its name.
    rules
        For each rule, its name's ending and its properties: event pattern or schedule.
    attempts
        How often an event is tried until the message goes to the dead-letter queue: 1000 at most.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    dead_letters
        The ARN of the queue for what could not be done.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        code: lambda_.CfnFunction.CodeProperty,
        handler: str,
        environment: Mapping[str, str],
        permissions: Sequence[Permission],
        wildcards: Mapping[str, str],
        log_group: EncryptedLogGroup,
        rules: Mapping[str, Mapping[str, Any]],
        attempts: int,
        dead_letters: str,
    ) -> None:
        super().__init__(scope, id_)
        # Plain resources throughout, as for the hooks: an environment has only so much time.
        queue = sqs.CfnQueue(
            self,
            "Queue",
            queue_name=name,
            sqs_managed_sse_enabled=True,
            delay_seconds=_seconds(_DELAY),
            visibility_timeout=_seconds(RETRY_INTERVAL),
            message_retention_period=_seconds(RETENTION),
            redrive_policy={
                "deadLetterTargetArn": dead_letters,
                "maxReceiveCount": attempts,
            },
        )
        # Each question to the library costs as much as a small construct: this one is asked once.
        queue_arn = queue.attr_arn
        self.rule_arns = [arn(self, "events", f"rule/{name}-{ending}") for ending in rules]
        sqs.CfnQueuePolicy(
            self,
            "QueuePolicy",
            queues=[queue.ref],
            policy_document=queue_policy(queue_arn, self.rule_arns),
        )
        for ending, properties in rules.items():
            events.CfnRule(
                self,
                f"Rule{ending.title().replace('-', '')}",
                name=f"{name}-{ending}",
                targets=[
                    events.CfnRule.TargetProperty(
                        id="queue",
                        arn=queue_arn,
                        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                            arn=dead_letters
                        ),
                    )
                ],
                **properties,
            )
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[
                to_log([log_group]),
                # What an event source mapping needs.
                # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
                Permission(
                    ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                    [queue_arn],
                ),
                *permissions,
            ],
            wildcards=wildcards,
        )
        function = lambda_.CfnFunction(
            self,
            "Function",
            function_name=name,
            description=description,
            runtime="python3.14",
            handler=handler,
            code=code,
            role=role.role_arn,
            memory_size=256,
            timeout=_seconds(_FUNCTION_TIMEOUT),
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=environment),
        )
        mapping = lambda_.CfnEventSourceMapping(
            self,
            "Mapping",
            event_source_arn=queue_arn,
            function_name=function.ref,
            # One message a call: one that fails keeps no other from being done.
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
        )
        acknowledge_parts(
            self,
            {
                queue: KEY_OF_SQS,
                function: answers_for_function(caller=QUEUE, variables=True),
                mapping: {
                    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-eventsourcemapping-onfailure.html
                    "Lambda offers a destination for what fails from streams and Kafka, and not "
                    "from queues. This source is a queue, and keeps what fails until its own "
                    "redrive policy sends it to the dead-letter queue.": [
                        "Serverless-LambdaEventSourceMappingDestination"
                    ]
                },
            },
        )


def queue_policy(queue_arn: str, rule_arns: Sequence[str]) -> dict[str, Any]:
    """Let rules send to a queue, and anybody over TLS only.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RulesOfThisStack",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
            },
            {
                "Sid": "OverTlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
