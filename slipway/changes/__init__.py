"""What CloudFormation will do to the resources of a stack when its template changes.

This package knows templates and nothing else: no settings, no CDK, no AWS.
"""

from slipway.changes.assembly import AssembledStack, AssemblyError, assembled_stacks
from slipway.changes.change import Change, Effect, Template
from slipway.changes.compare import changes, changes_of_stacks
from slipway.changes.guard import MUST_STAY, Acknowledgement, Verdict, judge, takes_away

__all__ = [
    "MUST_STAY",
    "Acknowledgement",
    "AssembledStack",
    "AssemblyError",
    "Change",
    "Effect",
    "Template",
    "Verdict",
    "assembled_stacks",
    "changes",
    "changes_of_stacks",
    "judge",
    "takes_away",
]
