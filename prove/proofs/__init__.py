"""The proofs, by what they look at; each names its rows of docs/proof/unproven.md."""

from prove.proofs import deployments, hooks, images, network, stacks, tasks, traffic
from prove.verdict import PROOFS

__all__ = [
    "PROOFS",
    "deployments",
    "hooks",
    "images",
    "network",
    "stacks",
    "tasks",
    "traffic",
]
