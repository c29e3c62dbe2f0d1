"""Images that the registry signs by itself."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_signer as signer
from constructs import Construct


class ImageSigning(Construct):
    """A rule of the registry: what is pushed to some repositories is signed with AWS Signer.

    A registry, which is an account's in a region, has one configuration of signing: this construct
    takes it over. Amazon ECR signs in the name of who pushes, so each pusher needs
    ``signer:SignPayload`` on `profile`; without it the push is good and the image stays unsigned.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    repositories
        The repositories, such as ``shop/*``.
    removal_policy
        What happens to the profile when its stack goes. Without it nothing is signed any more, and
        what is signed stays so.
    """

    def __init__(
        self, scope: Construct, id_: str, *, repositories: str, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id_)
        # CloudFormation names it: AWS Signer keeps the name of a profile that is gone for years.
        self.profile = signer.SigningProfile(
            self, "Profile", platform=signer.Platform.NOTATION_OCI_SHA384_ECDSA
        )
        self.profile.apply_removal_policy(removal_policy)
        ecr.CfnSigningConfiguration(
            self,
            "Configuration",
            rules=[
                ecr.CfnSigningConfiguration.RuleProperty(
                    signing_profile_arn=self.profile.signing_profile_arn,
                    repository_filters=[
                        ecr.CfnSigningConfiguration.RepositoryFilterProperty(
                            filter=repositories, filter_type="WILDCARD_MATCH"
                        )
                    ],
                )
            ],
        )
