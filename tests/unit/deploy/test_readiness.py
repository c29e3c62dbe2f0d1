"""What is refused before anything is deployed, each with its mend."""

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.deploy import refuse_unready_images, refuse_unready_stacks
from slipway.release import AwsError, ImageError, ReleaseError
from slipway.settings import load

APPLICATION = Path(__file__).resolve().parents[2] / "application"
DIGEST = "sha256:" + "ab" * 32
ZERO = "sha256:" + "0" * 64


def check_images(tmp_path: Path, content: Any) -> None:
    file = tmp_path / "images.json"
    if content is not None:
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    settings = load(APPLICATION)
    refuse_unready_images(settings, next(iter(settings.environments)), file)


@pytest.mark.parametrize("content", [None, {}, dict.fromkeys(("storefront", "inventory"), ZERO)])
def test_an_image_that_was_never_built_is_refused_with_the_mend(
    tmp_path: Path, content: Any
) -> None:
    with pytest.raises(ImageError, match=r"no image of .*: build and push the images"):
        check_images(tmp_path, content)


def test_where_a_pipeline_builds_the_images_a_push_comes_first(tmp_path: Path) -> None:
    settings = load(APPLICATION.with_name("pipeline_application"))
    told = r"no image of .*: push to main, and the pipeline .*; to deploy from here, build and push"
    with pytest.raises(ImageError, match=told):
        refuse_unready_images(settings, "dev", tmp_path / "images.json")


def test_a_file_that_is_no_json_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="not JSON"):
        check_images(tmp_path, "{")
    with pytest.raises(ImageError, match="must map services to digests"):
        check_images(tmp_path, "[]")


def test_images_that_were_built_are_fine(tmp_path: Path) -> None:
    settings = load(APPLICATION)
    names = settings.services(next(iter(settings.environments)))
    check_images(tmp_path, dict.fromkeys(names, DIGEST))


@pytest.mark.parametrize(
    ("status", "protected", "mend"),
    [
        ("UPDATE_IN_PROGRESS", False, "somebody deploys it at this moment"),
        ("UPDATE_ROLLBACK_FAILED", False, "docs/runbooks/stack-rollback-failed.md"),
        ("DELETE_FAILED", False, "aws cloudformation delete-stack --stack-name shop-dev-web"),
        ("ROLLBACK_COMPLETE", True, "--no-enable-termination-protection --stack-name shop-dev-web"),
    ],
)
def test_a_stack_that_takes_no_change_is_refused_with_the_mend(
    stacks: Any, status: str, protected: bool, mend: str
) -> None:
    stacks.happens("shop-dev-web", status)
    stacks.found["shop-dev-web"]["EnableTerminationProtection"] = protected
    with pytest.raises(ReleaseError) as refused:
        refuse_unready_stacks(stacks, ["shop-dev-network", "shop-dev-web"])
    assert str(refused.value).startswith(f"The stack shop-dev-web is {status}: ")
    assert mend in str(refused.value)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_what_the_cdk_can_go_on_from_is_fine(stacks: Any, status: str) -> None:
    stacks.happens("shop-dev-web", status)
    refuse_unready_stacks(stacks, ["shop-dev-web"])


def test_what_aws_refuses_is_told(stacks: Any) -> None:
    stacks.refuse("AccessDenied", "You may not")
    with pytest.raises(AwsError, match="Use a role that may call DescribeStacks"):
        refuse_unready_stacks(stacks, ["shop-dev-web"])
