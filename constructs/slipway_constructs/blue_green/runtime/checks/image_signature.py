"""image_signature: each image has a signature beside it in ECR.

A signature is an artifact that refers to the image. What counts as one: Notation's, which ECR's own
signing makes too; cosign's bundle, where its annotation says that it holds a signature and no other
attestation; and cosign's older kinds, of which one is found by its tag alone.

That one is there says nothing of who signed: no key, certificate or trust policy is looked at.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-signing.html
https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
"""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from .green import CheckFailed, Green
from .images import Image, images_of
from .waiting import until

_TIMEOUT = timedelta(seconds=30)

_NOTATION = "application/vnd.cncf.notary.signature"
_COSIGN = "application/vnd.dev.cosign.artifact.sig.v1+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle"


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Wait until each image has a signature; fail when one has none.

    Images that aren't in a private ECR registry are passed over; when no image is in one, the check
    fails, because it could check nothing.

    Parameters
    ----------
    green
        Its images are checked.
    settings
        ``timeout_seconds`` (30.0) for all images together: ECR signs a moment after the push.
    deadline
        Time of ``time.monotonic()`` at which waiting ends in any case.
    """
    timeout = float(settings.get("timeout_seconds", _TIMEOUT.total_seconds()))
    deadline = min(deadline, time.monotonic() + timeout)
    found: list[str] = []
    for image in images_of(green):
        signatures: list[str] = []

        def signed(image: Image = image, signatures: list[str] = signatures) -> bool:
            signatures[:] = [*_referring(image), *_tagged(image)]
            return bool(signatures)

        if not until(deadline, signed):
            raise CheckFailed(
                f"expected a signature of {image} beside it in ECR, but there is none"
            )
        found.append(f"{image} has {', '.join(signatures)}")
    return "; ".join(found)


def _referring(image: Image) -> Iterator[str]:
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    request = {**image.repository, "subjectId": {"imageDigest": image.digest}}
    while True:
        answer = image.registry.list_image_referrers(**request)
        for referrer in answer.get("referrers", ()):
            kind = referrer.get("artifactType", "")
            if kind in (_NOTATION, _COSIGN) or (kind.startswith(_BUNDLE) and _signs(referrer)):
                yield f"a signature of type {kind}"
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]


def _signs(bundle: Mapping[str, Any]) -> bool:
    """Tell whether a bundle holds a signature; attestations come in bundles too."""
    annotations: Mapping[str, str] = bundle.get("annotations", {})
    return (
        annotations.get("dev.sigstore.bundle.content") == "message-signature"
        or annotations.get("dev.sigstore.bundle.predicateType")
        == "https://sigstore.dev/cosign/sign/v1"
    )


def _tagged(image: Image) -> Iterator[str]:
    """Look for the tag that cosign used before registries knew referrers."""
    tag = f"{image.digest.replace(':', '-')}.sig"
    answer = image.registry.batch_get_image(**image.repository, imageIds=[{"imageTag": tag}])
    if answer["images"]:
        yield f"the signature {tag}"
