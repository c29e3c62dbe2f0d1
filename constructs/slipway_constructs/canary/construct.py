"""The canary, what it may do, where it leaves its results, and what tells of its failures."""

from datetime import timedelta
from pathlib import Path

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from slipway_constructs.alarms import acknowledge_silence
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_each
from slipway_constructs.metric_math import dimensions
from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.private_bucket import PrivateBucket
from slipway_constructs.runbooks import Runbooks
from slipway_constructs.values import arn, place

_RUNTIME = Path(__file__).parent / "runtime"
_NAMESPACE = "CloudWatchSynthetics"
# As long as Synthetics keeps the list of the runs that they belong to, unless it is told otherwise.
_KEPT = timedelta(days=31)
# It begins with a Lambda function that may have to start, and reports at the end.
_AROUND_A_REQUEST = timedelta(seconds=10)
_MEMORY_MIB = 960


def canary_alarm_name(canary_name: str) -> str:
    """Give the name of the alarm on a canary."""
    return f"{canary_name}-canary"


class Canary(Construct):
    """A canary of CloudWatch Synthetics that asks for one page, over the public DNS name.

    It runs outside of the network, in AWS's: what it meets is what a client meets, the name, the
    certificate, the firewall and the load balancer among it.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries.html

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    name
        The canary's name: lower-case letters, digits and hyphens.
    url
        What it asks for.
    expected_body
        What the answer has to contain; ``None`` for anything.
    timeout
        How long the answer may take.
    interval
        The time between two runs: whole minutes, at most an hour.
    failures
        How many failed runs in a row call people.
    runtime
        The version of Synthetics' runtime for Python and Selenium.
    encryption
        The key of the results.
    runbooks
        Where the page on the alarm is.

    Attributes
    ----------
    alarm
        Fires when it has failed that often; a composite alarm above it calls people.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        url: str,
        expected_body: str | None,
        timeout: timedelta,
        interval: timedelta,
        failures: int,
        runtime: str,
        encryption: EncryptionKey,
        runbooks: Runbooks,
    ) -> None:
        super().__init__(scope, id_)
        results = self._results(encryption)
        minutes = int(interval / timedelta(minutes=1))
        code = assets.Asset(self, "Code", path=str(_RUNTIME), exclude=["**/__pycache__"])
        canary = synthetics.CfnCanary(
            self,
            "Canary",
            name=name,
            runtime_version=runtime,
            code=synthetics.CfnCanary.CodeProperty(
                # The file is python/ask.py: the layers of the runtime look for it there.
                handler="ask.handler",
                s3_bucket=code.s3_bucket_name,
                s3_key=code.s3_object_key,
            ),
            artifact_s3_location=f"s3://{results.bucket_name}",
            execution_role_arn=self._role(name, results, encryption).role_arn,
            schedule=synthetics.CfnCanary.ScheduleProperty(
                expression=f"rate({minutes} minute{'s' if minutes > 1 else ''})"
            ),
            run_config=synthetics.CfnCanary.RunConfigProperty(
                timeout_in_seconds=int((timeout + _AROUND_A_REQUEST).total_seconds()),
                memory_in_mb=_MEMORY_MIB,
                environment_variables={
                    "URL": url,
                    "TIMEOUT_SECONDS": str(timeout.total_seconds()),
                    **({"EXPECTED_BODY": expected_body} if expected_body else {}),
                },
            ),
            success_retention_period=_KEPT.days,
            failure_retention_period=_KEPT.days,
            start_canary_after_creation=True,
            # Else its function would outlive it.
            provisioned_resource_cleanup="AUTOMATIC",
            resources_to_replicate_tags=["lambda-function"],
        )
        self.alarm = cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=canary_alarm_name(name),
            alarm_description=runbooks.describe(
                f"{url} has not answered as promised, from outside, {failures} times in a row",
                "canary-fails.md",
            ),
            namespace=_NAMESPACE,
            metric_name="SuccessPercent",
            dimensions=dimensions(CanaryName=canary.ref),
            statistic="Average",
            period=minutes * 60,
            evaluation_periods=failures,
            threshold=100,
            comparison_operator="LessThanThreshold",
            # A canary that doesn't run sees nothing.
            treat_missing_data="breaching",
        )
        acknowledge_silence(
            self.alarm,
            because="The service's alarm on what callers notice names this one and calls people: "
            "once, for all that has one cause.",
        )

    def _results(self, encryption: EncryptionKey) -> PrivateBucket:
        bucket = PrivateBucket(
            self,
            "Results",
            retention=_KEPT,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption,
            bucket_key_enabled=True,
        )
        acknowledge_each(
            bucket,
            {
                "Only the canary's own role writes here, and what it writes are the results of its "
                "runs, which CloudWatch counts as well. Access logs would need another bucket with "
                "the same finding.": ["AwsSolutions-S1", "S3BucketLoggingEnabled", "CKV_AWS_18"],
                "A result is worth something for as long as somebody looks into its failure: the "
                "next run is minutes away, and metric and alarm don't depend on these files.": [
                    "S3BucketReplicationEnabled"
                ],
            },
        )
        return bucket

    def _role(self, name: str, results: PrivateBucket, encryption: EncryptionKey) -> ServiceRole:
        """Let the canary's function write its results, its logs and its metrics, and no others.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html
        """
        # Synthetics names the function, and with it the log group, when it makes the canary.
        logs = arn(self, "logs", f"log-group:/aws/lambda/cwsyn-{name}-*")
        objects = results.arn_for_objects("*")
        by_s3 = {"StringEquals": {"kms:ViaService": f"s3.{place(self)[1]}.amazonaws.com"}}
        return ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[
                Permission(["s3:GetObject", "s3:PutObject"], [objects]),
                Permission(["s3:GetBucketLocation"], [results.bucket_arn]),
                Permission(["kms:Decrypt", "kms:GenerateDataKey"], [encryption.key_arn], by_s3),
                Permission(
                    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], [logs]
                ),
                Permission(["s3:ListAllMyBuckets"], ["*"]),
                Permission(
                    ["cloudwatch:PutMetricData"],
                    ["*"],
                    {"StringEquals": {"cloudwatch:namespace": _NAMESPACE}},
                ),
            ],
            wildcards={
                objects: "The canary's results, in a bucket that holds nothing else: each run "
                "writes objects that are named after its time.",
                logs: "The log group of this one canary: Synthetics ends its name with an id that "
                "is known only once the canary is there.",
                "*": "cloudwatch:PutMetricData and s3:ListAllMyBuckets take no resource. The first "
                "is narrowed to the metrics of Synthetics; Synthetics asks for the second, which "
                "tells names of buckets and nothing of what is in them.",
            },
        )
