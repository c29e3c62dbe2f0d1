"""The Toolchain: the pipeline that builds, proves and releases everything, itself included."""

from stacks.toolchain.stack import ToolchainStack

__all__ = ["ToolchainStack"]
