"""Deployments of an environment: its stacks, followed, and given up where tasks don't start.

It knows AWS and the settings; whoever runs the CDK's command line asks it meanwhile.
"""

from slipway.deploy.answer import Deployed, DeployedService, Released
from slipway.deploy.following import Followed, Following, Outcome
from slipway.deploy.giving_up import give_up
from slipway.deploy.order import callees_first
from slipway.deploy.readiness import refuse_unready_images, refuse_unready_stacks
from slipway.deploy.starting import NotStartingError, Patience, Starting

__all__ = [
    "Deployed",
    "DeployedService",
    "Followed",
    "Following",
    "NotStartingError",
    "Outcome",
    "Patience",
    "Released",
    "Starting",
    "callees_first",
    "give_up",
    "refuse_unready_images",
    "refuse_unready_stacks",
]
