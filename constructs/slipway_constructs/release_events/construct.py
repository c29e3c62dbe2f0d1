"""What carries releases when nobody watches."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from slipway_constructs.alarms import acknowledge_silence
from slipway_constructs.composite_alarms import add_composite_alarm, any_of
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_each
from slipway_constructs.logs import EncryptedLogGroup, function_log_group
from slipway_constructs.metric_math import dimensions, sum_of_errors
from slipway_constructs.own_metrics import namespace
from slipway_constructs.release_events.event_function import (
    KEY_OF_SQS,
    RETENTION,
    RETRY_INTERVAL,
    EventFunction,
    queue_policy,
)
from slipway_constructs.rights import Rights
from slipway_constructs.runbooks import Runbooks
from slipway_constructs.values import arn

_RUNTIME = Path(__file__).parent / "runtime"

_ATTEMPTS_TO_RESUME = 5
# A week: longer than a release runs, with approval and termination wait.
_ATTEMPTS_TO_RELEASE = timedelta(days=7) // RETRY_INTERVAL

# https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
_FIRST_AND_FINAL_STATES = ["START", "SUCCESS", "FAILURE", "STOP"]

# An error comes again with each attempt: a shorter period would call people each time.
_ALARM_PERIOD = 2 * RETRY_INTERVAL


class ReleaseEvents(Construct):
    """Two functions that AWS's own events call, and the alarms for when they can't do their work.

    One tells CloudWatch of each deployment, for the graphs to show; it suspends scaling at a
    deployment's first event and resumes it after the final one, and every hour what is suspended
    without a deployment. The other releases the running revision again when a secret of its service
    has a new value. Neither runs in the VPC.

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    engine
        The folder of the release engine, the package ``slipway.release``.
    scaling_name, rotation_name
        The names of the two functions, their queues and what their rules' names begin with.
    dead_letters_name
        The name of the queue for what could not be done in the end.
    alarm_prefix
        What the names of the two alarms begin with.
    shared_alarm_name, shared_alarms
        The name of the alarm that calls people for these two, and for further alarms over what the
        environment's services share, whose names these are.
    cluster_name
        The cluster whose services are meant.
    prefix
        What the names of their stacks and CodeDeploy applications begin with: ``shop-prod-``.
    secret_prefix
        What the names of their secrets begin with: ``shop/prod/``.
    notifications
        ARN of the topic that is told.
    runbooks
        Where the pages on the alarms are.
    log_retention, encryption, removal_policy
        How long the functions' logs live, under which key, and what happens at the end.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        engine: Path,
        scaling_name: str,
        rotation_name: str,
        dead_letters_name: str,
        alarm_prefix: str,
        shared_alarm_name: str,
        shared_alarms: Sequence[str],
        cluster_name: str,
        prefix: str,
        secret_prefix: str,
        notifications: str,
        runbooks: Runbooks,
        log_retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        dead_letters = sqs.CfnQueue(
            self,
            "DeadLetters",
            queue_name=dead_letters_name,
            sqs_managed_sse_enabled=True,
            message_retention_period=int(RETENTION.total_seconds()),
        )
        acknowledge_each(
            dead_letters,
            {
                **KEY_OF_SQS,
                "This is the dead-letter queue of the two others: what is here has been tried for "
                "hours or days, and waits for a human, whom an alarm calls. A queue behind it "
                "would only hide it.": ["Serverless-SQSRedrivePolicy"],
            },
        )
        dead_letters_arn = dead_letters.attr_arn
        rights = Rights(self, cluster_name, prefix)
        code = assets.Asset(self, "Code", path=_source(engine))
        common: dict[str, Any] = {
            "code": lambda_.CfnFunction.CodeProperty(
                s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key
            ),
            "dead_letters": dead_letters_arn,
        }

        def log_group(name: str, id_: str) -> EncryptedLogGroup:
            return EncryptedLogGroup(
                self,
                id_,
                name=function_log_group(name),
                retention=log_retention,
                encryption=encryption,
                removal_policy=removal_policy,
            )

        scaling = EventFunction(
            self,
            "Scaling",
            name=scaling_name,
            description="Lets scaling rest during a deployment, and resumes it",
            handler="resume_scaling.handler",
            environment={
                "CLUSTER": cluster_name,
                "STACK_PREFIX": prefix,
                "METRICS_NAMESPACE": namespace(cluster_name),
            },
            permissions=rights.to_resume_scaling,
            wildcards=rights.wildcards,
            log_group=log_group(scaling_name, "ScalingLogs"),
            rules=_when_a_deployment_begins_or_ends(prefix),
            attempts=_ATTEMPTS_TO_RESUME,
            **common,
        )
        rotation = EventFunction(
            self,
            "Rotation",
            name=rotation_name,
            description="Releases a service again when a secret of it has a new value",
            handler="release_secret.handler",
            environment={"SECRET_PREFIX": secret_prefix, "STACK_PREFIX": prefix},
            permissions=rights.to_release,
            wildcards=rights.wildcards_to_release,
            log_group=log_group(rotation_name, "RotationLogs"),
            rules=_when_a_secret_has_changed(secret_prefix),
            attempts=_ATTEMPTS_TO_RELEASE,
            **common,
        )
        sqs.CfnQueuePolicy(
            self,
            "DeadLettersPolicy",
            queues=[dead_letters.ref],
            policy_document=queue_policy(
                dead_letters_arn, [*scaling.rule_arns, *rotation.rule_arns]
            ),
        )
        alarms = self._add_alarms(
            alarm_prefix, [scaling_name, rotation_name], dead_letters_name, runbooks
        )
        others = [arn(self, "cloudwatch", f"alarm:{name}") for name in shared_alarms]
        add_composite_alarm(
            self,
            "Shared",
            name=shared_alarm_name,
            description=runbooks.describe(
                "Something that the services of this environment share needs somebody",
                "shared-parts.md",
            ),
            rule=any_of([*others, *(each.attr_arn for each in alarms)]),
            notifications=notifications,
        )

    def _add_alarms(
        self, prefix: str, functions: list[str], dead_letters_name: str, runbooks: Runbooks
    ) -> list[cloudwatch.CfnAlarm]:
        seconds = int(_ALARM_PERIOD.total_seconds())
        common: dict[str, Any] = {
            "evaluation_periods": 1,
            "comparison_operator": "GreaterThanOrEqualToThreshold",
            "threshold": 1,
            "treat_missing_data": "notBreaching",
        }
        errors = cloudwatch.CfnAlarm(
            self,
            "Errors",
            alarm_name=f"{prefix}-errors",
            alarm_description=runbooks.describe(
                "Scaling could not be resumed, or a secret's new value not released: the "
                "functions' logs say why; it is tried again",
                "release-events.md#errors",
            ),
            metrics=sum_of_errors(functions, period_seconds=seconds),
            **common,
        )
        given_up = cloudwatch.CfnAlarm(
            self,
            "GivenUp",
            alarm_name=f"{prefix}-given-up",
            alarm_description=runbooks.describe(
                f"Events are in the queue {dead_letters_name}, and nobody tries them any more",
                "release-events.md#given-up",
            ),
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=dimensions(QueueName=dead_letters_name),
            statistic="Maximum",
            period=seconds,
            **common,
        )
        acknowledge_silence(
            self,
            because="The composite alarm of what the services share calls people for it: an "
            "event that fails again and again, and then for good, is told once.",
        )
        return [errors, given_up]


