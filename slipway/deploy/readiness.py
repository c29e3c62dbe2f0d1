"""What is looked at before anything is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import ImageError, ReleaseError
from slipway.release.errors import aws_errors
from slipway.release.render import NOT_BUILT
from slipway.settings import Settings


def refuse_unready_images(settings: Settings, environment: str, digests: Path) -> None:
    """Make sure that the image of each service is known.

    Parameters
    ----------
    digests
        The file that the build wrote: ``build/images.json``.

    Raises
    ------
    ImageError
        An image was never built; says which, and what to do.
    """
    known = _read(digests)
    missing = [
        name
        for name, service in settings.services(environment).items()
        if service.image is None and NOT_BUILT in (known.get(name) or NOT_BUILT)
    ]
    if missing:
        by_hand = (
            "build and push the images and write their digests to build/images.json "
            "(docs/getting-started/account.md)"
        )
        pipeline = settings.application.pipeline
        if pipeline and settings.environment(environment).pipeline:
            by_hand = (
                f"push to {pipeline.branch}, and the pipeline builds and deploys them; to deploy "
                f"from here, {by_hand}"
            )
        raise ImageError(
            f"{digests.name} has no image of {', '.join(missing)}, and nothing can run without "
            f"one: {by_hand}"
        )


def _read(digests: Path) -> Mapping[str, str | None]:
    try:
        known = json.loads(digests.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ImageError(f"{digests}: not JSON ({error}); build the images again") from None
    if not isinstance(known, dict):
        raise ImageError(f"{digests}: must map services to digests; build the images again")
    return known


def refuse_unready_stacks(cloudformation: Any, names: Iterable[str]) -> None:
    """Make sure that CloudFormation takes changes of the stacks.

    Raises
    ------
    ReleaseError
        One is being changed by somebody else, or needs a person first; says what to do.
    AwsError
        CloudFormation refuses or can't be reached.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    for name in names:
        with aws_errors(f"look at the stack {name}"):
            try:
                (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                if "does not exist" not in str(error):
                    raise
                continue
        if mend := _mend(name, stack):
            raise ReleaseError(f"The stack {name} is {stack['StackStatus']}: {mend}")


def _mend(name: str, stack: Mapping[str, Any]) -> str:
    status = stack["StackStatus"]
    if status == "UPDATE_ROLLBACK_FAILED":
        return "docs/runbooks/stack-rollback-failed.md says how it gets well"
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return "somebody deploys it at this moment; wait for the end, then try again"
    if status == "DELETE_FAILED":
        return (
            "its events say what is in the way; remove that, then aws cloudformation delete-stack "
            f"--stack-name {name}"
        )
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"} and stack.get(
        "EnableTerminationProtection"
    ):
        return (
            "it never came to be, and is protected: aws cloudformation "
            f"update-termination-protection --no-enable-termination-protection --stack-name {name} "
            "lets the next deployment make it anew"
        )
    return ""
