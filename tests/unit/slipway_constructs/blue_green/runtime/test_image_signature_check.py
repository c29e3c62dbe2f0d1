import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

DIGEST = "sha256:" + "a" * 64
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop/storefront@{DIGEST}"
NOTATION = {"artifactType": "application/vnd.cncf.notary.signature"}
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def bundle(predicate: str) -> dict[str, Any]:
    return {
        "artifactType": BUNDLE,
        "annotations": {"dev.sigstore.bundle.predicateType": predicate},
    }


class Registry:
    """ECR with one image, what refers to it, page by page, and further tags."""

    def __init__(self, *pages: list[dict[str, Any]], tags: tuple[str, ...] = ()) -> None:
        self._pages = pages or ([],)
        self._tags = tags

    def batch_get_image(self, **parameters: Any) -> dict[str, Any]:
        [identifier] = parameters["imageIds"]
        known = identifier.get("imageDigest") == DIGEST or identifier.get("imageTag") in self._tags
        return {"images": [{"imageId": {"imageDigest": DIGEST}}] if known else []}

    def list_image_referrers(self, **parameters: Any) -> dict[str, Any]:
        assert parameters["repositoryName"] == "shop/storefront"
        assert parameters["subjectId"] == {"imageDigest": DIGEST}
        number = int(parameters.get("nextToken", 0))
        following = {"nextToken": str(number + 1)} if number + 1 < len(self._pages) else {}
        return {"referrers": self._pages[number], **following}


@pytest.fixture
def check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], aws: dict[str, Any]
) -> Callable[..., str]:
    module = load("checks.image_signature")

    def run(registry: Registry, image: str = IMAGE) -> str:
        aws["ecr"] = registry
        said: str = module.check(
            green(images=(image,)), {"timeout_seconds": 0.01}, time.monotonic() + 60
        )
        return said

    return run


@pytest.mark.parametrize(
    "registry",
    [
        Registry([NOTATION]),
        Registry([bundle("https://sigstore.dev/cosign/sign/v1")]),
        Registry([{"artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json"}]),
        Registry(
            [
                {
                    "artifactType": BUNDLE,
                    "annotations": {"dev.sigstore.bundle.content": "message-signature"},
                }
            ]
        ),
        Registry(tags=(f"sha256-{'a' * 64}.sig",)),
        Registry([bundle("https://slsa.dev/provenance/v1")], [NOTATION]),
    ],
    ids=[
        "notation",
        "cosign bundle",
        "cosign referrer",
        "message signature",
        "cosign tag",
        "on the second page",
    ],
)
def test_image_with_a_signature_passes(check: Any, registry: Registry) -> None:
    assert f"shop/storefront@{DIGEST} has " in check(registry)


@pytest.mark.parametrize(
    "registry",
    [
        Registry(),
        Registry([{"artifactType": "application/spdx+json"}]),
        Registry([bundle("https://slsa.dev/provenance/v1")]),
        Registry(tags=(f"sha256-{'b' * 64}.sig",)),
    ],
    ids=["nothing", "bill of materials", "provenance", "signature of another image"],
)
def test_image_without_a_signature_fails(
    check: Any, registry: Registry, failure: type[Exception]
) -> None:
    with pytest.raises(failure, match=f"a signature of shop/storefront@{DIGEST} beside it"):
        check(registry)


def test_image_that_is_in_no_private_registry_fails(check: Any, failure: type[Exception]) -> None:
    with pytest.raises(failure, match="expected an image of a private ECR registry"):
        check(Registry([NOTATION]), image="nginx@" + DIGEST)