def _when_a_deployment_begins_or_ends(prefix: str) -> dict[str, Mapping[str, Any]]:
    return {
        "deployment": {
            "description": "A deployment of this environment has begun or ended",
            "event_pattern": {
                "source": ["aws.codedeploy"],
                "detail-type": ["CodeDeploy Deployment State-change Notification"],
                "detail": {"application": [{"prefix": prefix}], "state": _FIRST_AND_FINAL_STATES},
            },
        },
        # CodeDeploy's events come on best effort only.
        # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html
        "hourly": {
            "description": "Time to look for scaling that was left suspended",
            "schedule_expression": "rate(1 hour)",
        },
    }


def _when_a_secret_has_changed(prefix: str) -> dict[str, Mapping[str, Any]]:
    # Secrets Manager's own event: it needs no trail.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
    return {
        "secret": {
            "description": "A secret of this environment has a new value",
            "event_pattern": {
                "source": ["aws.secretsmanager"],
                "detail-type": ["Secret Label Updated"],
                "detail": {"name": [{"prefix": prefix}], "labelUpdated": ["AWSCURRENT"]},
            },
        }
    }


@cache
def _source(engine: Path) -> str:
    """Put the functions' source and the engine into one folder, once for all environments.

    The engine is a package in a package there, as it is here; Lambda has boto3.
    """
    folder = Path(_sources().name)
    shutil.copytree(_RUNTIME, folder, ignore=_caches, dirs_exist_ok=True)
    shutil.copytree(engine, folder / engine.parent.name / engine.name, ignore=_caches)
    return str(folder)


_caches = shutil.ignore_patterns("__pycache__")


@cache
def _sources() -> tempfile.TemporaryDirectory[str]:
    """Make the folder of the source; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="slipway-release-events-")
