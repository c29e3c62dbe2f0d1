"""The kinds of actions that a pipeline on this machine may have; any other is refused."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.local_aws.codepipeline.action import Action, ActionType

ACTIONS: Mapping[ActionType, Action] = {}
"""Every kind of action that is carried out, by its type."""
