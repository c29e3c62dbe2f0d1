"""Where alarms are told, and who hears of them."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from slipway_constructs.chat import ChatChannels, SlackChannel, TeamsChannel
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge
from slipway_constructs.values import place, service_principal


class NotificationTopic(Construct):
    """An encrypted SNS topic that AWS services may publish to for this account, over TLS only.

    Parameters
    ----------
    scope, id_
        Where the topic lives, and its name there.
    name
        The topic's name; alarms of other stacks compute its ARN from it.
    encryption
        The key; its policy learns who publishes.
    publisher
        The first of them, such as ``cloudwatch.amazonaws.com`` for alarms.
    sid
        What the topic's policy calls that.
    email
        Addresses that get each notification, once they have confirmed.
    slack, teams
        Channels that get each notification; None for none.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        encryption: EncryptionKey,
        publisher: str,
        sid: str,
        email: Sequence[str],
        slack: SlackChannel | None = None,
        teams: TeamsChannel | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._encryption = encryption
        self.topic = sns.Topic(
            self, "Topic", topic_name=name, master_key=encryption, enforce_ssl=True
        )
        self.admit(publisher, sid=sid)
        for address in email:
            acknowledge(
                self.topic.add_subscription(subscriptions.EmailSubscription(address)),
                "Serverless-SNSRedrivePolicy",
                # https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
                because="SNS tries a mail for hours. One that is undeliverable then is a copy of "
                "what the console keeps: the state of an alarm or a pipeline, and its history. A "
                "queue of such copies could call people only by the way that has just failed.",
            )
        if slack is not None or teams is not None:
            ChatChannels(self, "Chat", topic_arn=self.topic.topic_arn, slack=slack, teams=teams)

    def admit(self, publisher: str, *, sid: str, source: str | None = None) -> None:
        """Let an AWS service publish for this account, or only for some resources in it.

        Parameters
        ----------
        publisher
            Such as ``cloudwatch.amazonaws.com``; the key's policy learns of it, too.
        sid
            What the topic's policy calls that.
        source
            A pattern of the ARNs on whose behalf it may, where the service says them.
        """
        self._encryption.allow_notifications(publisher)
        for_resources = {"ArnLike": {"aws:SourceArn": source}} if source else {}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[service_principal(publisher)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": place(self)[2]},
                    **for_resources,
                },
            )
        )
