"""Where the load balancers of an environment write down who asked for what."""

from datetime import timedelta

from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway_constructs.findings import acknowledge_each
from slipway_constructs.private_bucket import PrivateBucket
from slipway_constructs.values import place, service_principal


class AccessLogs(Construct):
    """A bucket into which Elastic Load Balancing writes, and nobody else.

    Its key is Amazon S3's own, because load balancers can write under no other. A log file that
    somebody deleted or wrote over can be had back for a week.

    The bucket stays when its stack goes, whatever the environment's removal policy: load
    balancers deliver for minutes after their end, and CloudFormation deletes no bucket that
    holds anything. The logs in it still expire, and an empty bucket costs nothing.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html

    Parameters
    ----------
    scope, id_
        Where the bucket lives, and its name there.
    retention
        How long a log file is kept; whole days.
    """

    def __init__(self, scope: Construct, id_: str, *, retention: timedelta) -> None:
        super().__init__(scope, id_)
        self.bucket = PrivateBucket(
            self, "Bucket", retention=retention, encryption=s3.BucketEncryption.S3_MANAGED
        )
        # Said once for the account and not per load balancer, as the library would: the bucket
        # then knows none of the services.
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service_principal("logdelivery.elasticloadbalancing.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"AWSLogs/{place(scope)[2]}/*")],
            )
        )
        self._bucket_name = self.bucket.bucket_name
        self._policy = self.bucket.node.find_child("Policy")
        acknowledge_each(
            self.bucket,
            {
                "This bucket is where access logs end. Logging the access to it would need another "
                "bucket with the same finding. Its policy admits Elastic Load Balancing alone; IAM "
                "says who else of the account may write here.": [
                    "AwsSolutions-S1",
                    "S3BucketLoggingEnabled",
                    "CKV_AWS_18",
                ],
                # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
                "Elastic Load Balancing writes access logs only to buckets that are encrypted with "
                "Amazon S3's own keys (SSE-S3): with a KMS key no log would arrive.": [
                    "S3DefaultEncryptionKMS"
                ],
                "Access logs help to find out what has happened, expire after the environment's "
                "log retention, and are no record of the business. Versions protect them from "
                "being deleted or written over; a second region would have them for the day on "
                "which this one, with its load balancers, is gone.": ["S3BucketReplicationEnabled"],
            },
        )

    def record(self, load_balancer: elbv2.ApplicationLoadBalancer) -> None:
        """Have a load balancer of the same account and region log here."""
        # Switching the log on writes a test file.
        load_balancer.node.add_dependency(self._policy)
        load_balancer.set_attribute("access_logs.s3.enabled", "true")
        load_balancer.set_attribute("access_logs.s3.bucket", self._bucket_name)
