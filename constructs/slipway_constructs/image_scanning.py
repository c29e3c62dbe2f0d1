"""Images that Amazon Inspector scans, again and again."""

from aws_cdk import aws_ecr as ecr
from constructs import Construct


class EnhancedScanning(Construct):
    """A rule of the registry: Amazon Inspector scans what is in it.

    A registry, which is an account's in a region, has one kind of scanning: this construct takes it
    over, for the repositories of others, too. Under enhanced scanning a repository that no filter
    names is not scanned at all, whatever its own settings say. So others are scanned on push, as
    they may have been before, and Inspector charges for them, too.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    repositories
        The repositories that are scanned again whenever a vulnerability gets known: ``shop/*``.
    """

    def __init__(self, scope: Construct, id_: str, *, repositories: str) -> None:
        super().__init__(scope, id_)
        ecr.CfnRegistryScanningConfiguration(
            self,
            "Configuration",
            scan_type="ENHANCED",
            rules=[_rule("CONTINUOUS_SCAN", repositories), _rule("SCAN_ON_PUSH", "*")],
        )


def _rule(
    frequency: str, repositories: str
) -> ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty:
    return ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty(
        scan_frequency=frequency,
        repository_filters=[
            ecr.CfnRegistryScanningConfiguration.RepositoryFilterProperty(
                filter=repositories, filter_type="WILDCARD"
            )
        ],
    )
