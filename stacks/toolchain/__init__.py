"""The Toolchain: the pipeline that builds, proves and releases everything, itself included."""

from stacks.toolchain.artifacts import ArtifactsStack, further_places
from stacks.toolchain.stack import ToolchainStack

__all__ = ["ArtifactsStack", "ToolchainStack", "further_places"]
