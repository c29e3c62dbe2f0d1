"""AWS CodePipeline: executes pipelines of type V2 as they are deployed."""

from __future__ import annotations

import functools

from ministack import app
from ministack.core import router

from slipway.local_aws.codepipeline.actions import ACTIONS
from slipway.local_aws.codepipeline.api import CodePipeline
from slipway.local_aws.machine import Machine

__all__ = ["CodePipeline", "install", "service"]


def install(machine: Machine) -> None:
    """Answer CodePipeline's API, which MiniStack does not know."""
    router.SERVICE_PATTERNS["codepipeline"] = {"target_prefixes": ["CodePipeline_20150709"]}
    app.SERVICE_HANDLERS["codepipeline"] = service(machine).handle


@functools.cache
def service(machine: Machine) -> CodePipeline:
    """Return the one CodePipeline of a machine."""
    return CodePipeline(machine, ACTIONS)
