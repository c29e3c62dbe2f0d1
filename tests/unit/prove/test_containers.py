"""How images for AWS are built: by an engine that is a process, with a registry that answers."""

import base64
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import PipelineError
from prove.containers import ContainerBuild
from prove.errors import StoppedError

REGISTRY = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
ENGINE = """\
#!/bin/sh
echo "$@" >> {calls}
[ "$1" = login ] && cat > {password}
[ "$1" = --version ] && echo "Docker version 28"
[ "$1" = {fails} ] && exit 3
[ "$1" = {hangs} ] && sleep 60
exit 0
"""


@pytest.fixture
def ecr() -> Any:
    token = base64.b64encode(b"AWS:secret").decode()
    return SimpleNamespace(
        get_authorization_token=lambda: {
            "authorizationData": [
                {"authorizationToken": token, "proxyEndpoint": f"https://{REGISTRY}"}
            ]
        },
        describe_images=lambda repositoryName, imageIds: {  # noqa: N803 - boto3's
            "imageDetails": [{"imageDigest": f"sha256:{repositoryName}:{imageIds[0]['imageTag']}"}]
        },
    )


@pytest.fixture
def build(tmp_path: Path, ecr: Any) -> Callable[..., str]:
    def run(fails: str = "-", hangs: str = "-", look: Callable[[], None] = lambda: None) -> str:
        engine = tmp_path / "engine"
        engine.write_text(
            ENGINE.format(
                calls=tmp_path / "calls", password=tmp_path / "password", fails=fails, hangs=hangs
            )
        )
        engine.chmod(0o755)
        return ContainerBuild(str(engine), lambda _service: ecr, log=tmp_path / "log")(
            Path("services/storefront"),
            repository="slipway/storefront",
            tag="prove-1",
            architecture="arm64",
            look=look,
        )

    return run


def test_an_image_is_built_for_its_processor_pushed_and_named_by_its_digest(
    build: Callable[..., str], tmp_path: Path
) -> None:
    assert build() == "sha256:slipway/storefront:prove-1"
    image = f"{REGISTRY}/slipway/storefront:prove-1"
    assert (tmp_path / "calls").read_text().splitlines() == [
        "--version",
        f"login --username AWS --password-stdin {REGISTRY}",
        f"build --platform linux/arm64 --tag {image} services/storefront",
        f"push {image}",
        f"logout {REGISTRY}",
    ]


def test_a_push_that_fails_logs_out_and_says_where_to_look(
    build: Callable[..., str], tmp_path: Path
) -> None:
    with pytest.raises(PipelineError, match=r"push failed with exit code 3: .*log says why"):
        build(fails="push")
    assert (tmp_path / "calls").read_text().splitlines()[-1] == f"logout {REGISTRY}"


def test_a_build_ends_when_the_run_is_stopped(build: Callable[..., str]) -> None:
    def stop() -> None:
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        build(hangs="build", look=stop)
