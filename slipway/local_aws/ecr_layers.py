"""Layers that come through Amazon ECR's own API instead of the registry's protocol.

What is uploaded is kept where MiniStack keeps what a container engine pushes, so that either way of
reading finds it. Parts come in order and without gaps, a layer is what its digest says, and an
artifact (a manifest with an ``artifactType``) names only layers that are there. An image may name
layers that are not: its content is the directory that it is run from.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html
"""

from __future__ import annotations

import base64
import hashlib
import json

from ministack.core.responses import new_uuid
from ministack.services import ecr

from slipway.local_aws.ecr_requests import repository_of
from slipway.local_aws.json_api import ApiError, Request, Response, answer, answering
from slipway.local_aws.machine import Machine

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
_LARGEST_PART = 20_971_520
_PART = 10_485_760


def install(machine: Machine) -> None:
    """Keep what is uploaded, and refuse an artifact whose layers were not."""
    put_image = ecr._put_image

    def put_image_with_layers(request: Request) -> Response:
        missing = missing_layers(
            request.get("imageManifest", ""),
            set(ecr._layer_blobs.get(request.get("repositoryName", ""), {})),
        )
        if missing:
            raise ApiError("LayersNotFoundException", f"Layers with digests {missing} not found")
        response: Response = put_image(request)
        return response

    ecr._put_image = answering(put_image_with_layers)
    ecr._batch_check_layer_availability = answering(_check)
    ecr._initiate_layer_upload = answering(_initiate)
    ecr._upload_layer_part = answering(_upload)
    ecr._complete_layer_upload = answering(_complete)


def missing_layers(manifest: str, present: set[str]) -> list[str]:
    """Return the digests that an artifact's manifest names and that are not there."""
    try:
        content = json.loads(manifest)
    except ValueError:
        return []
    if not isinstance(content, dict) or "artifactType" not in content:
        return []
    named = [content.get("config") or {}, *(content.get("layers") or [])]
    return [each["digest"] for each in named if each.get("digest", "") not in present | {""}]


def _check(request: Request) -> Response:
    name = repository_of(request)
    present = ecr._layer_blobs.get(name, {})
    layers = [
        {
            "layerDigest": digest,
            "layerAvailability": "AVAILABLE" if digest in present else "UNAVAILABLE",
            "layerSize": len(present.get(digest, b"")),
        }
        for digest in request.get("layerDigests", ())
    ]
    return answer({"layers": layers, "failures": []})


def _initiate(request: Request) -> Response:
    name = repository_of(request)
    upload = new_uuid()
    ecr._uploads.setdefault(name, {})[upload] = bytearray()
    return answer({"uploadId": upload, "partSize": _PART})


def _upload(request: Request) -> Response:
    name, upload, received = _begun(request)
    first, last = int(request["partFirstByte"]), int(request["partLastByte"])
    part = base64.b64decode(request.get("layerPartBlob", ""))
    if first != len(received) or last - first + 1 != len(part):
        raise ApiError(
            "InvalidLayerPartException",
            f"The layer part from byte {first} to {last} does not follow byte {len(received) - 1}",
        )
    if len(part) > _LARGEST_PART:
        raise ApiError("InvalidParameterException", f"A part holds at most {_LARGEST_PART} bytes")
    received.extend(part)
    return answer(
        {
            "registryId": ecr._registry_id(),
            "repositoryName": name,
            "uploadId": upload,
            "lastByteReceived": last,
        }
    )


def _complete(request: Request) -> Response:
    name, upload, received = _begun(request)
    if not received:
        raise ApiError("EmptyUploadException", f"The upload {upload} has no layer parts")
    digest = f"sha256:{hashlib.sha256(received).hexdigest()}"
    if digest not in request.get("layerDigests", ()):
        raise ApiError("InvalidLayerException", f"The digest of the layer is {digest}")
    layers = ecr._layer_blobs.setdefault(name, {})
    del ecr._uploads[name][upload]
    if digest in layers:
        raise ApiError("LayerAlreadyExistsException", f"The layer {digest} already exists")
    layers[digest] = bytes(received)
    return answer(
        {
            "registryId": ecr._registry_id(),
            "repositoryName": name,
            "uploadId": upload,
            "layerDigest": digest,
        }
    )


def _begun(request: Request) -> tuple[str, str, bytearray]:
    """Return the repository, the upload, and what has come of it."""
    name, upload = repository_of(request), request.get("uploadId", "")
    received: bytearray | None = ecr._uploads.get(name, {}).get(upload)
    if received is None:
        raise ApiError("UploadNotFoundException", f"The upload {upload} could not be found")
    return name, upload, received
