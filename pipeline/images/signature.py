"""Whether an image has a signature in Amazon ECR.

That one is there says nothing of who signed: no certificate and no trust policy is looked at. What
it shows is that the registry's signing rule was in effect when the image came, and that it worked.
To trust it takes a verifier with a policy, such as Notation's.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images.referrers import referrers
from pipeline.images.waiting import until
from slipway.release.errors import aws_errors

# The registry's own signatures are Notation's.
# https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md
NOTATION = "application/vnd.cncf.notary.signature"


def find_signature(ecr: Any, repository: str, digest: str, *, within: timedelta) -> str:
    """Wait until an image has a signature: the registry signs a moment after the push.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    repository, digest
        The image, or the index.
    within
        How long that may take.

    Returns
    -------
    str
        What was found, to follow the image's name.

    Raises
    ------
    PipelineError
        Signing has failed, or there is no signature.
    """
    image = f"{repository}@{digest}"
    found: list[str] = []

    def signed() -> bool:
        with aws_errors(f"look for the signature of {image}"):
            statuses = ecr.describe_image_signing_status(
                repositoryName=repository, imageId={"imageDigest": digest}
            ).get("signingStatuses", [])
            for status in statuses:
                if status.get("status") == "FAILED":
                    raise PipelineError(
                        f"{image} is not signed, {status.get('failureCode', 'FAILED')}: "
                        f"{status.get('failureReason', 'no reason is given').rstrip('.')}. Whoever "
                        f"pushes needs signer:SignPayload on {status.get('signingProfileArn')}; "
                        f"see to that, then {_again(repository, digest)}"
                    )
            if statuses and all(status.get("status") == "COMPLETE" for status in statuses):
                profiles = {status["signingProfileArn"].rpartition("/")[2] for status in statuses}
                found.append(f"is signed with {', '.join(sorted(profiles))}")
            elif NOTATION in {each.artifact_type for each in referrers(ecr, repository, digest)}:
                found.append("has a signature of Notation's")
        return bool(found)

    if not until(within, signed):
        raise PipelineError(
            f"{image} has no signature: signing may have been switched on after it was pushed. "
            f"Deploy the Registry stack, then {_again(repository, digest)}"
        )
    return found[0]


def _again(repository: str, digest: str) -> str:
    """Say how an image is built again: as long as it is there, it is used again."""
    return (
        "delete it, and start the pipeline again: aws ecr batch-delete-image "
        f"--repository-name {repository} --image-ids imageDigest={digest}"
    )
