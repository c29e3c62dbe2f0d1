"""Who is trusted more widely than as one principal, each with its reason and the page of AWS.

An entry that nothing needs any more fails a test, as does one whose reason no longer holds.
"""

from collections.abc import Mapping

from policies.iam.reason import CANARY_PERMISSIONS, GUIDE, KEY_ROOT, Reason

UNCONDITIONAL_SERVICES: Mapping[tuple[str, str], Reason] = {
    ("function", "lambda.amazonaws.com"): Reason(
        "AWS documents no condition for a function's role. To pass it, somebody needs iam:PassRole "
        "in this account.",
        f"{GUIDE}/lambda/latest/dg/lambda-intro-execution-role.html",
    ),
    ("canary", "lambda.amazonaws.com"): Reason(
        "A canary is a function of Synthetics, and AWS documents no condition for its role. To "
        "pass it, somebody needs iam:PassRole in this account.",
        CANARY_PERMISSIONS,
    ),
    ("instance", "ec2.amazonaws.com"): Reason(
        "AWS documents no condition for an instance's role. To pass it, somebody needs "
        "iam:PassRole in this account.",
        f"{GUIDE}/AmazonECS/latest/developerguide/instance_IAM_role.html",
    ),
    ("chat channel", "chatbot.amazonaws.com"): Reason(
        "AWS documents no condition for a channel's role. It may do nothing; to pass it, somebody "
        "needs iam:PassRole in this account.",
        f"{GUIDE}/chatbot/latest/adminguide/understanding-permissions.html",
    ),
    ("repository template", "ecr.amazonaws.com"): Reason(
        "AWS documents no condition for the role of a template of repositories. To pass it, "
        "somebody needs iam:PassRole in this account.",
        f"{GUIDE}/AmazonECR/latest/userguide/repository-creation-templates-create-iam.html",
    ),
    ("pipeline", "codepipeline.amazonaws.com"): Reason(
        "AWS documents no condition for a pipeline's role. To pass it, somebody needs "
        "iam:PassRole in this account.",
        f"{GUIDE}/codepipeline/latest/userguide/how-to-custom-role.html",
    ),
    ("AWS::S3::BucketPolicy", "logdelivery.elasticloadbalancing.amazonaws.com"): Reason(
        "The path names the account: load balancers of another one write below another path. AWS "
        "documents no condition.",
        f"{GUIDE}/elasticloadbalancing/latest/application/enable-access-logging.html",
    ),
}
"""Services of AWS that are trusted without a condition on the account, by what trusts them."""

WHOLE_ACCOUNTS: Mapping[tuple[str, str], Reason] = {
    ("AWS::KMS::Key", "kms:*"): Reason(
        "A key's policy lets the account's IAM policies decide, or nobody could change the key any "
        "more. None of our roles may use a key beyond what it is listed with here.",
        KEY_ROOT,
    ),
}
"""Trust in all of the own account without a condition, by type of resource and action."""

EVERYBODY: Mapping[tuple[str, str, str], Reason] = {
    (
        "AWS::EC2::VPCEndpoint",
        "s3:GetObject",
        "arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
    ): Reason(
        "The layers of images lie in a bucket of AWS, which ECR signs addresses of. The endpoint "
        "grants nothing: it lets them pass.",
        f"{GUIDE}/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
}
"""What everybody may do without a condition on accounts, by type, action and resource."""
