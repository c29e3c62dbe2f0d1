"""A container engine that runs nothing: it packs a folder, and pushes as the engines do.

It takes the commands of docker that the pipeline uses. Every build makes another image, even of the
same folder, as an engine without reproducible builds does. ``STAND_IN`` is the folder of its state:

``calls.jsonl``
    each command: its arguments, and the variables that it was given.
``fail``
    a file with the name of a command that fails.
``kill``
    a file with the name of a command after which the caller is killed.
``meet``
    a file with a number: builds wait until so many have begun.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import signal
import sys
import tarfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

STATE = Path(os.environ["STAND_IN"])
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def main(arguments: list[str]) -> int:
    command, options = arguments[0].lstrip("-"), arguments[1:]
    variables = {
        name: value for name, value in os.environ.items() if name.startswith(("SOURCE_", "BUILDX_"))
    }
    with (STATE / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"arguments": arguments, "variables": variables}) + "\n")
    if said("fail") == command:
        print(f"{command}: it is told to fail", file=sys.stderr)
        return 3
    code: int = globals()[command](options)
    if said("kill") == command:
        os.kill(os.getppid(), signal.SIGKILL)
    return code


def said(name: str) -> str:
    file = STATE / name
    return file.read_text().strip() if file.exists() else ""


def version(_options: list[str]) -> int:
    print("Stand-in version 1.0.0")
    return 0


def info(_options: list[str]) -> int:
    return 0


def login(options: list[str]) -> int:
    user, registry = options[options.index("--username") + 1], options[-1]
    credentials = base64.b64encode(f"{user}:{sys.stdin.read()}".encode()).decode()
    (STATE / "credentials").write_text(credentials)
    try:
        ask("GET", f"http://{registry}/v2/")
    except urllib.error.HTTPError as error:
        logout([registry])
        print(f"login attempt failed with status: {error.code}", file=sys.stderr)
        return 1
    return 0


def logout(_options: list[str]) -> int:
    (STATE / "credentials").unlink()
    return 0


def build(options: list[str]) -> int:
    folder, reference = Path(options[-1]), options[options.index("--tag") + 1]
    system, architecture = options[options.index("--platform") + 1].split("/")
    if number := said("meet"):
        (STATE / f"building-{os.getpid()}").touch()
        while len(list(STATE.glob("building-*"))) < int(number):
            time.sleep(0.01)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(folder, arcname="app")
        once = tarfile.TarInfo(f"built-{uuid.uuid4()}")
        archive.addfile(once)
    layer = packed.getvalue()
    config = json.dumps(
        {
            "architecture": architecture,
            "os": system,
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        }
    ).encode()
    image = STATE / hashlib.sha256(reference.encode()).hexdigest()
    image.mkdir()
    (image / "layer.tar").write_bytes(layer)
    (image / "config.json").write_bytes(config)
    return 0


def save(options: list[str]) -> int:
    file, image = options[options.index("--output") + 1], built(options[-1])
    (image / "manifest.json").write_text(
        json.dumps([{"Config": "config.json", "RepoTags": [options[-1]], "Layers": ["layer.tar"]}])
    )
    with tarfile.open(file, "w") as archive:
        for name in ("manifest.json", "config.json", "layer.tar"):
            archive.add(image / name, arcname=name)
    return 0


def push(options: list[str]) -> int:
    image, (registry, _, name) = built(options[-1]), options[-1].partition("/")
    repository, _, tag = name.rpartition(":")
    address = f"http://{registry}/v2/{repository}"
    config = (image / "config.json").read_bytes()
    layer = gzip.compress((image / "layer.tar").read_bytes(), mtime=0)
    for blob in (config, layer):
        _, headers = ask("POST", f"{address}/blobs/uploads/")
        place = f"http://{registry}{headers['Location']}"
        ask("PUT", f"{place}?digest={digest(blob)}", blob, "application/octet-stream")
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
            "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest(layer)}],
        }
    ).encode()
    try:
        ask("PUT", f"{address}/manifests/{tag}", manifest, MANIFEST)
    except urllib.error.HTTPError as error:
        print(error.read().decode(), file=sys.stderr)
        return 1
    return 0


def built(reference: str) -> Path:
    return STATE / hashlib.sha256(reference.encode()).hexdigest()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def ask(method: str, url: str, body: bytes = b"", kind: str = "") -> tuple[bytes, Any]:
    request = urllib.request.Request(url, body if method != "GET" else None, method=method)
    if (STATE / "credentials").exists():
        request.add_header("Authorization", f"Basic {(STATE / 'credentials').read_text()}")
    if kind:
        request.add_header("Content-Type", kind)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
