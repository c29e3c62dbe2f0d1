"""The kinds of actions that a pipeline on this machine may have; any other is refused."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.local_aws.codepipeline.action import Action, ActionType
from slipway.local_aws.codepipeline.actions.approval import ManualApproval
from slipway.local_aws.codepipeline.actions.cloudformation import ChangeSetAction
from slipway.local_aws.codepipeline.actions.codebuild import Build
from slipway.local_aws.codepipeline.actions.codedeploy import EcsRelease
from slipway.local_aws.codepipeline.actions.lambda_invoke import LambdaInvoke
from slipway.local_aws.codepipeline.actions.source import ConnectionSource

_KINDS: tuple[Action, ...] = (
    ConnectionSource(),
    Build("Build"),
    Build("Test"),
    ChangeSetAction(),
    ManualApproval(),
    EcsRelease(),
    LambdaInvoke(),
)

ACTIONS: Mapping[ActionType, Action] = {kind.type: kind for kind in _KINDS}
"""Every kind of action that is carried out, by its type."""
