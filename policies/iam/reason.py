"""Why a list lets something pass."""

from dataclasses import dataclass

GUIDE = "https://docs.aws.amazon.com"
KEY_ROOT = f"{GUIDE}/kms/latest/developerguide/key-policy-default.html"
CANARY_PERMISSIONS = (
    f"{GUIDE}/AmazonCloudWatch/latest/monitoring/"
    "CloudWatch_Synthetics_Canaries_CanaryPermissions.html"
)


@dataclass(frozen=True)
class Reason:
    """Why something wider is right here, and AWS's page."""

    because: str
    page: str = ""
